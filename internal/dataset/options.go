package dataset

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// DefaultTestFraction is the share of rows that are kept for testing when nothing else is asked
// for.
const DefaultTestFraction = 0.2

// Options says how ReadTable reads a table. It needs Target, but for a file or directory that says
// it.
type Options struct {
	Format
	Target       string  // the column to predict, by name or number from 1; several with commas
	Task         string  // classify, regress, or "" to find out
	Drop, Only   string  // columns that are no inputs, or that alone are, as Target names them
	Text         string  // columns whose numbers are codes, not quantities
	Missing      string  // one of MissingChoices; "" is MissingMean
	MissingWords string  // further texts that stand for a missing value, with commas
	TestPath     string  // file with the test rows; if empty, rows of the training file are set apart
	TestFraction float64 // share of rows to set apart, in (0, 1); 0 stands for DefaultTestFraction
	Seed         uint64  // chooses which rows are set apart
	Fold         int     // which of the splits that come with the data, −1 for none
	// Raw is for a model that another program trained: all rows are for training, inputs and
	// targets as they are, not standardised.
	Raw bool
	// Admit, if set, is asked before so many bytes are taken for the rows; its error ends the
	// reading.
	Admit func(bytes float64) error
	Limits
}

// check completes the options and reports what makes no sense.
func (o *Options) check() error {
	if o.TestFraction == 0 {
		o.TestFraction = DefaultTestFraction
	}
	if o.Missing == "" {
		o.Missing = MissingMean
	}
	switch {
	case !(o.TestFraction > 0 && o.TestFraction < 1):
		return fmt.Errorf("expected a test fraction between 0 and 1, found %g", o.TestFraction)
	case !slices.Contains(MissingChoices(), o.Missing):
		return fmt.Errorf("missing %q: expected one of %s", o.Missing, quoteList(MissingChoices()))
	}
	if o.Task != "" {
		if _, err := ParseTask(o.Task); err != nil {
			return err
		}
	}
	return o.Format.Check()
}

// NoTargetError is the error of a table of which nothing says what is to be predicted.
type NoTargetError struct {
	Columns string // a list of those that there are
}

func (e *NoTargetError) Error() string {
	return "expected the name or number of a target column, found none; say --target (columns: " +
		e.Columns + ")"
}

// words splits a list at commas; names with a comma stand in double quotes.
func words(list string) ([]string, error) {
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	fields := strings.Split(list, ",")
	if strings.ContainsAny(list, "\"\r\n") {
		r := csv.NewReader(strings.NewReader(list))
		r.TrimLeadingSpace = true
		var err error
		if fields, err = r.Read(); err != nil {
			return nil, fmt.Errorf("expected names with commas between them, found %q", clip(list))
		}
	}
	for i, f := range fields {
		fields[i] = strings.TrimSpace(f)
	}
	return fields, nil
}

// findColumns resolves a list of names or numbers, from 1 and from the end −1; flag names it.
func findColumns(names []string, list, flag string) ([]int, error) {
	if i := slices.Index(names, list); i >= 0 && list != "" {
		return []int{i}, nil
	}
	wanted, err := words(list)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	var found []int
	for _, name := range wanted {
		i := slices.Index(names, name)
		if n, err := strconv.Atoi(name); i < 0 && err == nil {
			if n < 0 {
				n += len(names) + 1
			}
			if i = n - 1; i < 0 || i >= len(names) {
				return nil, fmt.Errorf("--%s %s: expected a number from 1 to %d", flag, name, len(names))
			}
		}
		if i < 0 {
			return nil, fmt.Errorf("--%s: expected a column %q, found only %s", flag, clip(name),
				quoteList(names))
		}
		if !slices.Contains(found, i) {
			found = append(found, i)
		}
	}
	return found, nil
}

package dataset

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/symvi/symvi/internal/seal"
)

// Kind says what the values of a column are and how they become inputs.
type Kind string

// The kinds of columns.
const (
	KindNumber  Kind = "number"  // one input: (value − Origin − Mean)/Std
	KindBoolean Kind = "boolean" // one input: 0 or 1
	KindText    Kind = "text"    // an input for each of Categories: 1 for the value's own, else 0
)

// Column says how a column of a table becomes inputs, or a target.
type Column struct {
	Name   string `json:"name"`
	Number int    `json:"number"` // its place in the training's file, from 1
	Kind   Kind   `json:"kind"`
	// Origin is the number that is subtracted first, without rounding where it and the value are
	// decimals of at most 18 digits; so a large offset costs no accuracy.
	Origin string `json:"origin,omitempty"`
	// Mean and Std are the moments of value − Origin over the training rows (division by N; 1
	// for a column without spread). The mean of a boolean column is its share of 1.
	Mean float64 `json:"mean"`
	Std  float64 `json:"std"`
	// Min and Max are the range of the values in the training rows.
	Min float64 `json:"min"`
	Max float64 `json:"max"`
	// Categories are the texts that were there in training; of a boolean, those of 0 and of 1.
	Categories []string `json:"categories,omitempty"`
	// Indicator adds an input that is 1 where the value is missing, else 0.
	Indicator bool `json:"indicator,omitempty"`
	// Sentinels are numbers that stand for a missing value.
	Sentinels []float64 `json:"sentinels,omitempty"`
	// Marks are texts that do in this column, beside those of the schema.
	Marks []string `json:"marks,omitempty"`
	// Unit is what every number has behind it, or a currency in front.
	Unit string `json:"unit,omitempty"`
	// Bounds reads <0.5 as 0.5, and Footnotes 23.9* as 23.9.
	Bounds    bool `json:"bounds,omitempty"`
	Footnotes bool `json:"footnotes,omitempty"`

	origin number
	index  *nameIndex
}

// inputs is the number of inputs that the column gives.
func (c *Column) inputs() int {
	n := 1
	if c.Kind == KindText {
		n = len(c.Categories)
	}
	if c.Indicator {
		n++
	}
	return n
}

// names are the names of those inputs.
func (c *Column) names() []string {
	names := []string{c.Name}
	if c.Kind == KindText {
		names = names[:0]
		for _, category := range c.Categories {
			names = append(names, c.Name+"="+category)
		}
	}
	if c.Indicator {
		names = append(names, c.Name+" missing")
	}
	return names
}

// prepare parses what JSON cannot hold.
func (c *Column) prepare() error {
	switch c.Kind {
	case KindNumber:
		n, ok := parseNumber([]byte(c.Origin), '.')
		if !ok || !(c.Std > 0) || math.IsInf(c.Std, 0) || math.IsNaN(c.Mean) || math.IsInf(c.Mean, 0) {
			return fmt.Errorf("column %q: expected an origin, a mean and a positive std, "+
				"found %q, %g and %g",
				clip(c.Name), clip(c.Origin), c.Mean, c.Std)
		}
		c.origin = n
	case KindBoolean:
		if len(c.Categories) != 2 {
			return fmt.Errorf("column %q: expected the words for false and true, found %s", clip(c.Name),
				quoteList(c.Categories))
		}
		c.index = indexOf(c.Categories)
	case KindText:
		if len(c.Categories) == 0 {
			return fmt.Errorf("column %q: expected categories, found none", clip(c.Name))
		}
		c.index = indexOf(c.Categories)
		if name, twice := repeated(c.Categories); twice {
			return fmt.Errorf("column %q: expected every category once, found %q twice", clip(c.Name),
				clip(name))
		}
	default:
		return fmt.Errorf("column %q: expected kind %s, %s or %s, found %q",
			clip(c.Name), KindNumber, KindBoolean, KindText, c.Kind)
	}
	return nil
}

// repeated finds a name that is there twice.
func repeated(names []string) (name string, twice bool) {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			return name, true
		}
		seen[name] = true
	}
	return "", false
}

// Schema says what the inputs and outputs of a data set mean. It holds no rows: a checkpoint keeps
// it, as JSON, to read new data as the training's were read.
type Schema struct {
	Task       Task     `json:"task"`
	Inputs     int      `json:"inputs"`            // values of a row of X
	Outputs    int      `json:"outputs"`           // one for each class (at least 2), or target column
	ClassNames []string `json:"classes,omitempty"` // Outputs names, indexed by label; nil for Regress

	// The rest is empty for images.

	Columns []Column `json:"columns,omitempty"` // the columns that become inputs, in their order
	Targets []Column `json:"targets,omitempty"` // the columns to predict; Kind is text for Classify
	Width   int      `json:"width,omitempty"`   // columns of the training's file
	Format  Format   `json:"format,omitzero"`   // of the training's file
	Missing string   `json:"missing,omitempty"` // how missing values are treated
	// MissingValues are texts that stand for a missing value, beside the empty one.
	MissingValues []string `json:"missing_values,omitempty"`
	Limits        Limits   `json:"limits,omitzero"` // that were asked for

	classes *nameIndex
}

// IsTable reports whether the data are a table of named columns, not images.
func (s *Schema) IsTable() bool { return len(s.Columns) > 0 }

// FeatureNames are the names of the inputs; nil for images.
func (s *Schema) FeatureNames() []string {
	var names []string
	for i := range s.Columns {
		names = append(names, s.Columns[i].names()...)
	}
	return names
}

// TargetNames are the names of the target columns; nil for images.
func (s *Schema) TargetNames() []string {
	var names []string
	for _, c := range s.Targets {
		names = append(names, c.Name)
	}
	return names
}

// TargetScale returns what turns a standardised target z into its units: z·std + mean for each
// target. Both are nil for Classify.
func (s *Schema) TargetScale() (mean, std []float64) {
	if s.Task != Regress {
		return nil, nil
	}
	for i := range s.Targets {
		c := &s.Targets[i]
		mean, std = append(mean, c.origin.value+c.Mean), append(std, c.Std)
	}
	return mean, std
}

// ParseSchema reads the JSON of a Schema and checks that it can be used.
func ParseSchema(text []byte) (*Schema, error) {
	s := &Schema{}
	if err := seal.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return s, s.prepare()
}

// prepare checks a schema and parses what JSON cannot hold.
func (s *Schema) prepare() error {
	if s.Task == Classify && (s.IsTable() || s.ClassNames != nil) {
		if len(s.ClassNames) != s.Outputs {
			return fmt.Errorf("schema: expected the names of %d classes, found %d", s.Outputs,
				len(s.ClassNames))
		}
		if name, twice := repeated(s.ClassNames); twice {
			return fmt.Errorf("schema: expected every class once, found %q twice", clip(name))
		}
		s.classes = indexOf(s.ClassNames)
	}
	if s.Inputs < 1 || s.Outputs < 1 {
		return fmt.Errorf("schema: expected inputs and outputs, found %d and %d", s.Inputs, s.Outputs)
	}
	if !s.IsTable() {
		return nil
	}
	inputs := 0
	var errs []error
	for i := range s.Columns {
		if err := s.Columns[i].prepare(); err != nil {
			errs = append(errs, err)
		}
		inputs += s.Columns[i].inputs()
	}
	if s.Task == Regress {
		for i := range s.Targets {
			errs = append(errs, s.Targets[i].prepare())
		}
	}
	for _, columns := range [][]Column{s.Columns, s.Targets} {
		for i := range columns {
			if c := &columns[i]; c.Number < 1 || c.Number > s.Width {
				errs = append(errs, fmt.Errorf("column %q: expected a number from 1 to %d, found %d",
					clip(c.Name), s.Width, c.Number))
			}
		}
	}
	if len(s.Targets) == 0 || s.Task == Regress && len(s.Targets) != s.Outputs || inputs != s.Inputs {
		errs = append(errs, fmt.Errorf("expected %d inputs and %d outputs, found columns for %d and %d",
			s.Inputs, s.Outputs, inputs, len(s.Targets)))
	}
	if err := cmp.Or(errs...); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	return nil
}

// The ways to treat missing values.
const (
	MissingError = "error" // refuse the table
	MissingDrop  = "drop"  // leave the row out
	MissingMean  = "mean"  // put the training's mean in its place, and add an indicator
)

// MissingChoices are the ways to treat missing values.
func MissingChoices() []string { return []string{MissingError, MissingDrop, MissingMean} }

// missingTexts are the words for a missing value: those that are always understood, and own ones.
func (s *Schema) missingTexts() map[string]bool {
	words := map[string]bool{}
	for _, w := range slices.Concat(missingWords, s.MissingValues) {
		words[w] = true
	}
	return words
}

// MarshalText writes the task's name.
func (t Task) MarshalText() ([]byte, error) { return []byte(t.String()), t.check() }

// UnmarshalText reads it.
func (t *Task) UnmarshalText(text []byte) error {
	task, err := ParseTask(string(text))
	*t = task
	return err
}

package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// fewRows is the number of rows below which scores are remarked upon, and patterns in a column
// are not taken for more than chance.
const fewRows = 20

// understanding is a table of training rows whose columns have been understood.
type understanding struct {
	options Options
	source  source
	reader  *cellReader
	survey  *survey
	schema  *Schema
	report  *Report
	places  []int    // columns of the source that schema.Columns are
	from    []int    // places of those columns in survey.inputs
	aims    []int    // and those of schema.Targets
	rank    []int32  // final label of every class of the survey
	without []string // warnings of columns that are left out
	slow    bool     // the classes of a target are kept that looks like numbers
}

// understand finds out what the columns of a source are, and deals its rows; root is that of a
// directory with splits.
func understand(s source, o Options, root string) (u *understanding, d *dealing, err error) {
	u = &understanding{options: o, source: s, report: &Report{Path: s.path()}}
	names := columnNames(s)
	targets, inputs, err := u.choose(names)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.path(), err)
	}
	u.reader = &cellReader{decimal: s.layout().decimalMark(), readings: make([]*reading, len(names))}
	u.report.Guesses = slices.Clone(s.notes())
	if l := s.layout(); l != nil {
		u.report.Format = l.Format
	}
	if err := u.admitDense(len(inputs) + len(targets)); err != nil {
		return nil, nil, err
	}
	if err := u.readMissingWords(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.path(), err)
	}
	d, err = u.concludeAll(inputs, targets, root)
	return u, d, err
}

// admitDense refuses sparse rows of so many columns that would make too large a table.
func (u *understanding) admitDense(columns int) error {
	if l := u.source.layout(); l == nil || l.rows == nil || !l.rows.sparse || u.options.Admit == nil {
		return nil
	}
	rows := u.source.about()
	if err := u.options.Admit(4 * float64(rows) * float64(columns)); err != nil {
		return fmt.Errorf("%s: %d rows of %d columns are kept with all their zeros: %w", u.source.path(),
			rows, columns, err)
	}
	return nil
}

// concludeAll surveys the source and concludes from that, and again where that shows that it was
// read in the wrong way: with a number that stands for a missing value, or, if rows with a missing
// value are to be dropped, with columns that turn out to be no inputs, for which no row is.
func (u *understanding) concludeAll(inputs, targets []int, root string) (d *dealing, err error) {
	known := *u.report
	drop, sought := false, false
	for {
		if err := u.look(inputs, targets, drop); err != nil {
			return nil, err
		}
		if u.survey.classes == nil && u.survey.hasty && u.survey.columns[targets[0]].texts > 0 {
			u.slow = true // numbers, and behind them texts
			continue
		}
		if !sought {
			sought = true
			found, err := u.findReadings(&known)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", u.source.path(), err)
			}
			if found {
				u.begin(known)
				continue
			}
		}
		if d, err = u.concludeRows(root); err != nil {
			return nil, err
		}
		if err := u.concludeInputs(); err != nil {
			return nil, err
		}
		if u.options.Missing != MissingDrop || drop && len(u.places) == len(inputs) {
			return d, nil
		}
		known.Unused, known.Warnings = u.report.Unused, append(known.Warnings, u.without...)
		inputs, drop = u.places, true
		u.begin(known)
	}
}

// begin forgets all conclusions but those of the report.
func (u *understanding) begin(known Report) {
	u.report = &known
	u.report.Guesses, u.report.Warnings = slices.Clone(known.Guesses), slices.Clone(known.Warnings)
	u.places, u.from, u.without = nil, nil, nil
}

// look makes a survey; drop leaves rows with a missing input out.
func (u *understanding) look(inputs, targets []int, drop bool) error {
	o, before := &u.options, u.survey
	u.survey = newSurvey(u.source, inputs, targets)
	u.survey.before = before
	u.survey.drop, u.survey.maxClasses = drop, o.Limits.filled().Classes
	u.survey.admit = o.Admit
	if o.Task != Regress.String() && len(targets) == 1 {
		u.survey.classes, u.survey.guess = &nameIndex{}, o.Task == ""
		u.survey.hasty = u.survey.guess && !u.slow
	}
	return u.survey.read(u.reader)
}

// concludeRows concludes what the targets are, and deals the rows.
func (u *understanding) concludeRows(root string) (*dealing, error) {
	o := &u.options
	u.schema = &Schema{Width: len(u.survey.names), Format: u.report.Format, Missing: o.Missing}
	u.schema.MissingValues, _ = words(o.MissingWords)
	if o.Limits.filled() != DefaultLimits() {
		u.schema.Limits = o.Limits
	}
	u.aims = nil
	for _, conclude := range []func() error{u.checkRows, u.concludeTarget} {
		if err := conclude(); err != nil {
			return nil, fmt.Errorf("%s: %w", u.source.path(), err)
		}
	}
	d, err := u.deal(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u.source.path(), err)
	}
	return d, u.survey.measure(u.reader, d)
}

// readMissingWords takes in the texts and numbers of Options.MissingWords.
func (u *understanding) readMissingWords() error {
	own, err := words(u.options.MissingWords)
	if err != nil {
		return err
	}
	schema := &Schema{MissingValues: own}
	u.reader.missing = schema.missingTexts()
	for _, w := range own {
		if n, ok := parseNumber([]byte(w), u.reader.decimal); ok {
			for j := range u.reader.readings {
				how := u.reading(j)
				how.sentinels = append(how.sentinels, n.value)
			}
		}
	}
	return nil
}

// choose resolves the flags that name columns.
func (u *understanding) choose(names []string) (targets, inputs []int, err error) {
	for _, list := range [][2]string{{"target", u.options.Target}, {"drop", u.options.Drop},
		{"only", u.options.Only}, {"text", u.options.Text}} {
		if err := u.source.layout().checkNamed(list[1], list[0]); err != nil {
			return nil, nil, err
		}
	}
	if strings.TrimSpace(u.options.Target) == "" {
		if l := u.source.layout(); l == nil || l.pairs == nil {
			return nil, nil, &NoTargetError{quoteList(names)}
		}
		u.options.Target = labelName
	}
	if targets, err = findColumns(names, u.options.Target, "target"); err != nil {
		switch l := u.source.layout(); {
		case l != nil && l.Header == no:
			err = fmt.Errorf("%w; no header was found, so columns go by number; if the first line is one, "+
				"say --header yes", err)
		case l != nil && len(names) == 1:
			err = fmt.Errorf("%w; if something else separates columns, name it with --separator", err)
		}
		return nil, nil, err
	}
	dropped, err := findColumns(names, u.options.Drop, "drop")
	if err != nil {
		return nil, nil, err
	}
	only, err := findColumns(names, u.options.Only, "only")
	if err != nil {
		return nil, nil, err
	}
	for i, name := range names {
		switch {
		case slices.Contains(targets, i):
			if slices.Contains(dropped, i) || slices.Contains(only, i) {
				return nil, nil, fmt.Errorf("--target %s: expected a column that --drop and --only do not name",
					visible(clip(name)))
			}
		case slices.Contains(dropped, i):
			u.unused(name, "--drop")
		case len(only) > 0 && !slices.Contains(only, i):
			u.unused(name, "not in --only")
		default:
			inputs = append(inputs, i)
		}
	}
	if len(inputs) == 0 {
		return nil, nil, fmt.Errorf("expected an input column beside the target %q, found none "+
			"(columns: %s)",
			clip(u.options.Target), quoteList(names))
	}
	return targets, inputs, nil
}

func (u *understanding) unused(name, why string) {
	u.report.Unused = append(u.report.Unused, ColumnReport{Name: name, Detail: why})
}

// checkRows counts the rows.
func (u *understanding) checkRows() error {
	y := u.survey
	repeats := 0
	if l := u.source.layout(); l != nil {
		repeats = l.repeats
	}
	for _, l := range []LeftOut{{"the header again", repeats}, {"nothing in them", y.blank},
		{"the target is missing", y.unaimed},
		{"a value is missing (--missing drop)", y.holes}} {
		if l.Rows > 0 {
			u.report.LeftOut = append(u.report.LeftOut, l)
		}
	}
	u.report.Rows = y.kept
	for _, note := range u.source.layout().raggedNotes() {
		u.report.guess("%s", note)
	}
	if y.kept < 2 {
		return fmt.Errorf("expected at least 2 rows of data, found %d%s", y.kept,
			parenthesis(u.report.leftOut()))
	}
	if y.kept < fewRows {
		u.report.warn("only %d rows: scores on so few mean little", y.kept)
	}
	return nil
}

func parenthesis(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

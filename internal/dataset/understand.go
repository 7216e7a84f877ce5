package dataset

import (
	"fmt"
	"math"
	"slices"
	"strconv"
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
	if err := u.readMissingWords(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.path(), err)
	}
	d, err = u.concludeAll(inputs, targets, root)
	return u, d, err
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

// concludeInputs makes the schema's columns and the report of what the survey found, or says what
// is wrong.
func (u *understanding) concludeInputs() error {
	y := u.survey
	u.schema.Columns = make([]Column, 0, len(y.inputs))
	u.report.Inputs = make([]ColumnReport, 0, len(y.inputs))
	for k, j := range y.inputs {
		used := len(u.places)
		if err := u.concludeInput(j, y.names[j], u.options.Only != "" || len(y.inputs) == 1); err != nil {
			return fmt.Errorf("%s: %w", u.source.path(), err)
		}
		if len(u.places) > used {
			u.from = append(u.from, k)
		}
	}
	if len(u.schema.Columns) == 0 {
		var why []string
		for _, c := range u.report.Unused {
			why = append(why, fmt.Sprintf("%q (%s)", clip(c.Name), c.Detail))
		}
		return fmt.Errorf("%s: expected an input column, found none that can be used: %s; --only keeps "+
			"a column",
			u.source.path(), strings.Join(why[:min(len(why), maxListed)], ", "))
	}
	if err := u.checkMissing(); err != nil {
		return fmt.Errorf("%s: %w", u.source.path(), err)
	}
	return u.fit()
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

// checkMissing refuses missing values, or says how they are treated.
func (u *understanding) checkMissing() error {
	y := u.survey
	var counts []string
	where := 0
	for _, j := range u.places {
		if c := y.columns[j]; c.missing > 0 {
			counts = append(counts, fmt.Sprintf("%q %d", clip(y.names[j]), c.missing))
			if where == 0 || c.firstMissing < where {
				where = c.firstMissing
			}
		}
	}
	hint := "say --missing drop or mean"
	if u.options.Raw {
		hint = "fill in or remove such rows, of which the posterior of another program says nothing"
	}
	if y.unaimed > 0 && u.options.Missing == MissingError {
		return fmt.Errorf("%s: expected a value of the target, found none (%d rows have none); %s",
			u.source.place(y.line), y.unaimed, hint)
	}
	if len(counts) == 0 {
		return nil
	}
	list := strings.Join(counts[:min(len(counts), maxListed)], ", ")
	switch u.options.Missing {
	case MissingError:
		return fmt.Errorf("%s: expected a value, found none; missing values: %s; %s",
			u.source.place(where), list, hint)
	case MissingMean:
		u.report.guess("missing values (%s): the mean stands in, and an input says so; else say "+
			"--missing drop or error", list)
	}
	return nil
}

// empty reports whether column j holds nothing.
func (s *survey) empty(j int) bool { return s.columns[j].numbers+s.columns[j].texts == 0 }

// concludeTarget decides the task and what the targets are.
func (u *understanding) concludeTarget() error {
	y := u.survey
	task, why, err := u.decideTask()
	if err != nil {
		return err
	}
	u.schema.Task = task
	if why != "" {
		u.report.guess("task %s: %s; else say --task", task, why)
	}
	for _, j := range y.targets {
		u.aims = append(u.aims, j)
		column := Column{Name: y.names[j], Number: j + 1, Kind: KindText}
		detail := "classes"
		if task == Regress {
			column.Kind, detail = KindNumber, "numbers, "+spell(y.columns[j].min)+" … "+
				spell(y.columns[j].max)
			if err := u.checkRegression(j); err != nil {
				return err
			}
		}
		u.reader.readings[j].keep(&column)
		u.sayNotations(j)
		u.schema.Targets = append(u.schema.Targets, column)
		u.report.Targets = append(u.report.Targets, ColumnReport{Name: y.names[j], Kind: column.Kind,
			Detail: detail})
	}
	u.schema.Outputs = len(y.targets)
	if task == Classify {
		return u.concludeClasses()
	}
	y.forgetClasses()
	return nil
}

// decideTask is the task that was asked for, or the one that the target looks like.
func (u *understanding) decideTask() (task Task, why string, err error) {
	y := u.survey
	if u.options.Task != "" {
		task, err = ParseTask(u.options.Task)
		if task == Classify && len(y.targets) > 1 {
			return 0, "", fmt.Errorf("--target: expected one column of classes, found %d; several are for "+
				"--task regress", len(y.targets))
		}
		return task, "", err
	}
	name := y.names[y.targets[0]]
	c := y.columns[y.targets[0]]
	switch {
	case len(y.targets) > 1:
		return Regress, "several targets", nil
	case c.texts > 0:
		return Classify, "", nil
	case !c.whole:
		return Regress, fmt.Sprintf("%q holds numbers with fractions", clip(name)), nil
	case c.many || 2*len(c.levels.names) > y.kept:
		return Regress, fmt.Sprintf("%q holds many different numbers", clip(name)), nil
	case len(c.levels.names) == 2:
		return Classify, "", nil
	}
	return Classify, fmt.Sprintf("%q holds %d different integers", clip(name),
		len(c.levels.names)), nil
}

// checkRegression refuses a target that is no number or always the same.
func (u *understanding) checkRegression(j int) error {
	c, name := u.survey.columns[j], clip(u.survey.names[j])
	switch {
	case c.texts > 0:
		return fmt.Errorf("%s, column %q: expected a number, found %q; texts are classes, say --task "+
			"classify",
			u.source.place(c.firstTextLine), name, c.firstText)
	case c.min == c.max:
		return fmt.Errorf("column %q: expected a target that varies, found %g in all rows; choose "+
			"another --target", name, c.min)
	}
	return nil
}

// concludeClasses sorts the classes and counts them.
func (u *understanding) concludeClasses() error {
	y := u.survey
	name := clip(y.names[y.targets[0]])
	if y.classes == nil {
		return fmt.Errorf("column %q: expected at most %d classes, found more; --max-classes allows more",
			name, y.maxClasses)
	}
	names, counts, rank := y.classes.sorted()
	numeric := y.columns[y.targets[0]].texts == 0
	hint := "choose another --target"
	switch c := y.columns[y.targets[0]]; {
	case numeric:
		hint = "for numbers say --task regress"
	case c.odd != nil && !c.odd.plain && c.odd.strange+c.odd.amounts > 0:
		hint = fmt.Sprintf("if they are numbers, remove signs, units and blanks, as in %q", c.firstText)
	case c.dates == min(c.texts, sampleRecords):
		hint = fmt.Sprintf("dates like %q are not understood: make numbers of them, such as days",
			c.firstText)
	}
	switch n, c := len(names), y.columns[y.targets[0]]; {
	case n > 2 && 2*n > y.kept && c.numbers > c.texts && c.texts > 0:
		return fmt.Errorf("%s, column %q: expected a number as in %d other rows, found %q (%d such "+
			"rows); --missing-values names what stands for a missing value",
			u.source.place(c.firstTextLine), name, c.numbers, c.firstText, c.texts)
	case n < 2:
		return fmt.Errorf("column %q: expected at least 2 classes, found only %s; "+
			"choose another --target", name, quoteList(names))
	case n > 2 && 2*n > y.kept:
		return fmt.Errorf("column %q: expected classes that come again, found %d different values in "+
			"%d rows; %s", name, n, y.kept, hint)
	}
	if a, b, found := alike(names); found {
		u.report.warn("classes %q and %q of column %q differ only in spelling: are they one?", a, b, name)
	}
	for i, n := range names {
		u.report.Classes = append(u.report.Classes, ClassReport{n, counts[i]})
		if counts[i] == 1 && y.kept >= fewRows {
			u.report.warn("class %q has only one row, which is for training", clip(n))
		}
	}
	u.schema.ClassNames, u.schema.Outputs, u.rank = names, len(names), rank
	return nil
}

// concludeInput decides what an input column is, or that it is of no use. A column that was asked
// for stays unless there is nothing in it.
func (u *understanding) concludeInput(j int, name string, asked bool) error {
	y, c := u.survey, u.survey.columns[j]
	texts, err := u.isText(j)
	if err != nil {
		return err
	}
	kind := c.kind()
	if texts {
		kind = KindText
	}
	if why := u.useless(j, kind, asked); why != "" {
		u.unused(name, why)
		return nil
	}
	column := Column{Name: name, Number: j + 1, Kind: kind}
	u.reader.readings[j].keep(&column)
	if !texts {
		u.sayNotations(j)
	}
	column.Indicator = c.missing > 0 && u.options.Missing == MissingMean
	detail := ""
	switch kind {
	case KindNumber:
		detail = u.describeNumber(j)
		u.remarkDates(j)
		u.remarkAnswerCode(j)
		if !asked {
			u.remarkIdentifier(j)
		}
	case KindBoolean:
		column.Categories = slices.Clone(c.levels.names)
		if one, _ := booleanWord([]byte(column.Categories[0])); one == 1 {
			slices.Reverse(column.Categories)
		}
		detail = fmt.Sprintf("%s is 0, %s is 1", column.Categories[0], column.Categories[1])
	case KindText:
		column.Categories, _, _ = c.levels.sorted()
		u.remarkSums(j)
		detail = fmt.Sprintf("%d categories: %s", len(column.Categories),
			clip(strings.Join(column.Categories, ", ")))
		if a, b, found := alike(column.Categories); found {
			u.report.warn("categories %q and %q of column %q differ only in spelling: are they one?", a, b,
				clip(name))
		}
	}
	if c.missing > 0 {
		detail += fmt.Sprintf("; %d missing", c.missing)
	}
	u.schema.Columns = append(u.schema.Columns, column)
	u.schema.Inputs += column.inputs()
	u.places = append(u.places, j)
	u.report.Inputs = append(u.report.Inputs, ColumnReport{name, kind, detail, column.inputs()})
	return y.checkFinite(j)
}

// checkFinite refuses numbers whose squares overflow.
func (s *survey) checkFinite(j int) error {
	c := s.columns[j]
	if spread := c.max - c.min; c.numbers > 0 && !(spread*spread*float64(s.kept) <= math.MaxFloat64) {
		return fmt.Errorf("column %q: expected numbers within ±1e150 or so, found %g … %g",
			clip(s.names[j]), c.min, c.max)
	}
	return nil
}

// isText reports whether numbers in a column are texts like its others, or refuses the mixture.
func (u *understanding) isText(j int) (bool, error) {
	c, name := u.survey.columns[j], u.survey.names[j]
	asked, err := findColumns(u.survey.names, u.options.Text, "text")
	if err != nil {
		return false, err
	}
	if slices.Contains(asked, j) {
		return true, nil
	}
	switch {
	case c.odd != nil && !c.odd.plain && c.odd.strange > 0:
		return false, fmt.Errorf("%s, column %q: expected a number, found %q (%d such rows): write "+
			"plain decimals, "+
			"or say --drop to leave the column out, --text to take its values for categories",
			u.source.place(c.firstTextLine), clip(name), c.firstText, c.texts)
	case c.odd != nil && !c.odd.plain && c.odd.decimals > 0:
		return false, fmt.Errorf("%s, column %q: expected numbers with the decimal %s of the other "+
			"columns, found %q (%d such rows): write all numbers with one, say which with --decimal, "+
			"or leave the column out with --drop",
			u.source.place(c.firstTextLine), clip(name), u.report.Format.Decimal, c.firstText, c.texts)
	case c.texts == 0 || c.numbers == 0:
		return false, nil
	case c.numbers < c.texts && !c.many:
		return true, nil
	case c.textsComeAgain():
		u.report.guess("column %q holds numbers, and texts like %q that come again: all are taken for "+
			"categories; --missing-values names what stands for a missing value", clip(name), c.firstText)
		return true, nil
	}
	return false, fmt.Errorf("%s, column %q: expected a number as in %d other rows, found %q (%d "+
		"such rows); "+
		"--missing-values names what stands for a missing value, --drop leaves the column out",
		u.source.place(c.firstTextLine), clip(name), c.numbers, c.firstText, c.texts)
}

// useless says why an input column is left out, "" if it is used.
func (u *understanding) useless(j int, kind Kind, asked bool) string {
	y, c := u.survey, u.survey.columns[j]
	distinct := len(c.levels.names)
	switch {
	case y.empty(j):
		return "empty"
	case !u.options.Raw && (c.min == c.max && c.texts == 0 &&
		(c.missing == 0 || u.options.Missing != MissingMean) || c.texts > 0 && distinct == 1 &&
		c.missing == 0 && !c.many):
		u.leaveOut("column %q is the same in all rows (%s) and left out: it tells nothing",
			clip(y.names[j]), clip(c.levels.names[0]))
		return "the same in all rows"
	case y.kept > 2 && u.repeatsTarget(j) && !u.options.Raw:
		if asked && u.options.Only != "" {
			u.report.warn("column %q says the same as the target, and is an input because of --only",
				clip(y.names[j]))
			return ""
		}
		u.leaveOut("column %q says the same as the target and is left out; keep it with --only, or "+
			"say --drop %s",
			clip(y.names[j]), quoted(y.names[j]))
		return "repeats the target"
	case asked, u.options.Raw:
		if kind == KindText && distinct > fewRows && 2*distinct > y.kept {
			u.report.warn("column %q has %d different texts in %d rows, like %q, each an input of its own",
				clip(y.names[j]), distinct, y.kept, c.firstText)
		}
		return ""
	case c.texts == 0 && c.counting && c.whole && y.source.header()[j] == "" && u.hasHeader() &&
		j == 0:
		return "counts the rows, without a name: an index"
	case c.texts == 0 && c.counting && c.whole && y.kept >= fewRows && c.missing == 0:
		u.leaveOut("column %q counts the rows and is left out; keep it with --only, or say --drop %s",
			clip(y.names[j]), quoted(y.names[j]))
		return "counts the rows"
	case kind == KindText && (c.many || distinct > fewRows && 2*distinct > y.kept || c.dates > 0 &&
		c.dates == min(c.texts, sampleRecords)):
		if c.dates == min(c.texts, sampleRecords) {
			u.leaveOut("column %q holds dates or times, which are not understood, and is left out: "+
				"make numbers of them, such as days",
				clip(y.names[j]))
			return "dates or times"
		}
		what := "names or identifiers? say"
		if beginsLikeNumber(c.firstText) {
			what = "if they are numbers, write plain decimals; names or identifiers? then say"
		}
		u.leaveOut("column %q has too many different texts to be coded, like %q, and is left out: %s "+
			"--drop %s", clip(y.names[j]), c.firstText, what, quoted(y.names[j]))
		return fmt.Sprintf("%d different texts or more", distinct)
	}
	return ""
}

// beginsLikeNumber reports whether a text may be a number that is written in an unusual way: 3/4,
// 10-20, <0.5, [1, 2].
func beginsLikeNumber(text string) bool {
	bare := strings.TrimLeft(text, "<>=~≤≥≈±+-([")
	return bare != "" && startsNumber(bare[0]) && len(bare) < mostDate
}

// leaveOut warns of a column that is left out.
func (u *understanding) leaveOut(format string, args ...any) {
	u.report.warn(format, args...)
	u.without = append(u.without, u.report.Warnings[len(u.report.Warnings)-1])
}

func (u *understanding) hasHeader() bool {
	l := u.source.layout()
	return l == nil || l.Header == yes
}

// quoted is a name as a shell takes it.
func quoted(name string) string {
	if strings.ContainsAny(name, " '\"$&;()<>|*?#\\\t\n,") {
		return strconv.Quote(name)
	}
	return name
}

// repeatsTarget reports whether an input tells a target's value in every row. That the words for
// some classes go with others may be chance where there are few rows.
func (u *understanding) repeatsTarget(j int) bool {
	y := u.survey
	c := y.columns[j]
	if u.schema.Task == Regress {
		return c.same&(1<<len(y.targets)-1) != 0
	}
	return c.oneToOne(len(y.classes.names)) && (y.kept >= fewRows || u.namesClasses(c))
}

// namesClasses reports whether the levels of a column are the classes that go with them.
func (u *understanding) namesClasses(c *columnSurvey) bool {
	for level, name := range c.levels.names {
		if u.survey.classes.names[c.targetOf[level]] != name {
			return false
		}
	}
	return true
}

// describeNumber says what is remarkable about a column of numbers.
func (u *understanding) describeNumber(j int) string {
	c := u.survey.columns[j]
	detail := spell(c.min) + " … " + spell(c.max)
	if how := u.reader.readings[j]; how != nil && how.unit != "" {
		detail += " " + visible(how.unit)
	}
	if c.whole && !c.many && len(c.levels.names) > 2 {
		detail += fmt.Sprintf(", %d integers: an order is assumed, else say --text %s",
			len(c.levels.names), quoted(u.survey.names[j]))
	}
	return detail
}

package dataset

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

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

package dataset

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// oddities are what a survey finds out about the texts of a column that may be meant for numbers.
type oddities struct {
	plain    bool     // there is a text that is nothing of what follows; nothing more is counted
	marks    []string // different ones that may stand for a missing value
	amounts  int      // numbers with a unit
	usual    int      // of these, those with a usual unit
	fraction bool     // an amount is no integer
	unit     string   // the first unit
	unitLine int      // and where it is
	other    string   // the first one that differs
	otherAt  int      // and where
	example  string   // the first amount
	decimals int      // numbers with the other decimal mark
	strange  int      // hexadecimal numbers and those with underscores
	noted             // numbers with a sign or mark
}

// maxMarks is the number of different marks of a column up to which they stand for missing values.
const maxMarks = 16

// add counts a text.
func (o *oddities) add(text []byte, line int, decimal byte) {
	if o.plain {
		return
	}
	if strangeNumber(text) {
		o.strange++
		return
	}
	n, unit, amount := readAmount(text, decimal)
	if !(amount && usualUnit(string(unit))) && o.noted.add(text, decimal) && !amount {
		return
	}
	if amount {
		o.addAmount(n, unit, text, line)
		return
	}
	switch _, _, decimals := readNumber(text, groupMark(decimal)); {
	case decimals:
		o.decimals++
	case missingMark(text):
		if !slices.Contains(o.marks, string(text)) {
			o.marks = append(o.marks, string(text))
		}
		o.plain = len(o.marks) > maxMarks
	default:
		o.plain = true
	}
}

func (o *oddities) addAmount(n number, unit, text []byte, line int) {
	switch {
	case o.amounts == 0:
		o.unit, o.unitLine, o.example = string(unit), line, clip(string(text))
	case o.other == "" && string(unit) != o.unit:
		o.other, o.otherAt = string(unit), line
	}
	o.amounts++
	o.fraction = o.fraction || n.value != math.Trunc(n.value)
	if usualUnit(string(unit)) {
		o.usual++
	}
}

// strangeNumber reports whether a text is a hexadecimal number or one with underscores: to code it
// as a category would be a mistake.
func strangeNumber(text []byte) bool {
	if len(text) > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') {
		_, err := strconv.ParseUint(string(text), 0, 64)
		return err == nil
	}
	if bytes.IndexByte(text, '_') < 0 {
		return false
	}
	_, ok := parseNumber(bytes.ReplaceAll(text, []byte{'_'}, nil), '.')
	return ok
}

// findReadings looks for columns that were not read as they are meant, says so in r, and reports
// whether there are some, so that the source is to be read again. Where --missing-values names what
// stands for missing values, nothing else does.
func (u *understanding) findReadings(r *Report) (found bool, err error) {
	asked, err := findColumns(u.survey.names, u.options.Text, "text")
	if err != nil {
		return false, err
	}
	for _, j := range u.survey.inputs {
		marked := false
		if !slices.Contains(asked, j) {
			if marked, err = u.findReading(j, r); err != nil {
				return false, err
			}
		}
		found = marked || found
	}
	for _, j := range u.survey.targets {
		marked, err := u.findReading(j, r)
		if err != nil {
			return false, err
		}
		found = marked || found
	}
	return u.findSentinels(r) || found, nil
}

// findSentinels looks for numbers that stand for missing values: first for those that do by
// themselves, then for the same ones in other columns.
func (u *understanding) findSentinels(r *Report) (found bool) {
	if u.options.MissingWords != "" {
		return false
	}
	var known []float64
	var rest []int
	columns := slices.Clone(u.survey.inputs)
	for _, j := range u.survey.targets {
		if u.options.Task == Regress.String() || u.options.Task == "" &&
			(u.survey.columns[j].many || !u.survey.columns[j].whole) {
			columns = append(columns, j)
		}
	}
	for _, j := range columns {
		if x, ok := u.survey.columns[j].sentinel(); ok && u.allNumbers(j) {
			known = append(known, x)
			u.addSentinel(j, x, "lies far from all other values", r)
		} else {
			rest = append(rest, j)
		}
	}
	for _, j := range rest {
		if x, ok := u.survey.columns[j].sentinelToo(known); ok && u.allNumbers(j) {
			u.addSentinel(j, x, "is below all other values, as in other columns,", r)
		}
	}
	return len(known) > 0
}

// answerCodes are integers that questionnaires have for no answer.
var answerCodes = []float64{9, 77, 88, 97, 98, 99, 888, -1, -7, -8, -9, -77, -88}

// remarkAnswerCode warns of such a code in a column of a few different integers, if it comes again
// and lies apart from all others, of which there are two at least, by more than they spread.
func (u *understanding) remarkAnswerCode(j int) {
	c := u.survey.columns[j]
	if c.many || !c.whole || u.options.MissingWords != "" || len(c.levels.names) < 3 {
		return
	}
	rows := map[float64]int{}
	for i, name := range c.levels.names {
		if n, ok := parseNumber([]byte(name), '.'); ok {
			rows[n.value] = int(c.levels.counts[i])
		}
	}
	sorted := slices.Sorted(maps.Keys(rows))
	last := len(sorted) - 1
	for _, code := range []struct{ x, gap, spread float64 }{
		{sorted[0], sorted[1] - sorted[0], sorted[last] - sorted[1]},
		{sorted[last], sorted[last] - sorted[last-1], sorted[last-1] - sorted[0]}} {
		if code.gap > code.spread && rows[code.x] >= leastSentinels &&
			slices.Contains(answerCodes, code.x) {
			u.report.warn("column %q: %g in %d rows lies far from all other values: if it stands for a "+
				"missing one, say --missing-values %[2]g", clip(u.survey.names[j]), code.x, rows[code.x])
		}
	}
}

// allNumbers reports whether column j has numbers and, at most, marks of missing values.
func (u *understanding) allNumbers(j int) bool {
	o := u.survey.columns[j].odd
	return o == nil || !o.plain && o.amounts+o.strange+o.decimals == 0
}

// reading is how column j is read from now on.
func (u *understanding) reading(j int) *reading {
	if u.reader.readings[j] == nil {
		u.reader.readings[j] = &reading{}
	}
	return u.reader.readings[j]
}

// addSentinel takes x for missing in column j.
func (u *understanding) addSentinel(j int, x float64, why string, r *Report) {
	how := u.reading(j)
	how.sentinels = append(how.sentinels, x)
	r.guess("column %q: %g %s and is read as missing; name what stands for missing values with "+
		"--missing-values, if only NA", clip(u.survey.names[j]), x, why)
}

// findReading looks for marks of missing values among the numbers of column j, and for a unit.
func (u *understanding) findReading(j int, r *Report) (found bool, err error) {
	c := u.survey.columns[j]
	o, name := c.odd, clip(u.survey.names[j])
	if o == nil || o.plain || o.strange+o.decimals > 0 ||
		len(o.marks) > 0 && u.options.MissingWords != "" {
		return false, nil
	}
	noted := o.amounts == o.letters && u.findNoted(j, r) // else letters are units
	switch {
	case o.amounts == 0 && c.numbers == 0, !noted && o.amounts == 0 && o.bounds+o.notes > 0:
		return false, nil
	case o.amounts > 0 && !noted:
		if found, err = u.findUnit(j, r); !found || err != nil {
			return false, err
		}
	}
	if len(o.marks) > 0 {
		u.reading(j).marks = o.marks
		r.guess("column %q: %s among numbers is read as missing; name what stands for missing values "+
			"with --missing-values, if only NA, or say --text %s",
			name, quoteList(o.marks), quoted(u.survey.names[j]))
	}
	return true, nil
}

// findUnit decides whether the amounts of column j are numbers with a unit.
func (u *understanding) findUnit(j int, r *Report) (found bool, err error) {
	c := u.survey.columns[j]
	o, name := c.odd, u.survey.names[j]
	distinct := len(c.levels.names)
	many := c.many || distinct > fewRows
	quantity := o.fraction || many || o.usual == o.amounts
	if slices.Contains(u.survey.targets, j) { // texts are classes
		quantity = u.options.Task == Regress.String() || u.options.Task == "" &&
			(o.fraction || many || 2*distinct > u.survey.kept)
	}
	if !quantity {
		return false, nil
	}
	if o.other == "" && c.numbers == 0 {
		u.reading(j).unit = o.unit
		r.guess("column %q holds amounts in %q, like %q, which are read as numbers; else say --text %s",
			clip(name), o.unit, o.example, quoted(name))
		return true, nil
	}
	if o.usual < o.amounts && !(o.fraction && many) {
		return false, nil // names and codes that begin with a number
	}
	second := fmt.Sprintf("%d numbers without a unit", c.numbers)
	if o.other != "" {
		second = fmt.Sprintf("%q (%s)", o.other, u.source.place(o.otherAt))
	}
	other := fmt.Sprintf("--drop %s, or --text %[1]s to take them for categories", quoted(name))
	if slices.Contains(u.survey.targets, j) {
		other = "--task classify to take them for classes"
	}
	return false, fmt.Errorf("column %q: expected amounts of one unit, found %q (%s) and %s: convert "+
		"them, or say %s", clip(name), o.unit, u.source.place(o.unitLine), second, other)
}

// sayNotations says how the numbers of a column are written, where that is not plain.
func (u *understanding) sayNotations(j int) {
	c := u.survey.columns[j]
	if c.how != plainly {
		u.report.guess("column %q has %s, like %q, and is read as numbers; else say --text %s",
			clip(u.survey.names[j]), c.how, c.howExample, quoted(u.survey.names[j]))
	}
}

// keep puts the reading into a column of a schema.
func (how *reading) keep(c *Column) {
	if how != nil {
		c.Sentinels, c.Marks, c.Unit = how.sentinels, how.marks, how.unit
		c.Bounds, c.Footnotes = how.bounds, how.notes
	}
}

// readingOf is how a column of new rows is read. Marks that the training's rows had not stand for
// missing values among numbers all the same, unless --missing-values named what does.
func (s *Schema) readingOf(c *Column) *reading {
	return &reading{sentinels: c.Sentinels, marks: c.Marks, unit: c.Unit,
		bounds: c.Bounds, notes: c.Footnotes,
		anyMark: c.Kind == KindNumber && s.MissingValues == nil}
}

package dataset

import (
	"fmt"
	"math"
	"slices"
)

const (
	maxLevels     = 20   // a column with more distinct numbers is no longer taken for codes
	maxCategories = 1000 // a text column with more distinct texts cannot be coded
)

// columnSurvey is what a pass over all rows finds out about a column.
type columnSurvey struct {
	numbers, texts, missing int
	firstText               string // and the line it is on
	firstTextLine           int
	firstMissing            int // line
	origin                  number
	min, max                float64
	minLine, maxLine        int
	scale                   uint8 // largest of a number
	inexact                 bool  // a number is not exact
	whole                   bool  // all numbers are integers
	counting                bool  // every number is the one before plus 1
	last                    float64
	levels                  *nameIndex // distinct values, until there are too many
	codes                   *codes     // of short decimals
	many                    bool       // there were
	dates                   int
	decimal                 byte      // mark
	odd                     *oddities // of texts; nil without
	how                     notation  // of numbers that are not plain
	howExample              string    // the first of them
	sentinels               [len(sentinelNumbers)]int32
	restMin, restMax        float64 // of the other numbers
	targetOf                []int32 // class that goes with every level, where that is always the same
	repeats                 bool    // and it is
	same                    uint64  // bit t: the numbers are those of target t
}

// sentinelNumbers are numbers that some programs write for a missing value; those behind the first
// sureSentinels are values of their own so often that they must come again.
var sentinelNumbers = [...]float64{-999, -9999, -99999, -99, 9999, 99999, -32768, -200, -888,
	-999.25, -1000, 999, 999999, 1e20}

const sureSentinels, leastSentinels = 7, 3

// mayBeSentinel reports whether a number may be one of them.
func mayBeSentinel(x float64) bool { return x <= -99 || x >= 999 }

func newColumnSurvey(decimal byte) *columnSurvey {
	return &columnSurvey{decimal: decimal, whole: true, counting: true, levels: &nameIndex{},
		repeats: true, same: math.MaxUint64,
		min: math.Inf(1), max: math.Inf(-1), restMin: math.Inf(1), restMax: math.Inf(-1)}
}

// add counts a value, of a column that may hold up to limit distinct texts, and returns its level;
// −1 where it is missing or levels are no longer counted.
func (s *columnSurvey) add(v *cell, line, limit int) (level int32) {
	switch v.kind {
	case cellMissing:
		if s.missing++; s.missing == 1 {
			s.firstMissing = line
		}
		return -1
	case cellText:
		if s.texts++; s.texts == 1 {
			s.firstText, s.firstTextLine = clip(string(v.text)), line
		}
		if s.odd == nil {
			s.odd = &oddities{}
		}
		if s.texts <= sampleRecords && isDate(v.text) {
			s.dates++
			s.odd.plain = true
		}
		s.odd.add(v.text, line, s.decimal)
	case cellNumber:
		if s.addNumber(v.number, line); v.how > s.how {
			s.how, s.howExample = v.how, clip(string(v.text))
		}
		if s.texts == 0 {
			limit = min(limit, maxLevels)
		}
	}
	if s.many {
		return -1
	}
	level = s.levels.add(v)
	s.many = len(s.levels.names) > limit
	return level
}

func (s *columnSurvey) addNumber(n number, line int) {
	x := n.value
	if s.numbers == 0 {
		s.origin = n.written().shortest()
	} else if x != s.last+1 {
		s.counting = false
	}
	s.last = x
	lower, higher := s.addSpan(span{1, x, x, n.scale, x == math.Trunc(x), n.exact})
	if lower {
		s.minLine = line
	}
	if higher {
		s.maxLine = line
	}
	s.addRest(x)
}

// span is what is known of some numbers of a column together.
type span struct {
	numbers      int
	low, high    float64 // the smallest and the largest
	scale        uint8   // the largest
	whole, exact bool    // all are
}

// addSpan takes in some numbers, and reports whether one is below or above all before them.
func (s *columnSurvey) addSpan(x span) (lower, higher bool) {
	s.numbers += x.numbers
	s.scale = max(s.scale, x.scale)
	s.whole, s.inexact = s.whole && x.whole, s.inexact || !x.exact
	lower, higher = x.low < s.min, x.high > s.max
	if lower {
		s.min = x.low
	}
	if higher {
		s.max = x.high
	}
	return lower, higher
}

// addRest counts a number that may stand for a missing value, or the range of all others.
func (s *columnSurvey) addRest(x float64) {
	if mayBeSentinel(x) && 4*x == math.Trunc(4*x) { // as all are
		if i := slices.Index(sentinelNumbers[:], x); i >= 0 {
			s.sentinels[i]++
			return
		}
	}
	s.addRestRange(x, x)
}

// addRestRange takes in the range of numbers that stand for no missing value.
func (s *columnSurvey) addRestRange(low, high float64) {
	s.restMin, s.restMax = min(s.restMin, low), max(s.restMax, high)
}

// pair compares a value's level with the row's class.
func (s *columnSurvey) pair(level, class int32) {
	if !s.repeats {
		return
	}
	if s.many || level < 0 {
		s.repeats = false
		return
	}
	s.pairLevel(level, class)
}

// pairLevel compares a level with the row's class.
func (s *columnSurvey) pairLevel(i, class int32) {
	for int(i) >= len(s.targetOf) {
		s.targetOf = append(s.targetOf, -1)
	}
	if s.targetOf[i] < 0 {
		s.targetOf[i] = class
	}
	s.repeats = s.targetOf[i] == class
}

// compare finds out whether a value is that of target t.
func (s *columnSurvey) compare(t int, v, target *cell) {
	if v.kind != cellNumber || target.kind != cellNumber || v.value != target.value {
		s.same &^= 1 << t
	}
}

// oneToOne reports whether every level has a class of its own.
func (s *columnSurvey) oneToOne(classes int) bool {
	sorted := slices.Sorted(slices.Values(s.targetOf))
	return s.repeats && len(sorted) == classes && len(slices.Compact(sorted)) == classes
}

// kind decides what the column is.
func (s *columnSurvey) kind() Kind {
	switch {
	case s.texts == 0:
		return KindNumber
	case s.numbers == 0 && !s.many && len(s.levels.names) == 2 && s.isBoolean():
		return KindBoolean
	}
	return KindText
}

// textsComeAgain reports whether the texts among a few different numbers are so many, each of them
// several times, that none is a slip.
func (s *columnSurvey) textsComeAgain() bool {
	if s.many || len(s.levels.names) > maxLevels || 20*s.texts < s.texts+s.numbers ||
		s.odd == nil || !s.odd.plain && s.odd.usual+s.odd.strange+s.odd.decimals > 0 {
		return false
	}
	for i, name := range s.levels.names {
		if s.levels.counts[i] < 3 && !isPlain([]byte(name), s.decimal) {
			return false
		}
	}
	return true
}

func (s *columnSurvey) isBoolean() bool {
	_, first := booleanWord([]byte(s.levels.names[0]))
	_, second := booleanWord([]byte(s.levels.names[1]))
	return first && second
}

// sentinel returns the number that stands for a missing value, if one lies apart from all others
// by more than they spread.
func (s *columnSurvey) sentinel() (float64, bool) {
	for i, n := range s.sentinels {
		n := int(n)
		if n == 0 || i >= sureSentinels && n < leastSentinels || s.numbers-n < 5 || n > s.numbers/2 ||
			!(s.restMin <= s.restMax) {
			continue
		}
		x := sentinelNumbers[i]
		if gap := max(s.restMin-x, x-s.restMax); gap > s.restMax-s.restMin && gap > 0 {
			return x, true
		}
	}
	return 0, false
}

// sentinelToo returns a negative number below all others, none of which is negative, that stands
// for a missing value in another column.
func (s *columnSurvey) sentinelToo(others []float64) (float64, bool) {
	for i, n := range s.sentinels {
		if x := sentinelNumbers[i]; n > 0 && x < 0 && s.restMin >= 0 && s.restMin <= s.restMax &&
			slices.Contains(others, x) {
			return x, true
		}
	}
	return 0, false
}

// survey is what a pass over all rows finds out about a table. A second one is for tables of which
// the shelf does not hold all.
type survey struct {
	source     source
	names      []string
	columns    []*columnSurvey // by column; nil for those that are not used
	fits       []moments       // by column, over the training rows
	inputs     []int           // columns that may become inputs
	targets    []int           // columns to predict
	classes    *nameIndex      // of the target; nil for a regression
	classCodes codes           // of short decimals
	guess      bool            // classes may turn out to be numbers
	hasty      bool            // and are forgotten as soon as they look like them
	maxClasses int
	drop       bool // rows with a missing input are left out
	// for every row its class before sorting, 0 for a regression, or leftOut
	rows    []int32
	kept    int                       // rows that are used
	blank   int                       // rows left out: nothing in them,
	unaimed int                       // no target,
	holes   int                       // a missing input
	line    int                       // of the first row without a target
	admit   func(bytes float64) error // as in Options
	shelf   *shelf                    // what read has parsed
	before  *survey                   // whose memory read takes; nil for none
}

// leftOut marks a row that is not used.
const leftOut = -1

// newSurvey prepares passes over the given columns of a source.
func newSurvey(s source, inputs, targets []int) *survey {
	y := &survey{source: s, names: columnNames(s), inputs: inputs, targets: targets}
	y.columns, y.fits = make([]*columnSurvey, len(y.names)), make([]moments, len(y.names))
	for _, j := range slices.Concat(inputs, targets) {
		y.columns[j], y.fits[j] = newColumnSurvey(s.layout().decimalMark()), newMoments()
	}
	return y
}

// read makes the pass.
func (s *survey) read(r *cellReader) error {
	about := s.source.about()
	if s.before == nil {
		s.rows = make([]int32, 0, about)
		s.shelf = newShelf(s.inputs, s.targets, about, s.admit, nil)
	} else {
		s.rows = s.before.rows[:0]
		s.shelf = newShelf(s.inputs, s.targets, about, s.admit, s.before.shelf)
		s.before = nil
	}
	r.plain = true
	r.misses.Store(0)
	defer func() { r.plain = false }()
	return scan(s.source, r, func(b *batch) error {
		if b.lanes.there() {
			return s.addLanes(b)
		}
		for i, line := range b.lines {
			row := b.row(i)
			class, err := s.judge(row, line)
			if err != nil {
				return err
			}
			if s.rows = append(s.rows, class); class == leftOut {
				continue
			}
			s.kept++
			s.addRow(row, line, class)
		}
		return nil
	})
}

// addRow counts the values of a row that is used, and keeps them.
func (s *survey) addRow(row []cell, line int, class int32) {
	at := s.shelf.addRows(1)
	for k, j := range s.inputs {
		level := s.addInput(s.columns[j], &row[j], line, class)
		for t := 0; s.columns[j].same>>t != 0 && t < len(s.targets); t++ {
			s.columns[j].compare(t, &row[j], &row[s.targets[t]])
		}
		s.shelf.put(k, at, &row[j], s.columns[j], level)
	}
	for k, j := range s.targets {
		level := s.columns[j].add(&row[j], line, maxLevels)
		s.shelf.put(len(s.inputs)+k, at, &row[j], s.columns[j], level)
	}
}

// measure finds the moments of the training rows, in the memory of the shelf or else by another
// pass.
func (s *survey) measure(r *cellReader, d *dealing) error {
	if !s.shelf.broken {
		s.shelf.measure(s, d)
		return nil
	}
	values := make([][]float64, len(s.columns)) // of up to batchRows records
	add := func() {
		for j := range values {
			s.fits[j].addBatch(values[j])
			values[j] = values[j][:0]
		}
	}
	err := scan(s.source, r, func(b *batch) error {
		for j, c := range s.columns {
			if c != nil {
				values[j] = s.fits[j].gather(values[j], &c.origin, b, j, d)
			}
		}
		if (b.first+len(b.lines))%batchRows == 0 {
			add()
		}
		return nil
	})
	add()
	return err
}

// addInput counts a value of a row of the given class, and returns its level.
func (s *survey) addInput(c *columnSurvey, v *cell, line int, class int32) int32 {
	level := c.add(v, line, maxCategories)
	if s.classes != nil {
		c.pair(level, class)
	}
	return level
}

// judge decides whether a row is used, and finds its class.
func (s *survey) judge(row []cell, line int) (int32, error) {
	if len(row[0].text) == 0 && !slices.ContainsFunc(row,
		func(c cell) bool { return len(c.text) > 0 }) {
		s.blank++
		return leftOut, nil
	}
	for _, j := range s.targets {
		if row[j].kind == cellMissing {
			if s.unaimed++; s.unaimed == 1 {
				s.line = line
			}
			return leftOut, nil
		}
	}
	if s.drop {
		for _, j := range s.inputs {
			if row[j].kind == cellMissing {
				s.holes++
				s.columns[j].missing++
				return leftOut, nil
			}
		}
	}
	return s.class(&row[s.targets[0]], line)
}

// class counts the class that v names.
func (s *survey) class(v *cell, line int) (int32, error) {
	if s.classes == nil {
		return 0, nil
	}
	class := s.classes.add(v)
	if most := s.maxClasses; len(s.classes.names) > most {
		if !s.guess {
			return 0, fmt.Errorf("%s: %s: expected at most %d classes in column %q, found more; "+
				"for numbers say --task regress, --max-classes allows more",
				s.source.path(), s.source.place(line), most, clip(s.names[s.targets[0]]))
		}
		s.forgetClasses() // numbers, or an error later
		return 0, nil
	}
	return class, nil
}

// forgetClasses makes the rows those of a regression.
func (s *survey) forgetClasses() {
	s.classes = nil
	for i, class := range s.rows {
		if class != leftOut {
			s.rows[i] = 0
		}
	}
}

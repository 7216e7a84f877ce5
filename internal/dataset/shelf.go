package dataset

import (
	"math"
	"runtime"
	"slices"
	"sync"
)

// shelf keeps the values of the rows that are used, in their order, as the survey has parsed them,
// so that a source is read once. A value is four bytes, its slot: the mantissa of a short decimal at
// the scale of its column, or the number of a text. Numbers that are not short take sixteen more.
// Where all columns are short decimals, their slots become the standardised table.
type shelf struct {
	inputs  int         // columns, which come before the targets
	columns []shelfKeep // of the inputs and then the targets
	x, y    []float32   // slots of inputs and targets, row-major
	rows    int         // how many there are
	long    int         // numbers that are not short
	broken  bool        // something did not fit
}

// shelfKeep is how the values of a column are kept.
type shelfKeep struct {
	column      int // of the source
	kind        shelfKind
	scale       uint8 // of short decimals
	missing     bool  // there are some
	values      []float64
	differences []float64 // from the column's origin
}

type shelfKind uint8

const (
	keptNothing shelfKind = iota // so far
	keptShort                    // short decimals
	keptLong                     // numbers
	keptTexts                    // at least one text: all are numbered as the column's levels are
	keptNone                     // too many texts: the column cannot be an input
)

// missingSlot stands for a missing value.
const missingSlot = math.MinInt32

// maxLong is how many numbers that are not short are kept: 64 MiB of them. A larger table of such
// numbers is read again instead.
const maxLong = 1 << 22

// newShelf prepares for about so many rows; admit, if it is set, is asked before so much is taken. If
// it refuses, reading goes on without, to the error that names what the table itself needs.
func newShelf(inputs, targets []int, rows int, admit func(bytes float64) error) *shelf {
	s := &shelf{inputs: len(inputs)}
	for _, j := range slices.Concat(inputs, targets) {
		s.columns = append(s.columns, shelfKeep{column: j})
	}
	if admit != nil && admit(4*float64(rows)*float64(len(s.columns))) != nil {
		s.breakUp()
		return s
	}
	s.x, s.y = make([]float32, 0, rows*len(inputs)), make([]float32, 0, rows*len(targets))
	return s
}

// breakUp gives the memory back.
func (s *shelf) breakUp() { *s = shelf{broken: true} }

// slots are where column k is: its slots begin at first, width apart.
func (s *shelf) slots(k int) (values []float32, first, width int) {
	if k < s.inputs {
		return s.x, k, s.inputs
	}
	return s.y, k - s.inputs, len(s.columns) - s.inputs
}

// addRow makes room for a row and returns where its inputs and targets go.
func (s *shelf) addRow() (x, y []float32) {
	n, m, targets := len(s.x), len(s.y), len(s.columns)-s.inputs
	s.x = slices.Grow(s.x, s.inputs)[:n+s.inputs]
	s.y = slices.Grow(s.y, targets)[:m+targets]
	s.rows++
	return s.x[n:], s.y[m:]
}

// addShorts takes in a batch of short decimals, all rows of which are used.
func (s *shelf) addShorts(b *batch, columns []*columnSurvey) {
	if s.broken {
		return
	}
	for k := range s.columns {
		if !s.matches(k, b, columns) {
			for i := range b.lines {
				s.addOneByOne(b, i, columns)
			}
			return
		}
	}
	for i := range b.lines {
		x, y := s.addRow()
		row := b.shorts.row(i)
		for k := range x {
			x[k] = shortBits(row[s.columns[k].column])
		}
		for k := range y {
			y[k] = shortBits(row[s.columns[s.inputs+k].column])
		}
	}
}

// matches brings column k and the batch to a common scale, or reports false where they have none.
func (s *shelf) matches(k int, b *batch, columns []*columnSurvey) bool {
	c := &s.columns[k]
	scale := b.scales[c.column]
	if c.kind == keptNothing && !c.missing {
		c.kind, c.scale = keptShort, scale
	}
	switch {
	case c.kind != keptShort:
		return false
	case scale < c.scale:
		by := c.scale - scale
		_, low := scaledShort(b.low[c.column], by)
		_, high := scaledShort(b.high[c.column], by)
		if !low || !high {
			return false
		}
		for at := c.column; at < len(b.values); at += b.width {
			b.values[at] *= int32(intTens[by])
		}
		b.low[c.column], b.high[c.column] = b.low[c.column]*int32(intTens[by]), b.high[c.column]*int32(intTens[by])
		b.scales[c.column] = c.scale
	case scale > c.scale:
		return s.rescale(k, scale)
	}
	return true
}

// rescale brings the slots of column k to a larger scale, or reports false where one no longer fits.
func (s *shelf) rescale(k int, scale uint8) bool {
	c := &s.columns[k]
	values, first, width := s.slots(k)
	by := scale - c.scale
	for at := first; at < len(values); at += width {
		if m := bitsShort(values[at]); m != missingSlot {
			if _, fits := scaledShort(m, by); !fits {
				return false
			}
		}
	}
	for at := first; at < len(values); at += width {
		if m := bitsShort(values[at]); m != missingSlot {
			values[at] = shortBits(m * int32(intTens[by]))
		}
	}
	c.scale = scale
	return true
}

// addOneByOne takes in row i of a batch of short decimals that has another scale than the shelf.
func (s *shelf) addOneByOne(b *batch, i int, columns []*columnSurvey) {
	if s.broken {
		return
	}
	s.addRow()
	for k := range s.columns {
		v := cell{number: b.shorts.number(i, s.columns[k].column), kind: cellNumber}
		s.put(k, &v, columns[s.columns[k].column])
	}
}

// addCells takes in a row of cells.
func (s *shelf) addCells(row []cell, columns []*columnSurvey) {
	if s.broken {
		return
	}
	s.addRow()
	for k := range s.columns {
		j := s.columns[k].column
		s.put(k, &row[j], columns[j])
	}
}

// put keeps the value of column k in the last row; levels has it already, if it has any.
func (s *shelf) put(k int, v *cell, survey *columnSurvey) {
	if s.broken {
		return
	}
	values, first, width := s.slots(k)
	slot := &values[len(values)-width+first]
	c := &s.columns[k]
	if v.kind == cellMissing {
		c.missing = true
		*slot = shortBits(missingSlot)
		if c.kind == keptLong {
			s.putLong(c, 0, 0)
		}
		return
	}
	if v.kind == cellText && c.kind != keptTexts && c.kind != keptNone {
		s.number(k, survey)
	}
	switch c.kind {
	case keptNothing:
		c.kind, c.scale = keptShort, min(v.scale, shortDigits)
		s.putShort(k, slot, v, survey)
	case keptShort:
		s.putShort(k, slot, v, survey)
	case keptLong:
		*slot = 0
		s.putLong(c, v.value, v.minus(survey.origin))
	case keptTexts:
		level, known := survey.levels.find(v)
		if !known || survey.many {
			c.kind = keptNone
		}
		*slot = shortBits(level)
	}
}

// putShort keeps a number where there have been short ones, or turns the column into one of long
// ones.
func (s *shelf) putShort(k int, slot *float32, v *cell, survey *columnSurvey) {
	c := &s.columns[k]
	if v.exact && v.scale <= shortDigits && v.scale > c.scale {
		*slot = shortBits(missingSlot) // passed over
		s.rescale(k, v.scale)
	}
	if v.exact && v.scale <= c.scale && -maxShort <= v.mantissa && v.mantissa <= maxShort {
		if m, fits := scaledShort(int32(v.mantissa), c.scale-v.scale); fits {
			*slot = shortBits(m)
			return
		}
	}
	values, first, width := s.slots(k)
	c.kind = keptLong
	for at := first; at < len(values)-width; at += width {
		x, d := 0.0, 0.0
		if m := bitsShort(values[at]); m != missingSlot {
			n := shortNumber(m, c.scale)
			x, d = n.value, n.minus(survey.origin)
			values[at] = 0
		}
		s.putLong(c, x, d)
	}
	*slot = 0
	s.putLong(c, v.value, v.minus(survey.origin))
}

// putLong keeps a number that is not short.
func (s *shelf) putLong(c *shelfKeep, value, difference float64) {
	if s.broken {
		return
	}
	if s.long++; s.long > maxLong {
		s.breakUp()
		return
	}
	c.values, c.differences = append(c.values, value), append(c.differences, difference)
}

// number turns the numbers of column k, in which the last row has the first text, into those of the
// column's levels.
func (s *shelf) number(k int, survey *columnSurvey) {
	c := &s.columns[k]
	values, first, width := s.slots(k)
	if survey.many || c.kind == keptLong {
		c.kind = keptNone
		return
	}
	for at := first; at < len(values)-width; at += width {
		if m := bitsShort(values[at]); m != missingSlot {
			v := cell{number: shortNumber(m, c.scale), kind: cellNumber}
			level, _ := survey.levels.find(&v)
			values[at] = shortBits(level)
		}
	}
	c.kind = keptTexts
}

// gather appends the values of column k in the training rows from row first up to end, of which the
// one with the number kept is the first that is on the shelf.
func (s *shelf) gather(values []float64, k, first, end, kept int, y *survey, d *dealing) []float64 {
	c := &s.columns[k]
	slots, at, width := s.slots(k)
	at += kept * width
	m, survey := &y.fits[c.column], y.columns[c.column]
	start, short := survey.origin.at(c.scale)
	ten := tens[c.scale]
	for i := first; i < end; i++ {
		if y.rows[i] == leftOut {
			continue
		}
		slot := bitsShort(slots[at])
		row := at / width
		if at += width; slot == missingSlot || !d.trains(i) {
			continue
		}
		switch {
		case c.kind == keptLong:
			m.min, m.max = min(m.min, c.values[row]), max(m.max, c.values[row])
			values = append(values, c.differences[row])
		case c.kind == keptTexts:
			if one, ok := booleanWord([]byte(survey.levels.names[slot])); ok {
				values = append(values, float64(one))
			}
		default:
			x := float64(slot) / ten
			m.min, m.max = min(m.min, x), max(m.max, x)
			if short {
				values = append(values, float64(int64(slot)-start)/ten)
			} else {
				values = append(values, shortNumber(slot, c.scale).minus(survey.origin))
			}
		}
	}
	return values
}

// measure finds the moments of all columns over the training rows, in the batches in which they were
// read, several columns at once.
func (s *shelf) measure(y *survey, d *dealing) {
	var kept []int // rows on the shelf before every batch
	for i, n := 0, 0; i < len(y.rows); i++ {
		if i%batchRows == 0 {
			kept = append(kept, n)
		}
		if y.rows[i] != leftOut {
			n++
		}
	}
	each(len(s.columns), func(k int) {
		values := make([]float64, 0, min(batchRows, len(y.rows)))
		if kind := s.columns[k].kind; kind == keptNothing || kind == keptNone {
			return
		}
		for b, n := range kept {
			first := b * batchRows
			values = s.gather(values[:0], k, first, min(first+batchRows, len(y.rows)), n, y, d)
			y.fits[s.columns[k].column].addBatch(values)
		}
	})
}

// each calls f for 0 … n−1 on all processors.
func each(n int, f func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	wait.Wait()
}

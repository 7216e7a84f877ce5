package dataset

import (
	"math"
	"runtime"
	"slices"
	"sync"
)

// shelf keeps the values of the rows that are used, in their order, as the survey has parsed them,
// so that a source is read once. A value is four bytes, its slot: the mantissa of a short decimal
// at the scale of its column, or the number of a text. Numbers that are not short take sixteen
// more. Where all columns are short decimals, their slots become the standardised table.
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

// newShelf prepares for about so many rows, in the memory of before, if that is not nil; admit,
// if it is set, is asked before so much is taken. If it refuses, reading goes on without, to the
// error that names what the table itself needs.
func newShelf(inputs, targets []int, rows int, admit func(bytes float64) error,
	before *shelf) *shelf {
	s := &shelf{inputs: len(inputs), columns: make([]shelfKeep, 0, len(inputs)+len(targets))}
	for _, j := range slices.Concat(inputs, targets) {
		s.columns = append(s.columns, shelfKeep{column: j})
	}
	if admit != nil && admit(4*float64(rows)*float64(len(s.columns))) != nil {
		s.breakUp()
		return s
	}
	if before != nil {
		s.x, s.y = before.x[:0], before.y[:0]
	}
	s.x = slices.Grow(s.x, rows*len(inputs))
	s.y = slices.Grow(s.y, rows*len(targets))
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

// addRows makes room for n rows, whose values put is to keep, and returns the first of them.
func (s *shelf) addRows(n int) (first int) {
	if s.broken {
		return 0
	}
	first, targets := s.rows, len(s.columns)-s.inputs
	s.x = slices.Grow(s.x, n*s.inputs)[:len(s.x)+n*s.inputs]
	s.y = slices.Grow(s.y, n*targets)[:len(s.y)+n*targets]
	s.rows += n
	return first
}

// addLanes takes in a batch, all rows of which are used.
func (s *shelf) addLanes(b *batch, columns []*columnSurvey) {
	first := s.addRows(b.rows)
	for k := 0; k < len(s.columns) && !s.broken; k++ {
		s.addLane(k, first, b, columns[s.columns[k].column])
	}
}

// addLane takes in column k of a batch, whose first row is the given one here.
func (s *shelf) addLane(k, first int, b *batch, survey *columnSurvey) {
	c := &s.columns[k]
	values, at, width := s.slots(k)
	at += first * width
	switch kind := b.kinds[c.column]; {
	case kind == laneShort && s.matches(k, first, b):
		c.missing = c.missing || b.missing[c.column] > 0
		for from := c.column; from < len(b.slots); from += b.width {
			values[at] = shortBits(b.slots[from])
			at += width
		}
	case kind == laneLong && c.kind == keptLong && b.missing[c.column] == 0:
		numbers := b.beside[c.column].numbers[:b.rows]
		if s.long += len(numbers); s.long > maxLong {
			s.breakUp()
			return
		}
		kept := len(c.values)
		c.values = slices.Grow(c.values, len(numbers))[:kept+len(numbers)]
		c.differences = slices.Grow(c.differences, len(numbers))[:kept+len(numbers)]
		x, differences := c.values[kept:], c.differences[kept:]
		for i := range numbers {
			values[at] = 0
			x[i], differences[i] = numbers[i].value, numbers[i].minus(&survey.origin)
			at += width
		}
	case kind == laneWords && c.kind == keptTexts && !survey.many:
		entries := b.beside[c.column].words.entries
		for i := range b.rows {
			m := b.slots[i*b.width+c.column]
			if m == missingSlot {
				c.missing = true
			} else {
				m = survey.levelOf(&entries[m])
			}
			values[at] = shortBits(m)
			at += width
		}
	default:
		for i := range b.rows {
			v, level := b.lanes.value(i, c.column), int32(-1)
			if v.kind != cellMissing && !survey.many {
				level, _ = survey.levels.find(&v)
			}
			s.put(k, first+i, &v, survey, level)
		}
	}
}

// levelOf is the level of an entry that has been counted.
func (c *columnSurvey) levelOf(e *entry) int32 {
	if !e.added {
		e.level, _ = c.levels.find(&e.cell)
		e.added = true
	}
	return e.level
}

// matches brings column k, of which there are so many rows, and the batch to a common scale, or
// reports false where they have none.
func (s *shelf) matches(k, rows int, b *batch) bool {
	c := &s.columns[k]
	scale := b.scales[c.column]
	if c.kind == keptNothing && int(b.missing[c.column]) < b.rows {
		c.kind, c.scale = keptShort, scale
	}
	switch {
	case c.kind != keptShort:
		return false
	case scale < c.scale:
		by := c.scale - scale
		_, low := scaledShort(b.low[c.column], by)
		_, high := scaledShort(b.high[c.column], by)
		if !low || !high { // or there are only missing values
			return false
		}
		for at := c.column; at < len(b.slots); at += b.width {
			if b.slots[at] != missingSlot {
				b.slots[at] *= int32(intTens[by])
			}
		}
	case scale > c.scale:
		return s.rescale(k, rows, scale)
	}
	return true
}

// rescale brings the slots of so many rows of column k to a larger scale, or reports false where
// one no longer fits.
func (s *shelf) rescale(k, rows int, scale uint8) bool {
	c := &s.columns[k]
	values, first, width := s.slots(k)
	values = values[:rows*width]
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

// put keeps the value of column k in a row behind which the column has none yet; its level is the
// given one, if it has any.
func (s *shelf) put(k, row int, v *cell, survey *columnSurvey, level int32) {
	if s.broken {
		return
	}
	values, first, width := s.slots(k)
	slot := &values[row*width+first]
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
		s.number(k, row, survey)
	}
	switch c.kind {
	case keptNothing:
		c.kind, c.scale = keptShort, min(v.scale, shortDigits)
		s.putShort(k, row, slot, v, survey)
	case keptShort:
		s.putShort(k, row, slot, v, survey)
	case keptLong:
		*slot = 0
		s.putLong(c, v.value, v.minus(&survey.origin))
	case keptTexts:
		if level < 0 || survey.many {
			c.kind = keptNone
		}
		*slot = shortBits(level)
	}
}

// putShort keeps a number where there have been short ones, or turns the column into one of long
// ones.
func (s *shelf) putShort(k, row int, slot *float32, v *cell, survey *columnSurvey) {
	c := &s.columns[k]
	if v.exact && v.scale <= shortDigits && v.scale > c.scale {
		s.rescale(k, row, v.scale)
	}
	if v.exact && v.scale <= c.scale && -maxShort <= v.mantissa && v.mantissa <= maxShort {
		if m, fits := scaledShort(int32(v.mantissa), c.scale-v.scale); fits {
			*slot = shortBits(m)
			return
		}
	}
	values, first, width := s.slots(k)
	c.kind = keptLong
	if rows := cap(values) / width; s.long+rows <= maxLong {
		c.values, c.differences = make([]float64, 0, rows), make([]float64, 0, rows)
	}
	for at := first; at < row*width; at += width {
		x, d := 0.0, 0.0
		if m := bitsShort(values[at]); m != missingSlot {
			n := shortNumber(m, c.scale)
			x, d = n.value, n.minus(&survey.origin)
			values[at] = 0
		}
		s.putLong(c, x, d)
	}
	*slot = 0
	s.putLong(c, v.value, v.minus(&survey.origin))
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

// number turns the numbers of column k, in which the given row has the first text, into those of
// the column's levels.
func (s *shelf) number(k, row int, survey *columnSurvey) {
	c := &s.columns[k]
	values, first, width := s.slots(k)
	if survey.many || c.kind == keptLong {
		c.kind = keptNone
		return
	}
	for at := first; at < row*width; at += width {
		if m := bitsShort(values[at]); m != missingSlot {
			v := cell{number: shortNumber(m, c.scale), kind: cellNumber}
			level, _ := survey.levels.find(&v)
			values[at] = shortBits(level)
		}
	}
	c.kind = keptTexts
}

// gather returns the values of column k in the given rows, in the memory of values.
func (s *shelf) gather(values []float64, k int, rows []int32, y *survey) []float64 {
	c := &s.columns[k]
	slots, at, width := s.slots(k)
	m, survey := &y.fits[c.column], y.columns[c.column]
	origin, short := survey.origin.at(c.scale)
	ten := tens[c.scale]
	values = values[:0]
	for _, row := range rows {
		slot := bitsShort(slots[at+int(row)*width])
		if slot == missingSlot {
			continue
		}
		var x, difference float64
		switch {
		case c.kind == keptLong:
			x, difference = c.values[row], c.differences[row]
		case short:
			x, difference = float64(slot)/ten, float64(int64(slot)-origin)/ten
		default:
			n := shortNumber(slot, c.scale)
			x, difference = n.value, n.minus(&survey.origin)
		}
		m.min, m.max = min(m.min, x), max(m.max, x)
		values = append(values, difference)
	}
	return values
}

// gatherWords is gather of a column of texts, of which the words of booleans have values.
func (s *shelf) gatherWords(values []float64, k int, rows []int32, booleans []float64) []float64 {
	slots, at, width := s.slots(k)
	values = values[:0]
	for _, row := range rows {
		slot := bitsShort(slots[at+int(row)*width])
		if slot != missingSlot && booleans[slot] >= 0 {
			values = append(values, booleans[slot])
		}
	}
	return values
}

// booleans are the values of levels that are words of booleans, −1 for others; nil if there are
// none.
func (c *columnSurvey) booleans() []float64 {
	values, found := make([]float64, len(c.levels.names)), false
	for i, name := range c.levels.names {
		values[i] = -1
		if one, ok := booleanWord([]byte(name)); ok {
			values[i], found = float64(one), true
		}
	}
	if !found {
		return nil
	}
	return values
}

// measure finds the moments of all columns but one of classes over the training rows, in the
// batches in which they were read, several columns at once.
func (s *shelf) measure(y *survey, d *dealing) {
	training := d.room(d.train) // on the shelf
	var ends []int              // of the batches in training
	kept := int32(0)
	for i, class := range y.rows {
		if class != leftOut {
			if d.trains(i) {
				training = append(training, kept)
			}
			kept++
		}
		if (i+1)%batchRows == 0 || i == len(y.rows)-1 {
			ends = append(ends, len(training))
		}
	}
	columns := len(s.columns)
	if y.classes != nil {
		columns = s.inputs
	}
	// Groups of columns that the caches hold, and enough of them for all processors.
	group := min(32, 1+columns/(2*runtime.GOMAXPROCS(0)))
	rows := min(batchRows, len(training))
	if columns*len(training) < 1<<12 { // less work than goroutines are
		group = columns
	}
	each((columns+group-1)/group, func(g int) {
		from, to := g*group, min((g+1)*group, columns)
		values := make([]float64, group*rows)
		short := min(to, s.inputs)
		if from >= short || !s.measureShort(from, short, training, ends, values, y) {
			short = from
		}
		for k := short; k < to; k++ {
			s.measureColumn(k, training, ends, values, y)
		}
	})
}

// measureColumn finds the moments of column k; ends are those of the batches in training, and
// values is scratch memory.
func (s *shelf) measureColumn(k int, training []int32, ends []int, values []float64, y *survey) {
	c := &s.columns[k]
	var booleans []float64
	if c.kind == keptTexts {
		booleans = y.columns[c.column].booleans()
	}
	if c.kind == keptNothing || c.kind == keptNone || c.kind == keptTexts && booleans == nil {
		return
	}
	begin := 0
	for _, end := range ends {
		if booleans != nil {
			values = s.gatherWords(values, k, training[begin:end], booleans)
		} else {
			values = s.gather(values, k, training[begin:end], y)
		}
		y.fits[c.column].addBatch(values)
		begin = end
	}
}

// measureShort is measureColumn of several inputs at once, row by row, where all of them are short
// decimals without missing values; else it reports false, and has done nothing.
func (s *shelf) measureShort(from, to int, training []int32, ends []int, values []float64,
	y *survey) bool {
	n, stride := to-from, min(batchRows, len(training))
	starts, powers := make([]int64, n), make([]float64, n)
	low, high := make([]int32, n), make([]int32, n)
	for i := range n {
		c := &s.columns[from+i]
		start, short := y.columns[c.column].origin.at(c.scale)
		if c.kind != keptShort || c.missing || !short {
			return false
		}
		starts[i], powers[i] = start, tens[c.scale]
		low[i], high[i] = math.MaxInt32, math.MinInt32
	}
	begin := 0
	for _, end := range ends {
		for i, row := range training[begin:end] {
			at := int(row)*s.inputs + from
			slots, low, high := s.x[at:at+n], low[:n], high[:n]
			starts, powers := starts[:n], powers[:n]
			for k, x := range slots {
				m := bitsShort(x)
				low[k], high[k] = min(low[k], m), max(high[k], m)
				difference := float64(int64(m) - starts[k])
				if power := powers[k]; power != 1 {
					difference /= power
				}
				values[k*stride+i] = difference
			}
		}
		for k := range n {
			y.fits[s.columns[from+k].column].addBatch(values[k*stride : k*stride+end-begin])
		}
		begin = end
	}
	for k := range n {
		if m := &y.fits[s.columns[from+k].column]; len(training) > 0 {
			m.min, m.max = min(m.min, float64(low[k])/powers[k]), max(m.max, float64(high[k])/powers[k])
		}
	}
	return true
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

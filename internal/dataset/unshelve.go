package dataset

import (
	"runtime"
	"slices"
)

// fillFromShelf makes the parts of s from what the survey has kept. It reports false, and s is of
// no use, where that is not enough or a value is too large, so that the source has to be read
// again.
func (u *understanding) fillFromShelf(s *Split, d *dealing, merging mergers) bool {
	shelf := u.survey.shelf
	if shelf == nil || shelf.broken {
		return false
	}
	coders, targets := u.coders()
	u.lookOnShelf(merging, slices.Concat(coders, targets))
	apart := func(c coder) bool { return !c.inPlace() }
	if slices.ContainsFunc(coders, apart) || slices.ContainsFunc(targets, apart) {
		return u.codeApart(s, d, coders, targets)
	}
	return u.codeInPlace(s, d, coders, targets)
}

// coder codes the values of a column that are on the shelf.
type coder struct {
	*Column
	keep   *shelfKeep
	origin int64 // at the scale of the slots, if short
	ten    float64
	place  int32   // of its slot in a row of the shelf
	at     int32   // of its inputs in a row of the table
	low    int32   // of plain slots: the first that table has
	short  bool    // the origin and all differences from it are exact
	plain  bool    // that, and the slot becomes an input by itself
	long   bool    // nothing but a long number does
	words  bool    // nothing but the input of a code is to be set
	codes  []int32 // of texts: what every level becomes
	// of plain slots: what those from low on become, where they are few
	table []float32
	// of long numbers, from the column's origin
	differences []float64
}

// coders are those of all inputs, and of the targets of a regression.
func (u *understanding) coders() (inputs, targets []coder) {
	shelf, at := u.survey.shelf, 0
	inputs = make([]coder, 0, len(u.schema.Columns))
	for i := range u.schema.Columns {
		c := u.newCoder(&u.schema.Columns[i], u.from[i])
		c.place, c.at = int32(u.from[i]), int32(at)
		inputs = append(inputs, c)
		at += c.inputs()
	}
	if u.schema.Task == Regress {
		for i := range u.schema.Targets {
			c := u.newCoder(&u.schema.Targets[i], shelf.inputs+i)
			c.place, c.at = int32(i), int32(i)
			targets = append(targets, c)
		}
	}
	return inputs, targets
}

// newCoder prepares for column k of the shelf.
func (u *understanding) newCoder(column *Column, k int) coder {
	keep := &u.survey.shelf.columns[k]
	c := coder{Column: column, keep: keep, ten: tens[keep.scale]}
	c.origin, c.short = column.origin.at(keep.scale)
	c.plain = c.short && c.inPlace()
	c.long = keep.kind == keptLong && c.Kind == KindNumber && !keep.missing && !c.Indicator
	if c.plain {
		c.tabulate(u.survey.columns[keep.column], u.survey.kept)
	}
	if c.differences = keep.differences; u.options.Raw {
		c.differences = keep.values
	}
	if keep.kind == keptTexts {
		c.words = c.Kind == KindText && !c.Indicator
		for _, name := range u.survey.columns[keep.column].levels.names {
			v := cell{text: []byte(name), kind: cellText}
			code, known := c.index.find(&v)
			if !known && c.Kind == KindBoolean {
				code, _ = c.boolean(&v)
			}
			c.codes = append(c.codes, code)
		}
	}
	return c
}

// tabulate standardises the values from the column's smallest to its largest ahead, if they are
// fewer than its rows.
func (c *coder) tabulate(s *columnSurvey, rows int) {
	const most = 1 << 12
	low, high := s.min*c.ten, s.max*c.ten // a rounding off at most: a slot may lie outside
	if n := high - low + 1; n <= most && 4*n < float64(rows) {
		c.low, c.table = int32(low), make([]float32, int(n))
		for i := range c.table {
			z := c.plainly(c.low + int32(i))
			if c.table[i] = z; z-z != 0 {
				c.table = nil
				return
			}
		}
	}
}

// inPlace reports whether the slots of the column can become its only input.
func (c *coder) inPlace() bool {
	return c.Kind == KindNumber && c.keep.kind == keptShort && !c.keep.missing && !c.Indicator
}

// plainly is standardize's value of a short decimal, where nothing else has to be done.
func (c *coder) plainly(m int32) float32 {
	difference := float64(int64(m) - c.origin)
	if c.ten != 1 {
		difference /= c.ten
	}
	return float32((difference - c.Mean) / c.Std)
}

// looked is plainly's value, from the table where that has it.
func (c *coder) looked(m int32) float32 {
	if k := uint32(m - c.low); k < uint32(len(c.table)) {
		return c.table[k]
	}
	return c.plainly(m)
}

// standardize is the standardised value of row i of the shelf, whose slot is m.
func (c *coder) standardize(i int, m int32) float32 {
	switch {
	case c.keep.kind == keptLong:
		return float32((c.differences[i] - c.Mean) / c.Std)
	case c.short:
		return c.plainly(m)
	}
	return c.standardized(shortNumber(m, c.keep.scale))
}

// value is that of row i of the shelf, whose slot is m.
func (c *coder) value(i int, m int32) float64 {
	if c.keep.kind == keptLong {
		return c.keep.values[i]
	}
	return float64(m) / c.ten
}

// lookOnShelf shows numbers of the shelf, and what they become, to merging, on all processors, each
// of which looks at one column after the other in the same memory.
func (u *understanding) lookOnShelf(merging mergers, columns []coder) {
	workers := min(runtime.GOMAXPROCS(0), len(columns))
	if u.survey.shelf.rows < batchRows { // less work than goroutines are
		workers = 1
	}
	each(workers, func(w int) {
		scratch := &seen{}
		for k := w; k < len(columns); k += workers {
			m, c := &merging[k], &columns[k]
			if m.possible && (c.keep.kind == keptShort || c.keep.kind == keptLong) {
				m.seen = scratch
				u.lookAtColumn(m, c, k)
				scratch.clear()
				m.seen = nil
			}
		}
	})
}

// lookAtColumn is lookOnShelf of column k.
func (u *understanding) lookAtColumn(m *merger, c *coder, k int) {
	slots, first, width := u.survey.shelf.x, int(c.place), u.survey.shelf.inputs
	if k >= len(u.schema.Columns) {
		slots, width = u.survey.shelf.y, len(u.schema.Targets)
	}
	for i, at := 0, first; i < mergerRows && at < len(slots); i, at = i+1, at+width {
		if x := bitsShort(slots[at]); x != missingSlot {
			m.look(c.value(i, x), c.standardize(i, x))
		}
	}
}

// encodeKept writes the inputs of row i of the shelf, whose slot is m, to dst, as Column.encode
// does. It reports whether they are finite.
func (c *coder) encodeKept(dst []float32, i int, m int32) bool {
	if c.Indicator {
		last := len(dst) - 1
		dst[last] = 0
		if m == missingSlot {
			dst[last] = 1
		}
		dst = dst[:last]
	}
	switch {
	case c.Kind == KindNumber && m == missingSlot:
		dst[0] = 0 // the standardised mean
	case c.Kind == KindNumber:
		dst[0] = c.standardize(i, m)
		return dst[0]-dst[0] == 0
	case c.Kind == KindBoolean && m == missingSlot:
		dst[0] = float32(c.Mean)
	case c.Kind == KindBoolean:
		dst[0] = float32(c.codes[m])
	default:
		clear(dst)
		switch {
		case m == missingSlot:
		case c.keep.kind == keptTexts:
			dst[c.codes[m]] = 1
		default: // numbers that are codes
			v := cell{number: shortNumber(m, c.keep.scale), kind: cellNumber}
			if k, known := c.index.find(&v); known {
				dst[k] = 1
			}
		}
	}
	return true
}

// dealt are the places and classes of the rows of the shelf. Those that no part has go behind all
// others.
func (u *understanding) dealt(d *dealing) (places, classes []int32) {
	if d.train+d.test == len(u.survey.rows) {
		return d.place, u.survey.rows
	}
	n := u.survey.shelf.rows
	places, classes = make([]int32, 0, n), make([]int32, 0, n)
	behind := int32(d.train + d.test)
	for i, class := range u.survey.rows {
		if class == leftOut {
			continue
		}
		place := d.place[i]
		if place == leftOut {
			place = behind
			behind++
		}
		places, classes = append(places, place), append(classes, class)
	}
	return places, classes
}

// label writes the final labels of rows of the given classes to their places.
func (u *understanding) label(labels, places, classes []int32) {
	for i, place := range places {
		if int(place) < len(labels) {
			labels[place] = u.rank[classes[i]]
		}
	}
}

// codeApart codes the rows of the shelf into new tables.
func (u *understanding) codeApart(s *Split, d *dealing, inputs, targets []coder) bool {
	shelf := u.survey.shelf
	for _, c := range inputs {
		if c.keep.kind == keptNone || c.Kind != KindText && c.Kind != KindBoolean &&
			c.keep.kind == keptTexts ||
			c.Kind == KindText && c.keep.kind == keptLong {
			return false
		}
	}
	n, width := d.train+d.test, u.schema.Inputs
	x, y, labels := make([]float32, n*width), make([]float32, n*len(targets)), u.labels(d)
	places, classes := u.dealt(d)
	ok := eachPart(len(places), func(from, to int) bool {
		finite, step := true, batchSize(width) // of rows that the caches hold
		scratch := make([]float32, step)
		for ; from < to; from += step {
			rows := places[from:min(from+step, to)]
			for k := range inputs {
				finite = inputs[k].encodeRows(x, width, shelf.x[from*shelf.inputs:], shelf.inputs, from,
					rows, n, scratch) && finite
			}
			for k := range targets {
				finite = targets[k].encodeRows(y, len(targets), shelf.y[from*len(targets):], len(targets),
					from, rows, n, scratch) && finite
			}
			u.label(labels, rows, classes[from:])
		}
		return finite
	})
	u.parts(s, d, x, y, labels)
	return ok
}

// encodeRows writes the inputs that the column gives for some rows of the shelf to their places in
// the first n rows of a table of the given width. The slots of the rows, the first of which is the
// given one, are stride apart; scratch has room for as many values. It reports whether all values
// are finite.
func (c *coder) encodeRows(table []float32, width int, slots []float32, stride, first int,
	places []int32, n int, scratch []float32) bool {
	slots, table = slots[c.place:], table[c.at:]
	z, at := scratch[:len(places)], 0
	switch {
	case c.plain:
		for i := range z {
			z[i] = c.looked(bitsShort(slots[at]))
			at += stride
		}
	case c.long:
		mean, std := c.Mean, c.Std
		for i, difference := range c.differences[first : first+len(z)] {
			z[i] = float32((difference - mean) / std)
		}
	default:
		return c.encodeEach(table, width, slots, stride, first, places, n)
	}
	finite := true
	for i, place := range places {
		if int(place) < n {
			table[int(place)*width] = z[i]
			finite = finite && z[i]-z[i] == 0
		}
	}
	return finite
}

// encodeEach is encodeRows of values that become several inputs, or may be missing.
func (c *coder) encodeEach(table []float32, width int, slots []float32, stride, first int,
	places []int32, n int) bool {
	finite, inputs := true, c.inputs()
	for i, place := range places {
		m, at := bitsShort(slots[i*stride]), int(place)*width
		switch {
		case int(place) >= n:
		case c.words && m != missingSlot:
			table[at+int(c.codes[m])] = 1
		default:
			finite = c.encodeKept(table[at:at+inputs], first+i, m) && finite
		}
	}
	return finite
}

// labels is memory for those of all parts, which is of no more use for anything else; none for a
// regression.
func (u *understanding) labels(d *dealing) []int32 {
	if u.schema.Task != Classify {
		return nil
	}
	return d.room(d.train + d.test)[:d.train+d.test]
}

// parts makes the parts of s of a table's inputs and targets, the training rows first.
func (u *understanding) parts(s *Split, d *dealing, x, y []float32, labels []int32) {
	part := func(from, to int) *Table {
		t := &Table{N: to - from, Inputs: u.schema.Inputs}
		t.X = x[from*t.Inputs : to*t.Inputs : to*t.Inputs]
		if labels != nil {
			t.Labels = labels[from:to:to]
		} else {
			t.Y = y[from*u.schema.Outputs : to*u.schema.Outputs : to*u.schema.Outputs]
		}
		return t
	}
	s.Train, s.Test = part(0, d.train), part(d.train, d.train+d.test)
}

// codeInPlace standardises the slots of the shelf where they are, and then brings the rows to their
// places.
func (u *understanding) codeInPlace(s *Split, d *dealing, inputs, targets []coder) bool {
	shelf := u.survey.shelf
	if !standardizeAll(shelf.x, shelf.inputs, inputs) ||
		!standardizeAll(shelf.y, len(targets), targets) {
		return false
	}
	x := shelf.x
	if width := len(inputs); width < shelf.inputs { // some columns are left out
		to := 0
		for i := range shelf.rows {
			for _, c := range inputs {
				x[to] = x[i*shelf.inputs+int(c.place)]
				to++
			}
		}
		x = x[:to]
	}
	places, classes := u.dealt(d)
	labels := u.labels(d)
	u.label(labels, places, classes)
	if len(targets) > 0 {
		permute(shelf.y, len(targets), slices.Clone(places))
	}
	permute(x, len(inputs), places)
	u.parts(s, d, x, shelf.y, labels)
	return true
}

// standardizeAll standardises the slots of rows of the given width, on all processors. It reports
// whether all values are finite.
func standardizeAll(values []float32, width int, columns []coder) bool {
	if len(columns) == 0 {
		return true
	}
	return eachPart(len(values)/width, func(from, to int) bool {
		finite := true
		for i := from; i < to; i++ {
			row := values[i*width : (i+1)*width]
			for k := range columns {
				c := &columns[k]
				var z float32
				if m := bitsShort(row[c.place]); c.plain {
					z = c.looked(m)
				} else {
					z = c.standardize(i, m)
				}
				row[c.place] = z
				finite = finite && z-z == 0
			}
		}
		return finite
	})
}

// eachPart calls f with parts of 0 … n−1 on all processors, and reports whether all of them were
// true.
func eachPart(n int, f func(from, to int) bool) bool {
	const least = 1024
	workers := max(min(runtime.GOMAXPROCS(0), n/least), 1)
	ok := make([]bool, workers)
	each(workers, func(w int) { ok[w] = f(w*n/workers, (w+1)*n/workers) })
	return !slices.Contains(ok, false)
}

// permute brings row i to places[i], in place, cycle by cycle; places, a permutation, is of no use
// behind that.
func permute(values []float32, width int, places []int32) {
	carried := make([]float32, width)
	for start := range places {
		if places[start] < 0 {
			continue
		}
		copy(carried, values[start*width:])
		for i := start; ; {
			to := int(places[i])
			places[i] = -1
			row := values[to*width : (to+1)*width]
			for k, x := range row[:len(carried)] {
				row[k], carried[k] = carried[k], x
			}
			if to == start {
				break
			}
			i = to
		}
	}
}

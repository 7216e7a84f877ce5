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
		permute(shelf.y, len(targets), append(d.room(len(places)), places...))
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
	carried, displaced := make([]float32, width), make([]float32, width)
	for start := range places {
		if places[start] < 0 {
			continue
		}
		copy(carried, values[start*width:])
		for i := start; ; {
			to := int(places[i])
			places[i] = -1
			row := values[to*width : (to+1)*width]
			copy(displaced, row)
			copy(row, carried)
			carried, displaced = displaced, carried
			if to == start {
				break
			}
			i = to
		}
	}
}

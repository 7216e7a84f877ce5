package dataset

import (
	"math"
	"runtime"
	"slices"
	"sync"
)

// shelf keeps what the survey parsed, where the table is nothing but short decimals, in the memory
// that its standardised rows will have, so that no number is parsed again. In place of a float32
// there is the mantissa at the scale of its column, as an int32.
type shelf struct {
	inputs, targets []int // columns of the source
	train, test     shelfPart
	// of the inputs and then the targets, from the first batch on
	scales    []uint8
	mantissas [][]int32                 // of a batch, by column
	broken    bool                      // something did not fit
	admit     func(bytes float64) error // as in Options
}

// shelfPart is one part of the table.
type shelfPart struct{ x, y []float32 }

// begin makes room for the parts of a table, if that is admitted; if not, reading goes on
// without, to the error that names what the table itself needs.
func (s *shelf) begin(d *dealing) {
	if s.admit != nil {
		if s.admit(4*float64(d.train+d.test)*float64(len(s.inputs)+len(s.targets))) != nil {
			s.breakUp()
			return
		}
	}
	part := func(n int) shelfPart {
		return shelfPart{make([]float32, n*len(s.inputs)), make([]float32, n*len(s.targets))}
	}
	s.train, s.test = part(d.train), part(d.test)
	s.scales = make([]uint8, len(s.inputs)+len(s.targets))
	s.mantissas = make([][]int32, len(s.scales))
}

// breakUp gives the memory back, as the table has something that no shelf holds.
func (s *shelf) breakUp() { *s = shelf{broken: true} }

// scale is that of column k; 0 before the first batch.
func (s *shelf) scale(k int) uint8 {
	if k < len(s.scales) {
		return s.scales[k]
	}
	return 0
}

// column takes in column k of a batch, the first of which says at what scale.
func (s *shelf) column(k int, ms []int32, scale uint8, short, first bool) {
	switch {
	case s.broken:
	case !short || !first && scale != s.scales[k]:
		s.breakUp()
	default:
		s.scales[k] = scale
		s.mantissas[k] = append(s.mantissas[k][:0], ms...)
	}
}

// keep puts the batch whose columns have been taken in where its rows will be; the first is row
// first.
func (s *shelf) keep(rows, first int, d *dealing) {
	if s.broken {
		return
	}
	xs, ys := s.mantissas[:len(s.inputs)], s.mantissas[len(s.inputs):]
	for i := range rows {
		part, place := &s.train, int(d.place[first+i])
		if at, ok := d.tests(first + i); ok {
			part, place = &s.test, at
		} else if place == leftOut {
			continue
		}
		x := part.x[place*len(xs) : (place+1)*len(xs)]
		for k := range x {
			x[k] = math.Float32frombits(uint32(xs[k][i]))
		}
		for k := range ys {
			part.y[place*len(ys)+k] = math.Float32frombits(uint32(ys[k][i]))
		}
	}
}

// holds reports whether the columns of the schema are on the shelf as they are to be coded.
func (s *shelf) holds(schema *Schema) bool {
	return !s.broken && s.scales != nil &&
		!slices.ContainsFunc(schema.Columns, func(c Column) bool {
			return c.Kind != KindNumber ||
				c.Indicator
		})
}

// unshelve standardises the rows on the shelf where they are, and moves them together where columns
// are left out. It reports false where a value is too large.
func (u *understanding) unshelve(s *Split, d *dealing, merging mergers) bool {
	shelf := u.survey.shelf
	inputs := len(shelf.inputs)
	var xs, ys []unpacker
	for c := range u.schema.Columns {
		xs = append(xs, newUnpacker(&u.schema.Columns[c], shelf.scales[u.from[c]], u.from[c],
			&merging[c]))
	}
	for c := range shelf.targets {
		ys = append(ys, newUnpacker(&u.schema.Targets[c], shelf.scales[inputs+c], c, &merging[len(xs)+c]))
	}
	finite := unpackAll(shelf.train.x, inputs, xs, 0) && unpackAll(shelf.test.x, inputs, xs,
		d.train) &&
		unpackAll(shelf.train.y, len(ys), ys, 0) && unpackAll(shelf.test.y, len(ys), ys, d.train)
	if !finite {
		return false
	}
	s.Train, s.Test = u.unshelved(&shelf.train, d.train), u.unshelved(&shelf.test, d.test)
	if s.Train.Labels != nil {
		u.fillLabels(s, d)
	}
	return true
}

// fillLabels fills in the classes of all rows.
func (u *understanding) fillLabels(s *Split, d *dealing) {
	for i, class := range u.survey.rows {
		if test, ok := d.tests(i); ok {
			s.Test.Labels[test] = u.rank[class]
		} else if class != leftOut {
			s.Train.Labels[d.place[i]] = u.rank[class]
		}
	}
}

// unpackAll standardises rows of the given width on all cores; first numbers the first one for the
// mergers. It reports whether all values are finite.
func unpackAll(values []float32, width int, columns []unpacker, first int) bool {
	if width == 0 || len(values) == 0 {
		return true
	}
	rows := len(values) / width
	workers := min(runtime.GOMAXPROCS(0), rows)
	finite := make([]bool, workers)
	var wait sync.WaitGroup
	for w := range workers {
		from, to := w*rows/workers, (w+1)*rows/workers
		wait.Go(func() { finite[w] = unpack(values[from*width:to*width], width, columns, first+from) })
	}
	wait.Wait()
	return !slices.Contains(finite, false)
}

// unpack standardises some rows.
func unpack(values []float32, width int, columns []unpacker, first int) bool {
	finite := true
	for at := 0; at < len(values); at += width {
		row := values[at : at+width]
		for c := range columns {
			p := &columns[c]
			m := int64(int32(math.Float32bits(row[p.at])))
			var z float32
			if p.short {
				z = float32((float64(m-p.origin)/p.ten - p.mean) / p.std)
			} else {
				z = p.column.standardized(decimal{m, p.scale}.number())
			}
			row[p.at] = z
			finite = finite && z-z == 0
			if p.merger.pairs != nil {
				p.merger.look(first+at/width, float64(m)/p.ten, z)
			}
		}
	}
	return finite
}

// unpacker says how the mantissas of a column are standardised.
type unpacker struct {
	at        int   // place in a row
	origin    int64 // at the column's scale, if short
	ten       float64
	mean, std float64
	short     bool // the origin and all differences from it are exact
	scale     uint8
	column    *Column
	merger    *merger
}

func newUnpacker(c *Column, scale uint8, at int, m *merger) unpacker {
	p := unpacker{at: at, ten: tens[scale], mean: c.Mean, std: c.Std, scale: scale, column: c,
		merger: m}
	p.origin, p.short = c.origin.at(scale)
	return p
}

// unshelved is the table of n rows of a part.
func (u *understanding) unshelved(p *shelfPart, n int) *Table {
	from, width := u.from, len(u.survey.shelf.inputs)
	if len(from) < width {
		to := 0
		for i := range n {
			for _, k := range from {
				p.x[to] = p.x[i*width+k]
				to++
			}
		}
	}
	t := &Table{N: n, Inputs: len(from), X: p.x[:n*len(from)], Y: p.y}
	if u.schema.Task == Classify {
		t.Y, t.Labels = nil, make([]int32, n)
	}
	return t
}

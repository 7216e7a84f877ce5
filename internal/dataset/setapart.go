package dataset

import "github.com/symvi/symvi/internal/memory"

// SetApart deals the rows of t into two tables: the nearest number to the share of them, of each
// class alike, goes into apart, which gets at least one row but never the only row of a class. The
// order of the rows is random, and the same for the same seed.
func (t *Table) SetApart(share float64, seed uint64) (kept, apart *Table) {
	rows, classes := make([]int32, t.N), 1
	for i, label := range t.Labels {
		rows[i] = label
		classes = max(classes, int(label)+1)
	}
	d := deal(rows, classes, share, seed)
	kept, apart = t.empty(d.train), t.empty(d.test)
	for i := range t.N {
		if at, apartHere := d.tests(i); apartHere {
			apart.copyRow(at, t, i)
		} else {
			kept.copyRow(int(d.place[i]), t, i)
		}
	}
	return kept, apart
}

// empty is a table like t of n rows of zeros.
func (t *Table) empty(n int) *Table {
	e := &Table{N: n, Inputs: t.Inputs}
	if t.Bytes != nil {
		e.Bytes = memory.Make[uint8](n * t.Inputs)
	} else {
		e.X = memory.Make[float32](n * t.Inputs)
	}
	if t.Labels != nil {
		e.Labels = make([]int32, n)
	}
	if t.Y != nil {
		e.Y = make([]float32, n*(len(t.Y)/t.N))
	}
	return e
}

// copyRow copies row i of src to row at.
func (t *Table) copyRow(at int, src *Table, i int) {
	if t.Bytes != nil {
		copy(t.Bytes[at*t.Inputs:(at+1)*t.Inputs], src.Bytes[i*t.Inputs:])
	} else {
		copy(t.Row(at), src.Row(i))
	}
	if t.Labels != nil {
		t.Labels[at] = src.Labels[i]
	}
	if width := len(src.Y) / src.N; width > 0 {
		copy(t.Y[at*width:(at+1)*width], src.Y[i*width:(i+1)*width])
	}
}

package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// checkSumRows checks one call; dst has gaps of pad elements.
func checkSumRows(t testing.TB, d kernels.Device, batch, rows, cols, pad int, x []float32) {
	t.Helper()
	c := newCall(t, d, "SumRows batch=%d rows=%d cols=%d pad=%d", batch, rows, cols, pad)
	src, x := c.in32("X", x)
	length := max(0, batch*(cols+pad)-pad)
	if cols == 0 {
		length = 0
	}
	to, dst := c.out32("Dst", length)
	d.SumRows(kernels.SumRows{Batch: batch, Rows: rows, Cols: cols, X: src, Dst: to,
		StrideDst: cols + pad})
	for item := range batch {
		if cols == 0 {
			break
		}
		sum := dst[item*(cols+pad):][:cols]
		clear(sum)
		for i := range rows {
			ref.AddTo(sum, x[(item*rows+i)*cols:][:cols])
		}
	}
	c.check()
}

func testSumRows(t *testing.T, d kernels.Device) {
	in := newInputs()
	for cols := range 66 {
		checkSumRows(t, d, 2, 5, cols, cols%3, in.normal(10*cols, 1))
		checkSumRows(t, d, 2, 3, cols, 1, in.wild(6*cols))
	}
	for _, s := range [][3]int{{0, 2, 3}, {2, 0, 3}, {5, 1, 1}, {3, 200, 40}, {1, 1000, 33},
		{1, 3, 5000}} {
		checkSumRows(t, d, s[0], s[1], s[2], 0, in.normal(s[0]*s[1]*s[2], 1))
	}
}

func testGatherRows(t *testing.T, d kernels.Device) {
	in := newInputs()
	for cols := range 66 {
		for _, rows := range []int{0, 1, 9} {
			const srcRows = 7
			c := newCall(t, d, "GatherRows rows=%d cols=%d", rows, cols)
			index, at := c.inInt("Index", in.indices(rows, srcRows))
			src, x := c.in32("Src", in.wild(srcRows*cols))
			dst, y := c.out32("Dst", rows*cols)
			d.GatherRows(kernels.GatherRows{Rows: rows, Cols: cols, SrcRows: srcRows, Index: index,
				Src: src, Dst: dst})
			for i, r := range at {
				copy(y[i*cols:(i+1)*cols], x[int(r)*cols:])
			}
			c.check()
		}
	}
}

func testGatherLabels(t *testing.T, d kernels.Device) {
	in := newInputs()
	for _, n := range lengths() {
		c := newCall(t, d, "GatherLabels n=%d", n)
		index, at := c.inInt("Index", in.indices(n, 100))
		src, x := c.inInt("Src", in.indices(100, 1<<30))
		dst, y := c.outInt("Dst", n)
		d.GatherLabels(kernels.GatherLabels{N: n, Index: index, Src: src, Dst: dst})
		for i, r := range at {
			y[i] = x[r]
		}
		c.check()
	}
}

// testGatherBytes is for devices that hold bytes.
func testGatherBytes(t *testing.T, d kernels.Device) {
	device, ok := d.(kernels.Bytes)
	if !ok {
		t.Skip("the device does not hold bytes")
	}
	in := newInputs()
	for _, n := range []int{0, 1, 17, 100_003} {
		testBuffer(t, device.Uint8, n, 0x81)
	}
	for i, cols := range append(lengths()[:66], 784) {
		for k, rows := range []int{0, 1, 9, 200} {
			const srcRows = 7
			c := newCall(t, d, "GatherBytes rows=%d cols=%d", rows, cols)
			index, at := c.inInt("Index", in.indices(rows, srcRows))
			src, x := mirror(c, device.Uint8, "Src", in.bytes(srcRows*cols))
			to, table := c.in32("Table", in.table(4*i+k))
			dst, y := c.out32("Dst", rows*cols)
			device.GatherBytes(kernels.GatherBytes{Rows: rows, Cols: cols, SrcRows: srcRows,
				Index: index, Src: src, Table: to, Dst: dst})
			for i, r := range at {
				for j := range cols {
					y[i*cols+j] = table[x[int(r)*cols+j]]
				}
			}
			c.check()
		}
	}
}

// minibatch is a Minibatch of columns cols with its buffers, and what makes of their mirrors what
// it should.
func minibatch(c *call, in inputs, cols int, asBytes, labeled bool) (m kernels.Minibatch,
	want func()) {
	const srcRows, rows, targets = 7, 9, 3
	m = kernels.Minibatch{Rows: rows, SrcRows: srcRows, Cols: cols}
	var at []int32
	m.Index, at = c.inInt("Index", in.indices(rows, srcRows))
	var x []float32
	if asBytes {
		var bytes []uint8
		var table []float32
		m.Bytes, bytes = mirror(c, c.d.(kernels.Bytes).Uint8, "Bytes", in.bytes(srcRows*cols))
		m.Table, table = c.in32("Table", in.table(cols%4))
		for _, b := range bytes {
			x = append(x, table[b])
		}
	} else {
		m.X, x = c.in32("X of the minibatch", in.wild(srcRows*cols))
	}
	var y, goals, goal []float32
	var labels, label []int32
	m.DstX, y = c.out32("DstX", rows*cols)
	if labeled {
		m.Labels, labels = c.inInt("Labels", in.indices(srcRows, 10))
		m.DstLabels, label = c.outInt("DstLabels", rows)
	} else {
		m.Targets, goals = c.in32("Targets", in.wild(srcRows*targets))
		m.DstTargets, goal = c.out32("DstTargets", rows*targets)
		m.TargetCols = targets
	}
	return m, func() {
		for i, r := range at {
			copy(y[i*cols:(i+1)*cols], x[int(r)*cols:])
			if labeled {
				label[i] = labels[r]
			} else {
				copy(goal[i*targets:(i+1)*targets], goals[int(r)*targets:])
			}
		}
	}
}

// testMinibatch selects rows of numbers and, where the device holds them, of bytes, with labels or
// with targets.
func testMinibatch(t *testing.T, d kernels.Device) {
	in := newInputs()
	_, holdsBytes := d.(kernels.Bytes)
	for i, cols := range []int{0, 1, 3, 4, 7, 16, 33, 64, 784, 1024} {
		for _, asBytes := range []bool{false, true} {
			if asBytes && !holdsBytes {
				continue
			}
			c := newCall(t, d, "Minibatch cols=%d bytes=%v", cols, asBytes)
			m, want := minibatch(c, in, cols, asBytes, i%2 == 0)
			kernels.RunMinibatch(d, m)
			want()
			c.check()
		}
	}
}

package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/kernels"
)

// checkCopy2D checks one call; src and dst are the contents of op's buffers.
func checkCopy2D(t testing.TB, d kernels.Device, op kernels.Copy2D, src, dst []float32) {
	t.Helper()
	c := newCall(t, d, "Copy2D %d×%d×%d src=%d,%d,%d dst=%d,%d,%d accumulate=%v", op.Batch,
		op.Rows, op.Cols, op.StrideSrc, op.SrcRow, op.SrcCol, op.StrideDst, op.DstRow, op.DstCol,
		op.Accumulate)
	op.Src, src = c.in32("Src", src)
	op.Dst, dst = c.in32("Dst", dst)
	d.Copy2D(op)
	for item := range op.Batch {
		for i := range op.Rows {
			for j := range op.Cols {
				to := &dst[item*op.StrideDst+i*op.DstRow+j*op.DstCol]
				from := src[item*op.StrideSrc+i*op.SrcRow+j*op.SrcCol]
				if op.Accumulate {
					*to += float32(op.Scale * from)
				} else {
					*to = from
				}
			}
		}
	}
	c.check()
}

func testCopy2D(t *testing.T, d kernels.Device) {
	in := newInputs()
	for _, shape := range [][3]int{{0, 3, 3}, {1, 0, 5}, {2, 5, 0}, {1, 1, 1}, {1, 1, 65},
		{3, 7, 5}, {2, 16, 17}, {2, 33, 31}, {4, 65, 64}} {
		batch, rows, cols := shape[0], shape[1], shape[2]
		for _, accumulate := range []bool{false, true} {
			op := kernels.Copy2D{Batch: batch, Rows: rows, Cols: cols, Accumulate: accumulate, Scale: 0.3}
			layouts := [][6]int{ // item, row and column strides of Src and Dst
				{rows * cols, cols, 1, rows * cols, cols, 1},
				{rows*cols + 3, cols, 1, rows * (cols + 2), cols + 2, 1},
				{rows * cols, cols, 1, rows * cols, 1, rows},               // transpose
				{0, 1, rows, rows * cols, cols, 1},                         // transpose of a shared matrix
				{cols, batch * cols, 1, rows * cols, cols, 1},              // items side by side
				{1, batch * cols * 2, batch * 2, 1, batch * cols, batch},   // items interleaved
				{rows * cols, cols, 1, rows * (3*cols + 1), 3*cols + 1, 2}, // every other element
				{2, 0, 0, rows * cols, cols, 1},                            // one element for all
			}
			for _, l := range layouts {
				op.StrideSrc, op.SrcRow, op.SrcCol, op.StrideDst, op.DstRow, op.DstCol = l[0], l[1],
					l[2], l[3], l[4], l[5]
				span := func(stride, row, col int) int {
					if batch*rows*cols == 0 {
						return 0
					}
					return (batch-1)*stride + (rows-1)*row + (cols-1)*col + 1
				}
				checkCopy2D(t, d, op, in.wild(span(l[0], l[1], l[2])), in.wild(span(l[3], l[4], l[5])))
			}
		}
	}
}

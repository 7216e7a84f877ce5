package kernels

// Copy2D copies or adds Batch strided matrices, for example a transpose:
//
//	Dst[i·DstRow + j·DstCol] = Src[i·SrcRow + j·SrcCol]                 (Accumulate false)
//	Dst[…] = Dst[…] + Scale·Src[…], the product rounded on its own     (Accumulate true)
//
// for i < Rows, j < Cols, with item strides StrideSrc and StrideDst; strides of 0 share
// elements of Src, never of Dst, whose elements must all be distinct. It packs the
// parameters that belong to each hidden neuron into one row, and spreads gradients back.
type Copy2D struct {
	Batch, Rows, Cols         int
	Src                       F32
	StrideSrc, SrcRow, SrcCol int
	Dst                       F32
	StrideDst, DstRow, DstCol int
	Accumulate                bool
	Scale                     float32
}

// Check panics unless the buffers hold the shapes.
func (c *Copy2D) Check() {
	const op = "Copy2D"
	check(op, "Src", c.Src, strided(c.Batch, c.StrideSrc, c.Rows, c.SrcRow, c.Cols, c.SrcCol))
	check(op, "Dst", c.Dst, strided(c.Batch, c.StrideDst, c.Rows, c.DstRow, c.Cols, c.DstCol))
	shared := c.Batch > 1 && c.StrideDst == 0 || c.Rows > 1 && c.DstRow == 0 || c.Cols > 1 &&
		c.DstCol == 0
	checkArg(!shared || c.Batch*c.Rows*c.Cols == 0, op, "results Dst overlap: a stride of 0 in %v",
		[...]int{c.StrideDst, c.DstRow, c.DstCol})
}

// strided is the shape that spans a matrix with arbitrary strides.
func strided(batch, stride, rows, rowStride, cols, colStride int) matrices {
	if rows <= 0 || cols <= 0 || rowStride < 0 || colStride < 0 {
		return matrices{batch, stride, min(rows, rowStride), 0, min(cols, colStride)}
	}
	n := (rows-1)*rowStride + (cols-1)*colStride + 1
	return matrices{batch, stride, 1, n, n}
}

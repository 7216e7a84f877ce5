package kernels

// U8 holds data of few different values, such as images.
type U8 = Buffer[uint8]

// GatherBytes is GatherRows of a matrix that holds at most 256 different numbers:
//
//	Dst[i, j] = Table[Src[Index[i], j]]
//
// for Rows rows of Cols elements. Src holds SrcRows rows, Table 256 numbers; an index outside
// Src is a panic on the CPU and undefined on other devices.
type GatherBytes struct {
	Rows, Cols, SrcRows int
	Index               I32
	Src                 U8
	Table, Dst          F32
}

// Bytes is a Device that can hold bytes, a quarter of what float32 numbers take.
type Bytes interface {
	// Uint8 allocates a zeroed buffer of n elements.
	Uint8(n int) U8
	// GatherBytes selects the rows of a minibatch.
	GatherBytes(GatherBytes)
}

// Check panics unless the buffers hold the shapes.
func (g *GatherBytes) Check() {
	const op = "GatherBytes"
	check(op, "Index", g.Index, vector(g.Rows))
	check(op, "Src", g.Src, dense(g.SrcRows, g.Cols))
	check(op, "Table", g.Table, vector(256))
	check(op, "Dst", g.Dst, dense(g.Rows, g.Cols))
}

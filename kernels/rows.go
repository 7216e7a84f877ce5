package kernels

// SumRows sums matrices over their rows, Dst[item, j] = Σ_i X[item, i, j], each a
// chain of additions from 0 in increasing i. X holds Batch contiguous Rows×Cols matrices.
type SumRows struct {
	Batch, Rows, Cols int
	X                 F32
	Dst               F32
	StrideDst         int
}

// Check panics unless the buffers hold the shapes.
func (s *SumRows) Check() {
	const op = "SumRows"
	check(op, "X", s.X, matrices{s.Batch, s.Rows * s.Cols, s.Rows, s.Cols, s.Cols})
	checkOutput(op, "Dst", s.Dst, matrices{s.Batch, s.StrideDst, 1, s.Cols, s.Cols})
}

// GatherRows copies rows of a matrix: Dst[i, :] = Src[Index[i], :] for Rows rows
// of Cols elements. Src holds SrcRows rows; an index outside it is a panic on the
// CPU and undefined on other devices.
type GatherRows struct {
	Rows, Cols, SrcRows int
	Index               I32
	Src, Dst            F32
}

// Check panics unless the buffers hold the shapes.
func (g *GatherRows) Check() {
	const op = "GatherRows"
	check(op, "Index", g.Index, vector(g.Rows))
	check(op, "Src", g.Src, dense(g.SrcRows, g.Cols))
	check(op, "Dst", g.Dst, dense(g.Rows, g.Cols))
}

// GatherLabels copies elements: Dst[i] = Src[Index[i]] for N elements. An index
// outside Src is a panic on the CPU and undefined on other devices.
type GatherLabels struct {
	N               int
	Index, Src, Dst I32
}

// Check panics unless the buffers hold the shapes.
func (g *GatherLabels) Check() {
	const op = "GatherLabels"
	check(op, "Index", g.Index, vector(g.N))
	check(op, "Src", g.Src, vector(min(g.N, 1)))
	check(op, "Dst", g.Dst, vector(g.N))
}

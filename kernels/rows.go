package kernels

import "fmt"

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

type sumRowsJob struct {
	add    func(dst, x []float32)
	s      SumRows
	x, dst []float32
}

// SumRows implements Device.
func (d *CPU) SumRows(s SumRows) {
	s.Check()
	if s.Cols == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.sumRows
	*j = sumRowsJob{d.row.addTo, s, hostSlice(s.X), hostSlice(s.Dst)}
	d.pool.runIf(s.Batch*s.Rows*s.Cols, j, s.Batch)
}

func (j *sumRowsJob) task(_, item int) {
	s := &j.s
	dst := j.dst[item*s.StrideDst:][:s.Cols]
	clear(dst)
	for i := range s.Rows {
		j.add(dst, j.x[(item*s.Rows+i)*s.Cols:][:s.Cols])
	}
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

type gatherRowsJob struct {
	cols     int
	src, dst []float32
	index    []int32
}

// GatherRows implements Device.
func (d *CPU) GatherRows(g GatherRows) {
	g.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.gatherRows
	*j = gatherRowsJob{g.Cols, hostSlice(g.Src), hostSlice(g.Dst), hostSlice(g.Index)[:g.Rows]}
	checkIndex("GatherRows", j.index, g.SrcRows)
	d.pool.runIf(g.Rows*g.Cols, j, rowGroups(g.Rows))
}

func (j *gatherRowsJob) task(_, i int) {
	for k := i * rowGroup; k < min((i+1)*rowGroup, len(j.index)); k++ {
		r := int(j.index[k])
		copy(j.dst[k*j.cols:(k+1)*j.cols], j.src[r*j.cols:(r+1)*j.cols])
	}
}

// checkIndex panics unless all indices are below n.
func checkIndex(op string, index []int32, n int) {
	for i, r := range index {
		if r < 0 || int(r) >= n {
			panic(fmt.Sprintf("kernels: %s: Index[%d] = %d is outside 0 … %d", op, i, r, n-1))
		}
	}
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

// GatherLabels implements Device.
func (d *CPU) GatherLabels(g GatherLabels) {
	g.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	src, dst, index := hostSlice(g.Src), hostSlice(g.Dst), hostSlice(g.Index)[:g.N]
	checkIndex("GatherLabels", index, len(src))
	for i, r := range index {
		dst[i] = src[r]
	}
}

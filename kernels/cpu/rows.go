package cpu

import (
	"fmt"
	"unsafe"

	"github.com/symvi/symvi/asm/prefetch"
	"github.com/symvi/symvi/kernels"
)

// SumRows implements kernels.Device.
func (d *Device) SumRows(s kernels.SumRows) {
	s.Check()
	ours(s.X, s.Dst)
	if s.Cols == 0 {
		return
	}
	inTasks(d, &d.jobs.sumRows, s, s.Batch*s.Rows*s.Cols, s.Batch, sumRows)
}

func sumRows(d *Device, s *kernels.SumRows, _, item int) {
	x, dst := hostSlice(s.X), hostSlice(s.Dst)[item*s.StrideDst:][:s.Cols]
	clear(dst)
	for i := range s.Rows {
		d.row.addTo(dst, x[(item*s.Rows+i)*s.Cols:][:s.Cols])
	}
}

type gatherRowsJob struct {
	cols     int
	src, dst []float32
	index    []int32
	past     bool // store past the caches
}

// GatherRows implements kernels.Device.
func (d *Device) GatherRows(g kernels.GatherRows) {
	g.Check()
	defer d.lock()()
	j := &d.jobs.gatherRows
	*j = newGatherRows(&g)
	d.pool.runIf(g.Rows*g.Cols, j, rowGroups(g.Rows))
}

func newGatherRows(g *kernels.GatherRows) gatherRowsJob {
	j := gatherRowsJob{cols: g.Cols, src: hostSlice(g.Src), dst: hostSlice(g.Dst),
		index: hostSlice(g.Index)[:g.Rows]}
	checkIndex("GatherRows", j.index, g.SrcRows)
	return j
}

func (j *gatherRowsJob) task(_, i int) {
	j.rows(i*rowGroup, min((i+1)*rowGroup, len(j.index)))
}

// rows gathers the rows lo … hi−1.
func (j *gatherRowsJob) rows(lo, hi int) {
	for k := lo; k < hi; k++ {
		prefetchRow(j.src, j.cols, j.index, k+rowsAhead, hi)
		r := int(j.index[k])
		copyPast(j.past, j.dst[k*j.cols:(k+1)*j.cols], j.src[r*j.cols:(r+1)*j.cols])
	}
}

// rowsAhead is how many rows before its turn a row is asked for: those of a minibatch are in
// random places.
const rowsAhead = 2

// prefetchRow asks for row index[k] of src if k is below hi.
func prefetchRow[T any](src []T, cols int, index []int32, k, hi int) {
	if k < hi {
		row := src[int(index[k])*cols:][:cols]
		prefetch.Lines(unsafe.Pointer(unsafe.SliceData(row)), len(row)*int(unsafe.Sizeof(src[0])))
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

// GatherLabels implements kernels.Device.
func (d *Device) GatherLabels(g kernels.GatherLabels) {
	g.Check()
	defer d.lock()()
	gatherLabels(&g)
}

func gatherLabels(g *kernels.GatherLabels) {
	src, dst, index := hostSlice(g.Src), hostSlice(g.Dst), hostSlice(g.Index)[:g.N]
	checkIndex("GatherLabels", index, len(src))
	for i, r := range index {
		dst[i] = src[r]
	}
}

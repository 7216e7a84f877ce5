package cpu

import "github.com/symvi/symvi/kernels"

var _ kernels.Bytes = (*Device)(nil)

// Uint8 allocates a zeroed buffer.
func (d *Device) Uint8(n int) kernels.U8 { return newHost[uint8](n) }

type gatherBytesJob struct {
	cols  int
	src   []uint8
	dst   []float32
	table *[256]float32
	index []int32
}

// GatherBytes implements kernels.Bytes.
func (d *Device) GatherBytes(g kernels.GatherBytes) {
	g.Check()
	defer d.lock()()
	j := &d.jobs.gatherBytes
	*j = newGatherBytes(&g)
	d.pool.runIf(g.Rows*g.Cols, j, rowGroups(g.Rows))
}

func newGatherBytes(g *kernels.GatherBytes) gatherBytesJob {
	j := gatherBytesJob{g.Cols, hostSlice(g.Src), hostSlice(g.Dst),
		(*[256]float32)(hostSlice(g.Table)), hostSlice(g.Index)[:g.Rows]}
	checkIndex("GatherBytes", j.index, g.SrcRows)
	return j
}

func (j *gatherBytesJob) task(_, i int) {
	j.rows(i*rowGroup, min((i+1)*rowGroup, len(j.index)))
}

// rows gathers the rows lo … hi−1.
func (j *gatherBytesJob) rows(lo, hi int) {
	table := j.table
	for k := lo; k < hi; k++ {
		prefetchRow(j.src, j.cols, j.index, k+rowsAhead, hi)
		r := int(j.index[k])
		src, dst := j.src[r*j.cols:(r+1)*j.cols], j.dst[k*j.cols:(k+1)*j.cols]
		dst = dst[:len(src)]
		for c, b := range src {
			dst[c] = table[b]
		}
	}
}

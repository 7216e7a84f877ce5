package cpu

import (
	"math"
	"unsafe"

	"github.com/symvi/symvi/asm/stream"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

var _ kernels.Bytes = (*Device)(nil)

// Uint8 allocates a zeroed buffer.
func (d *Device) Uint8(n int) kernels.U8 { return newHost[uint8](n) }

type gatherBytesJob struct {
	cols  int
	src   []uint8
	dst   []float32
	table *[256]float32
	index []int32
	past  bool // store past the caches
	// computes what the table holds, or nil
	scale     func(dst []float32, src []uint8, high, low float32)
	high, low float32
}

// GatherBytes implements kernels.Bytes.
func (d *Device) GatherBytes(g kernels.GatherBytes) {
	g.Check()
	defer d.lock()()
	j := &d.jobs.gatherBytes
	*j = d.newGatherBytes(&g)
	d.pool.runIf(g.Rows*g.Cols, j, rowGroups(g.Rows))
}

func (d *Device) newGatherBytes(g *kernels.GatherBytes) gatherBytesJob {
	j := gatherBytesJob{cols: g.Cols, src: hostSlice(g.Src), dst: hostSlice(g.Dst),
		table: (*[256]float32)(hostSlice(g.Table)), index: hostSlice(g.Index)[:g.Rows]}
	checkIndex("GatherBytes", j.index, g.SrcRows)
	if d.row.scaleBytes != nil && d.ratio.of(j.table) {
		j.scale, j.high, j.low = d.row.scaleBytes, d.ratio.high, d.ratio.low
	}
	return j
}

func (j *gatherBytesJob) task(_, i int) {
	j.rows(i*rowGroup, min((i+1)*rowGroup, len(j.index)), nil)
}

// rows gathers the rows lo … hi−1; past the caches by way of room, which is not nil then.
func (j *gatherBytesJob) rows(lo, hi int, room *[]float32) {
	for k := lo; k < hi; k++ {
		prefetchRow(j.src, j.cols, j.index, k+rowsAhead, hi)
		r := int(j.index[k])
		src, dst := j.src[r*j.cols:(r+1)*j.cols], j.dst[k*j.cols:(k+1)*j.cols]
		if j.past {
			row := grow(room, j.cols)
			j.row(row, src)
			stream.Copy(dst, row)
		} else {
			j.row(dst, src)
		}
	}
}

// row computes a row's numbers.
func (j *gatherBytesJob) row(dst []float32, src []uint8) {
	if j.scale != nil {
		j.scale(dst, src, j.high, j.low)
	} else {
		look(dst, src, j.table)
	}
}

func look(dst []float32, src []uint8, table *[256]float32) {
	dst = dst[:len(src)]
	for c, b := range src {
		dst[c] = table[b]
	}
}

// ratio is a table of bytes that holds b/d for one d, as that of pixels does: its numbers are
// computed faster than looked up. high + low is 1/d.
type ratio struct {
	table     [256]float32
	high, low float32
	known, is bool // whether table was examined, and what was found
}

// of reports whether ref.ScaleBytes gives the bits of a table, and fills in high and low.
func (r *ratio) of(table *[256]float32) bool {
	if !r.known || *patterns(&r.table) != *patterns(table) {
		r.table, r.known = *table, true
		r.is = r.examine()
	}
	return r.is
}

// patterns are the bits of numbers, of which 0 and −0 differ and a NaN is itself.
func patterns(x *[256]float32) *[256]uint32 { return (*[256]uint32)(unsafe.Pointer(x)) }

// examine looks for the d.
func (r *ratio) examine() bool {
	d := math.Round(1 / float64(r.table[1]))
	inverse := 1 / d
	r.high = float32(inverse)
	r.low = float32(inverse - float64(r.high))
	var bytes [256]uint8
	for b := range bytes {
		bytes[b] = uint8(b)
	}
	var scaled [256]float32
	ref.ScaleBytes(scaled[:], bytes[:], r.high, r.low)
	return *patterns(&scaled) == *patterns(&r.table)
}

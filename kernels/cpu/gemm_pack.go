package cpu

import (
	"github.com/symvi/symvi/asm/stream"
	"github.com/symvi/symvi/internal/ref"
)

// Packed op(B) is cut into slivers of up to kernel.cols columns; a sliver of a
// panel is k contiguous rows of its width, which is a multiple of the lanes.

// width is the number of columns of the packed sliver from column col.
func (j *gemmJob) width(col int) int {
	return min(j.kernel.cols, roundUp(j.g.N-col, j.kernel.lanes))
}

// sliver returns op(B) from row p0 and column col, and its leading dimension.
func (j *gemmJob) sliver(t *gemmBlock, col, p0, k int) ([]float32, int) {
	g := &j.g
	switch {
	case j.shared != nil:
		return j.shared[j.sharedOffset(t.item, col, p0, k):], j.width(col)
	case j.packed(col):
		return t.b[(col-t.colLo)*k:], j.width(col)
	}
	return j.b[t.item*g.StrideB+p0*g.LDB+col:], g.LDB
}

// packed reports whether a sliver is packed at all: the last one is when the
// kernel would read beyond its rows.
func (j *gemmJob) packed(col int) bool { return j.packB || j.g.N-col < j.width(col) }

// packPanel packs the block's slivers of one panel into its scratch.
func (j *gemmJob) packPanel(t *gemmBlock, p0, k int) {
	if j.shared != nil {
		return
	}
	for col := t.colLo; col < t.colHi; col += j.kernel.cols {
		if j.packed(col) {
			j.packSliver(t.b[(col-t.colLo)*k:], t.item, col, p0, k)
		}
	}
}

// packSliver packs k rows of op(B) from row p0 and column col.
func (j *gemmJob) packSliver(dst []float32, item, col, p0, k int) {
	g, width := &j.g, j.width(col)
	n := min(width, g.N-col)
	if j.transB {
		j.kernel.pack(dst, width, j.b[item*g.StrideB+col*g.LDB+p0:], g.LDB, k, n)
		return
	}
	b := j.b[item*g.StrideB+p0*g.LDB+col:]
	for p := range k {
		row := dst[p*width:][:width]
		clear(row[copy(row, b[p*g.LDB:][:n]):])
	}
}

// packTerms of a sliver stay in the first-level cache while its columns are
// written four at a time.
const packTerms = 128

// pack is transpose in steps that suit the cache.
func (kernel *gemmKernel) pack(dst []float32, ld int, src []float32, lds, k, n int) {
	for p := 0; p < k; p += packTerms {
		kernel.transpose(dst[p*ld:], ld, src[p:], lds, min(packTerms, k-p), n)
	}
}

// tileSize is the room of one packed tile of A.
func (j *gemmJob) tileSize(k int) int { return roundUp(j.kernel.rows, 4) * k }

// packBlock packs m rows of A over k terms tile by tile, each term's rows contiguous.
func (j *gemmJob) packBlock(dst, a []float32, m, k int) {
	ld := roundUp(j.kernel.rows, 4)
	for r := 0; r < m; dst = dst[j.tileSize(k):] {
		h := j.kernel.height(m - r)
		j.kernel.pack(dst, ld, a[r*j.rsa:], j.rsa, k, h)
		r += h
	}
}

// packJob packs op(B) for all tasks; a task is a sliver of an item.
type packJob struct {
	gemm    *gemmJob
	slivers int
	past    bool // store past the caches
}

// packShared fills j.shared.
func (j *gemmJob) packShared() {
	items := j.g.Batch
	if j.g.StrideB == 0 {
		items = 1
	}
	pack := &j.d.jobs.pack
	*pack = packJob{j, ceilDiv(j.g.N, j.kernel.cols), j.d.publish.past > 0}
	j.shared = grow(&j.d.packed, items*j.itemSize())
	j.run(pack, items*pack.slivers)
}

func (pack *packJob) task(worker, i int) {
	j := pack.gemm
	item, col := i/pack.slivers, i%pack.slivers*j.kernel.cols
	for p0 := 0; p0 < j.g.K; p0 += ref.KC {
		k := min(ref.KC, j.g.K-p0)
		to := j.shared[j.sharedOffset(item, col, p0, k):][:k*j.width(col)]
		if !pack.past {
			j.packSliver(to, item, col, p0, k)
			continue
		}
		room := grow(&j.d.scratch[worker].f32, len(to))
		j.packSliver(room, item, col, p0, k)
		stream.Copy(to, room)
	}
}

// itemSize is the room of one item's packed op(B).
func (j *gemmJob) itemSize() int { return roundUp(j.g.N, j.kernel.lanes) * j.g.K }

// sharedOffset is where a sliver starts in the packed op(B) of all items.
func (j *gemmJob) sharedOffset(item, col, p0, k int) int {
	if j.g.StrideB == 0 {
		item = 0
	}
	return item*j.itemSize() + p0*roundUp(j.g.N, j.kernel.lanes) + col*k
}

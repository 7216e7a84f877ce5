package cpu

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// gemmKernel is the microkernel of the matrix product and the shapes it wants.
type gemmKernel struct {
	rows  int // height of the tallest register tile
	cols  int // the most columns of C that panel takes
	lanes int // panel reads rows of B up to n rounded up to lanes
	fused bool
	// panel computes m × n ≤ cols elements of C over k terms of one panel of the
	// specification: the chains s of fma(a[i*rsa+p*csa], b[p*ldb+j], s), plus C when
	// mode has modeAccumulate. A fused kernel then adds bias, when not nil, and applies modeReLU.
	panel func(m, n, k int, a []float32, rsa, csa int, b []float32, ldb int, c []float32, ldc int,
		bias []float32, mode int)
	// transpose computes dst[p*ld+j] = src[min(j,n-1)*lds+p] for p < k and j < ld, a multiple of 4.
	transpose func(dst []float32, ld int, src []float32, lds int, k, n int)
}

const (
	modeAccumulate = 1
	modeReLU       = 2
)

const (
	// smallGemm is the number of multiply-adds below which threads cost more than they save.
	smallGemm = 1 << 17
	// gemmBlockRows of A over one panel, 400 kB, stay in the second-level cache.
	gemmBlockRows = 196
	// gemmBlockCols of B over one panel, 2 MB, are packed at once by a worker.
	gemmBlockCols = 1024
	// packRowsOver is the number of columns from which packing an aliased A pays.
	packRowsOver = 64
	// packColsOver is the number of terms from which packing B pays though its rows are contiguous,
	// where many rows of A share it.
	packColsOver, packColsOverMany = 128, 64
)

// gemmJob is one matrix product. A task is a block of rows and columns of an
// item; its scratch holds a panel of B and a block of A.
type gemmJob struct {
	d                   *Device
	g                   kernels.Gemm
	kernel              *gemmKernel
	a, b, c, bias       []float32
	transB              bool
	rsa, csa            int
	packA, packB        bool
	shared              []float32 // op(B) packed for all tasks
	rowBlock, rowBlocks int
	colBlock, colBlocks int
	columnsFirst        bool // neighboring tasks have the same columns, not the same rows
}

// Gemm implements kernels.Device.
func (d *Device) Gemm(g kernels.Gemm) {
	g.Check()
	if g.Batch == 0 || g.M == 0 || g.N == 0 {
		return
	}
	defer d.lock()()
	if mergeable(&g, &d.row.gemm) {
		d.mergedGemm(g)
		return
	}
	d.jobs.gemm = gemmJob{g: g, a: hostSlice(g.A), b: hostSlice(g.B), c: hostSlice(g.C),
		bias: hostSlice(g.Bias)}
	d.gemm(g.Transpose == kernels.TN, g.Transpose == kernels.NT)
}

// gemm computes the product in d.jobs.gemm.
func (d *Device) gemm(transA, transB bool) {
	j := &d.jobs.gemm
	g := &j.g
	j.d, j.kernel, j.transB = d, &d.row.gemm, transB
	j.rsa, j.csa = g.LDA, 1
	if transA {
		j.rsa, j.csa = 1, g.LDA
	}
	j.plan()
	if j.packB && (j.rowBlocks > 1 || g.Batch > 1 && g.StrideB == 0) {
		j.packShared()
	}
	j.run(j, g.Batch*j.rowBlocks*j.colBlocks)
}

// run executes tasks on the caller's thread when the product is small.
func (j *gemmJob) run(tasks job, n int) {
	if g := &j.g; g.Batch*g.M*g.N*g.K > smallGemm {
		j.d.pool.run(tasks, n)
		return
	}
	for i := range n {
		tasks.task(0, i)
	}
}

// plan decides what is packed and how the product is split into tasks.
func (j *gemmJob) plan() {
	g, kernel := &j.g, j.kernel
	j.packA = j.csa == 1 && aliased(g.LDA) && g.N >= packRowsOver && g.M >= kernel.rows
	j.packB = j.transB || g.K > packColsOver && g.M > 4*kernel.rows ||
		g.K > packColsOverMany && g.M > 16*kernel.rows
	j.colBlock = min(g.N, gemmBlockCols)
	j.colBlocks = ceilDiv(g.N, j.colBlock)
	j.splitRows(1)
	if g.M > 2*gemmBlockRows && (g.Batch == 1 || g.StrideB == 0) {
		j.splitRows(ceilDiv(g.M, kernel.blockRows())) // so that a row of A is read from end to end
	}
	workers := j.d.pool.workers
	if workers == 1 || g.Batch*g.M*g.N*g.K <= smallGemm {
		return
	}
	if slivers := ceilDiv(g.N, kernel.cols); j.packB && g.Batch == 1 && slivers >= 4*workers {
		// Every task packs what it alone multiplies by.
		j.splitRows(1)
		j.colBlock = min(j.colBlock, ceilDiv(slivers, 16*workers)*kernel.cols)
		j.colBlocks = ceilDiv(g.N, j.colBlock)
		return
	}
	want := ceilDiv(4*workers, g.Batch*j.colBlocks)
	if byRows := min(want, g.M/(2*kernel.rows)); byRows > j.rowBlocks {
		j.splitRows(byRows)
	}
	if byCols := ceilDiv(want, j.rowBlocks); byCols > 1 {
		j.colBlock = roundUp(ceilDiv(j.colBlock, byCols), kernel.cols)
		j.colBlocks = ceilDiv(g.N, j.colBlock)
	}
	j.columnsFirst = g.N > g.M // a worker's tasks are neighbors: it reads a part of the larger factor
}

// splitRows cuts the rows of an item into at most count blocks of whole tiles.
func (j *gemmJob) splitRows(count int) {
	j.rowBlock = roundUp(ceilDiv(j.g.M, count), j.kernel.rows)
	j.rowBlocks = ceilDiv(j.g.M, j.rowBlock)
}

// aliased reports whether the rows of a tile with leading dimension ld fall on the
// same few lines of a first-level cache of 4 kB a way: then broadcasts straight
// from A thrash, and else they are faster than packing.
func aliased(ld int) bool {
	d := ld % 1024
	return ld >= 1020 && min(d, 1024-d) < 5
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func roundUp(a, b int) int { return ceilDiv(a, b) * b }

// gemmBlock is the part of C one task computes.
type gemmBlock struct {
	item, rowLo, rowHi, colLo, colHi int
	b, a                             []float32 // packing scratch
}

func (j *gemmJob) task(worker, i int) {
	g, kernel := &j.g, j.kernel
	blocks := j.rowBlocks * j.colBlocks
	row, col := i%blocks/j.colBlocks, i%j.colBlocks
	if j.columnsFirst {
		row, col = i%j.rowBlocks, i%blocks/j.rowBlocks
	}
	t := gemmBlock{item: i / blocks, rowLo: row * j.rowBlock, colLo: col * j.colBlock}
	t.rowHi = min(t.rowLo+j.rowBlock, g.M)
	t.colHi = min(t.colLo+j.colBlock, g.N)
	k := min(ref.KC, g.K)
	sizeB := roundUp(j.colBlock, kernel.cols) * k
	t.b = grow(&j.d.scratch[worker].f32, sizeB+kernel.blockRows()/kernel.rows*j.tileSize(k))
	t.b, t.a = t.b[:sizeB], t.b[sizeB:]
	j.product(&t)
}

// product computes one block of C, panel by panel of k.
func (j *gemmJob) product(t *gemmBlock) {
	g := &j.g
	if g.K == 0 {
		j.withoutTerms(t)
		return
	}
	step := j.kernel.blockRows()
	for p0 := 0; p0 < g.K; p0 += ref.KC {
		k := min(ref.KC, g.K-p0)
		j.packPanel(t, p0, k)
		for lo := t.rowLo; lo < t.rowHi; lo += step {
			hi := min(lo+step, t.rowHi)
			j.panel(t, lo, hi, p0, k)
			if p0+k == g.K {
				j.epilogue(t, lo, hi, j.kernel.fused)
			}
		}
	}
}

// panel computes rows lo … hi−1 of a block over k terms from p0.
func (j *gemmJob) panel(t *gemmBlock, lo, hi, p0, k int) {
	g, kernel := &j.g, j.kernel
	a := j.a[t.item*g.StrideA+lo*j.rsa+p0*j.csa:]
	if j.packA {
		j.packBlock(t.a, a, hi-lo, k)
	}
	mode := j.mode(p0, k)
	for col := t.colLo; col < t.colHi; col += kernel.cols {
		n := min(kernel.cols, t.colHi-col)
		b, ldb := j.sliver(t, col, p0, k)
		c := j.c[t.item*g.StrideC+lo*g.LDC+col:]
		var bias []float32
		if kernel.fused && j.bias != nil && p0+k == g.K {
			bias = j.bias[t.item*g.StrideBias+col:][:n]
		}
		if !j.packA {
			kernel.panel(hi-lo, n, k, a, j.rsa, j.csa, b, ldb, c, g.LDC, bias, mode)
			continue
		}
		for r, tile := 0, t.a; r < hi-lo; tile = tile[j.tileSize(k):] {
			h := kernel.height(hi - lo - r)
			kernel.panel(h, n, k, tile, 1, roundUp(kernel.rows, 4), b, ldb, c[r*g.LDC:], g.LDC, bias, mode)
			r += h
		}
	}
}

// mode is what panel p0 does with its sums.
func (j *gemmJob) mode(p0, k int) int {
	mode := 0
	if j.g.Accumulate || p0 > 0 {
		mode = modeAccumulate
	}
	if j.kernel.fused && j.g.Activation == kernels.ReLU && p0+k == j.g.K {
		mode |= modeReLU
	}
	return mode
}

// blockRows is gemmBlockRows in whole tiles.
func (kernel *gemmKernel) blockRows() int { return roundUp(gemmBlockRows, kernel.rows) }

// height is the number of rows of the next tile when m are left: full tiles,
// then two halves, so that no tile is much lower than the others.
func (kernel *gemmKernel) height(m int) int {
	switch {
	case m >= 2*kernel.rows:
		return kernel.rows
	case m > kernel.rows:
		return (m + 1) / 2
	}
	return m
}

// withoutTerms is the product for K = 0.
func (j *gemmJob) withoutTerms(t *gemmBlock) {
	for r := t.rowLo; r < t.rowHi && !j.g.Accumulate; r++ {
		clear(j.row(t, r))
	}
	j.epilogue(t, t.rowLo, t.rowHi, false)
}

// row is the part of row r of C that belongs to the block.
func (j *gemmJob) row(t *gemmBlock, r int) []float32 {
	return j.c[t.item*j.g.StrideC+r*j.g.LDC+t.colLo:][:t.colHi-t.colLo]
}

// epilogue applies bias and activation to rows of a block, less what is done already.
func (j *gemmJob) epilogue(t *gemmBlock, lo, hi int, fused bool) {
	bias := j.bias != nil && !fused
	relu := j.g.Activation == kernels.ReLU && !fused
	tanh := j.g.Activation == kernels.Tanh
	if !bias && !relu && !tanh {
		return
	}
	for r := lo; r < hi; r++ {
		row := j.row(t, r)
		if bias {
			j.d.row.addBias(row, j.bias[t.item*j.g.StrideBias+t.colLo:][:len(row)])
		}
		if relu {
			j.d.row.relu(row)
		}
		if tanh {
			j.d.row.unary(row, row, int(kernels.TanhFunction))
		}
	}
}

//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// wholeTile is the tile of gemm_whole.cu. For one term a warp issues 2221/16 instructions.
var wholeTile = gemmTile{rows: 128, cols: 256, threads: 256, issue: 139, resident: 1}

const (
	wholeStep   = 16 // terms
	wholeShared = 3 * 4 * wholeStep * (128 + 256)
)

// chooseWhole says whether a product goes to gemm_whole.cu; tests change it.
var chooseWhole = wholeFaster

// wholeFaster compares the estimate of fastestTile, beyond which the 128×128 tile was seen to
// take 1.4 × on an H100, with one by issued instructions, plus the transposes at 1260 bytes a
// cycle.
func wholeFaster(g *kernels.Gemm, multiprocessors int) bool {
	if !wholeFits(g) {
		return false
	}
	_, least := fastestTileCycles(g, multiprocessors)
	t := wholeTile
	cycles := blocks(t.count(g), multiprocessors) * t.threads / 32 * t.issue / 4
	if g.Transpose != kernels.TN {
		cycles += 8 * g.Batch * g.M / 1260
	}
	if g.Transpose == kernels.NT {
		cycles += 8 * g.Batch * g.N / 1260
	}
	return 4*cycles < 5*least
}

// wholeFits says whether it could: whole tiles of aligned rows, operands that need no copy for each
// item where they share one.
func wholeFits(g *kernels.Gemm) bool {
	return g.M > 0 && g.N > 0 && g.K > 0 && g.M%wholeTile.rows == 0 && g.N%wholeTile.cols == 0 &&
		g.K%wholeStep == 0 && rowsAligned(g.A, g.LDA, g.Batch, g.StrideA) &&
		rowsAligned(g.B, g.LDB, g.Batch, g.StrideB) && rowsAligned(g.C, g.LDC, g.Batch, g.StrideC)
}

// gemmWhole launches it, after the transposes of what is stored the other way; the caller holds
// d.mu.
func (d *Device) gemmWhole(g *kernels.Gemm) {
	a, b := source(g.A), source(g.B)
	t := *g
	if g.Transpose != kernels.TN {
		a = d.transposed(0, g.A, g.Batch, g.M, g.K, g.LDA, g.StrideA)
		t.LDA, t.StrideA = g.M, min(g.StrideA, 1)*g.M*g.K
	}
	if g.Transpose == kernels.NT {
		b = d.transposed(1, g.B, g.Batch, g.N, g.K, g.LDB, g.StrideB)
		t.LDB, t.StrideB = g.N, min(g.StrideB, 1)*g.N*g.K
	}
	d.launchProduct(kernel{"gemm_whole", "gemm_whole"}, wholeTile.count(g), wholeTile.threads,
		wholeShared, &t, a, b)
}

// transposed puts the transposes of a batch of rows×cols matrices, or of the one that they
// share, into a slot's scratch memory.
func (d *Device) transposed(slot int, x kernels.F32, batch, rows, cols, ld, stride int) cell {
	if stride == 0 {
		batch = 1
	}
	to := d.scratch(slot, 4*batch*rows*cols)
	d.launchCopy(&kernels.Copy2D{Batch: batch, Rows: rows, Cols: cols, StrideSrc: stride,
		SrcRow: ld, SrcCol: 1,
		StrideDst: rows * cols, DstRow: 1, DstCol: rows}, to, source(x))
	return to
}

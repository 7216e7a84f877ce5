//go:build cuda

package cuda

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// A block of gemm_strips.cu is a warp. A step of 16 terms takes it so many cycles alone, by the
// stall counts of its machine code, and so many instructions.
const (
	stripRows, stripCols, stripStep = 32, 112, 16
	stripShared                     = 4 * 4 * stripStep * (stripRows + stripCols)
	stripAlone, stripIssue          = 2279, 2208
	// for a term: 22 numbers a thread, 4 cycles for 4 of them, and the step's arrival
	stripRead = 22 + (stripRows+stripCols)/32
)

var stripKernel = kernel{"gemm_strips", "gemm_strips_tn"}

// chooseStrips says whether a product goes to gemm_strips.cu; tests change it.
var chooseStrips = stripsFaster

// stripsFaster compares the estimate of fastestTile with that of residents.
func stripsFaster(g *kernels.Gemm, multiprocessors int) bool {
	if !stripsFit(g) {
		return false
	}
	_, term := fastestTileCycles(g, multiprocessors)
	return stripCycles(g, multiprocessors) < term*g.K
}

// stripCycles estimates what a multiprocessor takes for a product.
func stripCycles(g *kernels.Gemm, multiprocessors int) int {
	r := resident(stripCount(g), multiprocessors, stripShared, 32)
	return r.rounds * r.cycles(1, stripAlone, stripIssue, stripRead*stripStep) * g.K / stripStep
}

// stripsFit says whether it could: one chain an element, whole groups of columns, no epilogue.
func stripsFit(g *kernels.Gemm) bool {
	return g.Transpose == kernels.TN && g.K > 0 && g.K <= ref.KC && g.N%4 == 0 && g.Bias == nil &&
		g.Activation == kernels.Identity && rowsAligned(g.B, g.LDB, g.Batch, g.StrideB)
}

// stripCount is the number of blocks.
func stripCount(g *kernels.Gemm) int {
	return g.Batch * blocks(g.M, stripRows) * blocks(g.N, stripCols)
}

// gemmStrips launches it; the caller holds d.mu.
func (d *Device) gemmStrips(g *kernels.Gemm) {
	d.launchGemm(stripKernel, stripCount(g), 32, stripShared, g)
}

//go:build cuda

package cuda

import (
	"fmt"
	"strings"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// stageTile is a shape of gemm_stages.cu.
type stageTile struct {
	transpose  kernels.Transpose
	rows, cols int
	each       int // numbers of both operands that a thread reads for a term
	// A step takes a warp so many cycles alone, by the stall counts of its machine code, and so
	// many instructions.
	alone, issue int
}

// stageTiles are all of them.
var stageTiles = []stageTile{
	{kernels.NT, 104, 128, 13 + 8, 2024, 1859},
	{kernels.TN, 128, 112, 8 + 14, 2007, 1957},
}

const stageStep, stageWarps, stageDeep = 16, 4, 3

// stageKernels are theirs.
var stageKernels = func() map[stageTile]kernel {
	all := map[stageTile]kernel{}
	for _, s := range stageTiles {
		all[s] = kernel{"gemm_stages", "gemm_stages_" + s.String()}
	}
	return all
}()

func (s stageTile) String() string {
	return fmt.Sprintf("%s_%dx%d", strings.ToLower(s.transpose.String()), s.rows, s.cols)
}

// shared is the memory of a block: 4 words more a row where terms are copied one by one.
func (s stageTile) shared() int {
	width := s.rows + s.cols
	if s.transpose == kernels.NT {
		width += 2 * 4
	}
	return 4 * stageDeep * stageStep * width
}

// count is the number of blocks.
func (s stageTile) count(g *kernels.Gemm) int {
	return g.Batch * blocks(g.M, s.rows) * blocks(g.N, s.cols)
}

// resident is its blocks of a launch.
func (s stageTile) resident(count, multiprocessors int) residents {
	return resident(count, multiprocessors, s.shared(), 2)
}

// cycles estimates what a multiprocessor takes for a product; a warp's share of what arrives
// comes to what it reads.
func (s stageTile) cycles(g *kernels.Gemm, multiprocessors int) int {
	r := s.resident(s.count(g), multiprocessors)
	read := stageStep * (s.each + (s.rows+s.cols)/32/stageWarps)
	return r.rounds * r.cycles(stageWarps, s.alone, s.issue, read) * g.K / stageStep
}

// chooseStages is the tile with which a product goes to gemm_stages.cu, if it does; tests change
// it.
var chooseStages = stagesFaster

// stagesFaster compares the estimates of all kernels but that of whole tiles.
func stagesFaster(g *kernels.Gemm, multiprocessors int) (best stageTile, faster bool) {
	for _, s := range stageTiles {
		if s.fits(g) && s.cycles(g, multiprocessors) < otherCycles(g, multiprocessors) {
			return s, true
		}
	}
	return best, false
}

// otherCycles is the least estimate of the other kernels. Those of gemm.cu were seen to take at
// least 1.4 × theirs on an H100.
func otherCycles(g *kernels.Gemm, multiprocessors int) int {
	_, term := fastestTileCycles(g, multiprocessors)
	least := 5 * term * g.K / 4
	if p, faster := panelsFaster(g, multiprocessors); faster {
		least = min(least, p.cycles(g, multiprocessors))
	}
	if stripsFaster(g, multiprocessors) {
		least = min(least, stripCycles(g, multiprocessors))
	}
	return least
}

// fits says whether it could.
func (s stageTile) fits(g *kernels.Gemm) bool {
	if g.Transpose != s.transpose || g.K == 0 || g.K > ref.KC && g.K%stageStep > 0 ||
		max(g.LDA, g.LDB) >= 1<<29 {
		return false
	}
	return s.transpose == kernels.NT || g.M%4 == 0 && g.N%4 == 0 &&
		rowsAligned(g.A, g.LDA, g.Batch, g.StrideA) && rowsAligned(g.B, g.LDB, g.Batch, g.StrideB)
}

// gemmStages launches it; the caller holds d.mu.
func (d *Device) gemmStages(g *kernels.Gemm, s stageTile) {
	d.launchGemm(stageKernels[s], s.count(g), stageWarps*32, s.shared(), g)
}

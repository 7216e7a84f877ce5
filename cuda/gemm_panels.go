//go:build cuda

package cuda

import (
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// panelTile is a shape of gemm_panels.cu: t×t elements of C a thread, so many terms a step.
type panelTile struct{ t, step int }

// panelTiles are all of them.
var panelTiles = []panelTile{{1, 64}, {2, 64}, {4, 32}}

// panelKernels are theirs.
var panelKernels = func() map[panelTile]kernel {
	all := map[panelTile]kernel{}
	for _, p := range panelTiles {
		all[p] = kernel{"gemm_panels", "gemm_panels_nt_" + p.String()}
	}
	return all
}()

const (
	panelTerms = 512
	panelsMost = 2
)

func (p panelTile) String() string { return fmt.Sprint(p.t) }

func (p panelTile) rows() int { return 4 * p.t }
func (p panelTile) cols() int { return 8 * p.t }

// shared is the memory of a panel.
func (p panelTile) shared() int { return 4 * 4 * (p.rows() + p.cols()) * (p.step + 4) }

// count is the number of blocks.
func (p panelTile) count(g *kernels.Gemm) int {
	return g.Batch * blocks(g.M, p.rows()) * blocks(g.N, p.cols())
}

// choosePanels is the tile with which a product goes to gemm_panels.cu, if it does; tests
// change it.
var choosePanels = panelsFaster

// panelsFaster compares the estimate of fastestTile with those of gemm_panels.cu: a term takes a
// block 10 cycles, or what the warps of a multiprocessor take of shared memory, or 3.5 an fmaf,
// as few warps share a scheduler; seen on an H100.
func panelsFaster(g *kernels.Gemm, multiprocessors int) (best panelTile, faster bool) {
	if !panelsFit(g) {
		return best, false
	}
	_, term := fastestTileCycles(g, multiprocessors)
	least, panels := term*g.K, blocks(g.K, panelTerms)
	for _, p := range panelTiles {
		share := blocks(p.count(g), multiprocessors)
		// of the 164 kB that compute capability 8.0 has
		together := min(share, (164<<10)/(panels*p.shared()))
		warps := panels * share
		cycles := max(10*blocks(share, together), 5*p.t*warps/2, 7*p.t*p.t*blocks(warps, 4)/2) *
			min(g.K, panelTerms)
		if cycles < least {
			best, least, faster = p, cycles, true
		}
	}
	return best, faster
}

// panelsFit says whether it could.
func panelsFit(g *kernels.Gemm) bool {
	return g.Transpose == kernels.NT && g.K > 0 && g.K <= panelsMost*panelTerms &&
		rowsAligned(g.A, g.LDA, g.Batch, g.StrideA) && rowsAligned(g.B, g.LDB, g.Batch, g.StrideB)
}

// rowsAligned says whether all rows of a batch of matrices start 16 bytes.
func rowsAligned(b kernels.F32, ld, batch, stride int) bool {
	return ptr(b).bits%16 == 0 && ld%4 == 0 && (batch == 1 || stride%4 == 0)
}

// gemmPanels launches it; the caller holds d.mu.
func (d *Device) gemmPanels(g *kernels.Gemm, p panelTile) {
	panels := blocks(g.K, panelTerms)
	d.launchGemm(panelKernels[p], p.count(g), panels*32, panels*p.shared(), g)
}

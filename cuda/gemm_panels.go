//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// What gemm_panels.cu is made for: tiles of 16×16, panels of 512 terms, 64 threads and 35 kB of
// shared memory a panel.
const (
	panelEdge    = 16
	panelTerms   = 512
	panelThreads = 64
	panelShared  = 4 * 4 * 2 * panelEdge * (64 + 4)
	panelsMost   = 2
)

// panelsResident is how many blocks fit on a multiprocessor with 164 kB of shared memory, which
// compute capability 8.0 has.
func panelsResident(panels int) int { return (164 << 10) / (panels * panelShared) }

// choosePanels says whether a product goes to gemm_panels.cu; tests change it.
var choosePanels = panelsFaster

// panelsFaster compares the estimate of fastestTile with that of a block of gemm_panels.cu, which
// takes 5 cycles a term for its chains, or 4 a panel for shared memory.
func panelsFaster(g *kernels.Gemm, multiprocessors int) bool {
	if !panelsFit(g) {
		return false
	}
	panels := blocks(g.K, panelTerms)
	share := blocks(panelBlocks(g), multiprocessors)
	together := min(share, panelsResident(panels))
	cycles := blocks(share, together) * max(5, 4*panels*together) * min(g.K, panelTerms)
	_, term := fastestTileCycles(g, multiprocessors)
	return cycles < term*g.K
}

// panelsFit says whether it could.
func panelsFit(g *kernels.Gemm) bool {
	return g.Transpose == kernels.NT && g.K > 0 && g.K <= panelsMost*panelTerms &&
		rowsAligned(g.A, g.LDA, g.StrideA) && rowsAligned(g.B, g.LDB, g.StrideB)
}

// rowsAligned says whether all rows of a batch of matrices start 16 bytes.
func rowsAligned(b kernels.F32, ld, stride int) bool {
	return ptr(b).bits%16 == 0 && ld%4 == 0 && stride%4 == 0
}

func panelBlocks(g *kernels.Gemm) int {
	return g.Batch * blocks(g.M, panelEdge) * blocks(g.N, panelEdge)
}

// gemmPanels launches it; the caller holds d.mu.
func (d *Device) gemmPanels(g *kernels.Gemm) {
	panels := blocks(g.K, panelTerms)
	d.launch(kernel{"gemm_panels", "gemm_panels_nt"}, dim3{x: panelBlocks(g)}, dim3{x: panels * panelThreads}, panels*panelShared, gemmCells(g)...)
}

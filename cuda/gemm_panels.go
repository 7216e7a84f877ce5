//go:build cuda

package cuda

import (
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// panelTile is a shape of gemm_panels.cu.
type panelTile struct {
	tm, tn       int // elements of C a thread
	step, stages int // terms, and how many times they are in shared memory
	// A step takes a warp so many cycles alone, by the stall counts of its machine code, and so
	// many instructions.
	alone, issue int
}

// panelTiles are all of them.
var panelTiles = []panelTile{
	{1, 1, 128, 4, 659, 279},
	{2, 2, 64, 4, 500, 407},
	{4, 4, 32, 3, 772, 657},
	{7, 4, 32, 4, 1174, 1074},
}

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

func (p panelTile) String() string { return fmt.Sprintf("%dx%d", p.tm, p.tn) }

func (p panelTile) rows() int { return 4 * p.tm }
func (p panelTile) cols() int { return 8 * p.tn }

// shared is the memory of a panel.
func (p panelTile) shared() int { return 4 * p.stages * (p.rows() + p.cols()) * (p.step + 4) }

// count is the number of blocks.
func (p panelTile) count(g *kernels.Gemm) int {
	return g.Batch * blocks(g.M, p.rows()) * blocks(g.N, p.cols())
}

// residents are the blocks of a launch that a multiprocessor has at a time, and how many times it
// has so many.
type residents struct{ blocks, rounds int }

// resident is those of a launch by the shared memory of a block: 164 kB are for all, what compute
// capability 8.0 has, and 1 kB of each is the system's. Registers allow most of them.
func resident(count, multiprocessors, shared, most int) residents {
	share := blocks(count, multiprocessors)
	together := min(share, (164<<10)/(shared+1<<10), most)
	return residents{together, blocks(share, together)}
}

// cycles is what so many warps of every resident block take for a step of a product that needs
// no barrier: the longest of a warp's own time, with the latency of its first read, of what each
// of four schedulers issues, and of shared memory's cycles.
func (r residents) cycles(warps, alone, issue, read int) int {
	warps *= r.blocks
	return max(alone+34, blocks(warps, 4)*issue, warps*read)
}

// resident is the blocks of a product with so many panels.
func (p panelTile) resident(panels, count, multiprocessors int) residents {
	sums := 4 * panelsMost * p.rows() * (p.cols() + 1)
	return resident(count, multiprocessors, panels*p.shared()+sums, 32)
}

// cycles estimates what a multiprocessor takes for a product: all panels are busy up to the end of
// the last one, which is the shortest, then all but one.
func (p panelTile) cycles(g *kernels.Gemm, multiprocessors int) int {
	panels := blocks(g.K, panelTerms)
	r := p.resident(panels, p.count(g), multiprocessors)
	// of a step: 4 cycles a vector of 4 terms, and its arrival, 128 bytes each
	read := p.step * (p.tm + p.tn + (p.rows()+p.cols())/32)
	last := g.K - (panels-1)*panelTerms
	cycles := last * r.cycles(panels, p.alone, p.issue, read)
	if panels > 1 {
		cycles += (panelTerms - last) * r.cycles(panels-1, p.alone, p.issue, read)
	}
	return r.rounds * cycles / p.step
}

// choosePanels is the tile with which a product goes to gemm_panels.cu, if it does; tests
// change it.
var choosePanels = panelsFaster

// panelsFaster compares the estimate of fastestTile with those of gemm_panels.cu.
func panelsFaster(g *kernels.Gemm, multiprocessors int) (best panelTile, faster bool) {
	if !panelsFit(g) {
		return best, false
	}
	_, term := fastestTileCycles(g, multiprocessors)
	least := term * g.K
	for _, p := range panelTiles {
		if cycles := p.cycles(g, multiprocessors); cycles < least {
			best, least, faster = p, cycles, true
		}
	}
	return best, faster
}

// panelsFit says whether it could.
func panelsFit(g *kernels.Gemm) bool {
	return g.Transpose == kernels.NT && g.K > 0 && g.K%4 == 0 && g.K <= panelsMost*panelTerms &&
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

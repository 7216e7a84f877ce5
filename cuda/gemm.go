//go:build cuda

package cuda

import (
	"fmt"
	"strings"

	"github.com/symvi/symvi/kernels"
)

// gemmTile is a shape in which gemm.cu divides C among blocks.
type gemmTile struct {
	rows, cols, threads int
	// issue is about how many instructions a warp issues for one term, resident how many
	// blocks fit on a multiprocessor.
	issue, resident int
}

func (t gemmTile) String() string { return fmt.Sprintf("%dx%d", t.rows, t.cols) }

// gemmTiles are the tiles of gemm.cu.
var gemmTiles = []gemmTile{
	{128, 128, 256, 70, 2},
	{128, 32, 128, 38, 4},
	{32, 32, 64, 21, 10},
	{16, 32, 128, 7, 8},
}

// chooseTile is fastestTile; tests put each tile in its place.
var chooseTile = fastestTile

// termLatency is the least number of cycles a block spends on a term, however small its tile.
const termLatency = 12

// fastestTile minimises an estimate of the cycles a multiprocessor spends on a term of all
// its blocks: as many at a time as fit, whose warps take turns on four schedulers.
func fastestTile(g *kernels.Gemm, multiprocessors int) gemmTile {
	t, _ := fastestTileCycles(g, multiprocessors)
	return t
}

// fastestTileCycles is fastestTile with the estimate.
func fastestTileCycles(g *kernels.Gemm, multiprocessors int) (best gemmTile, least int) {
	for _, t := range gemmTiles {
		share := blocks(t.count(g), multiprocessors)
		together := min(share, t.resident)
		cycles := blocks(share, together) * max(blocks(together*t.threads/32, 4)*t.issue, termLatency)
		if best.rows == 0 || cycles < least {
			best, least = t, cycles
		}
	}
	return best, least
}

// count is the number of blocks.
func (t gemmTile) count(g *kernels.Gemm) int {
	return g.Batch * blocks(g.M, t.rows) * blocks(g.N, t.cols)
}

// Gemm implements kernels.Device: a block a tile of C, in the tile's shape that is likely
// to be fastest; no choice shows in the result. With TF32 the tensor cores compute the product.
func (d *Device) Gemm(g kernels.Gemm) {
	g.Check()
	if g.Batch == 0 || g.M == 0 || g.N == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.tf32 && choosePanels(&g, d.multiprocessors) {
		d.gemmPanels(&g)
		return
	}
	module, t := "gemm", chooseTile(&g, d.multiprocessors)
	if d.tf32 {
		module, t = "gemm_tf32", chooseTF32Tile(&g, d.multiprocessors)
	}
	k := kernel{module, fmt.Sprintf("%s_%s_%v", module, strings.ToLower(g.Transpose.String()), t)}
	d.launch(k, dim3{x: t.count(&g)}, dim3{x: t.threads}, 0, gemmCells(&g)...)
}

// gemmCells are the arguments of all matrix products.
func gemmCells(g *kernels.Gemm) []cell {
	return []cell{
		ptr(g.C), ptr(g.A), ptr(g.B), ptr(g.Bias), num(g.M), num(g.N), num(g.K), num(g.LDA), num(g.LDB), num(g.LDC),
		num(g.StrideA), num(g.StrideB), num(g.StrideC), num(g.StrideBias), flag(g.Accumulate), num(int(g.Activation)),
	}
}

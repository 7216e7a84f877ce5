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
	// For one term a warp issues about so many instructions on one of four schedulers, and takes
	// read cycles of its multiprocessor's shared memory (128 bytes each); latency is the least
	// number of cycles that a block takes, about 1100 to 1200 a step on an H100. So many blocks are
	// resident on a multiprocessor.
	issue, read, latency, resident int
}

func (t gemmTile) String() string { return fmt.Sprintf("%dx%d", t.rows, t.cols) }

// gemmTiles are the tiles of gemm.cu.
var gemmTiles = []gemmTile{
	{128, 128, 256, 70, 16, 76, 2},
	{128, 32, 128, 38, 12, 76, 4},
	{32, 128, 128, 38, 12, 76, 4},
	{32, 32, 64, 21, 8, 76, 10},
	{16, 32, 128, 7, 5, 34, 8},
}

// chooseTile is fastestTile; tests put each tile in its place.
var chooseTile = fastestTile

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
		warps := together * t.threads / 32
		cycles := blocks(share, together) * max(blocks(warps, 4)*t.issue, warps*t.read, t.latency)
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
	if !d.tf32 && chooseWhole(&g, d.processors()) {
		d.gemmWhole(&g)
		return
	}
	if s, faster := chooseStages(&g, d.processors()); faster && !d.tf32 {
		d.gemmStages(&g, s)
		return
	}
	if p, faster := choosePanels(&g, d.processors()); faster && !d.tf32 {
		d.gemmPanels(&g, p)
		return
	}
	if !d.tf32 && chooseStrips(&g, d.processors()) {
		d.gemmStrips(&g)
		return
	}
	t := chooseTile(&g, d.processors())
	if d.tf32 {
		t = chooseTF32Tile(&g, d.processors())
	}
	d.launchGemm(gemmKernels[gemmShape{d.tf32, g.Transpose, t.rows, t.cols}], t.count(&g),
		t.threads, 0, &g)
}

// gemmShape tells the kernels of gemm.cu and gemm_tf32.cu apart.
type gemmShape struct {
	tf32       bool
	transpose  kernels.Transpose
	rows, cols int
}

// gemmKernels are all of them.
var gemmKernels = func() map[gemmShape]kernel {
	all := map[gemmShape]kernel{}
	add := func(module string, tf32 bool, tiles []gemmTile) {
		for _, t := range tiles {
			for _, transpose := range []kernels.Transpose{kernels.NN, kernels.NT, kernels.TN} {
				name := fmt.Sprintf("%s_%s_%v", module, strings.ToLower(transpose.String()), t)
				all[gemmShape{tf32, transpose, t.rows, t.cols}] = kernel{module, name}
			}
		}
	}
	add("gemm", false, gemmTiles)
	add("gemm_tf32", true, tf32Tiles[:])
	return all
}()

// launchGemm launches a matrix product.
func (d *Device) launchGemm(k kernel, blocks, threads, shared int, g *kernels.Gemm) {
	d.launchProduct(k, blocks, threads, shared, g, source(g.A), source(g.B))
}

// launchProduct is launchGemm with operands in these places; the arguments of all products are
// alike.
func (d *Device) launchProduct(k kernel, blocks, threads, shared int, g *kernels.Gemm, a, b cell) {
	d.launch(k, dim3{x: blocks}, dim3{x: threads}, shared,
		ptr(g.C), a, b, source(g.Bias), num(g.M), num(g.N), num(g.K), num(g.LDA), num(g.LDB), num(g.LDC),
		num(g.StrideA), num(g.StrideB), num(g.StrideC), num(g.StrideBias), flag(g.Accumulate),
		num(int(g.Activation)), replicaStride)
}

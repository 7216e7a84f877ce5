//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// tf32Tiles are the tiles of gemm_tf32.cu, the larger first.
var tf32Tiles = [2]gemmTile{{rows: 128, cols: 128, threads: 128},
	{rows: 64, cols: 32, threads: 128}}

// chooseTF32Tile is fastestTF32Tile; tests put each tile in its place.
var chooseTF32Tile = fastestTF32Tile

// fastestTF32Tile is the large tile where it keeps the multiprocessors busy and little of
// it lies beyond the last column.
func fastestTF32Tile(g *kernels.Gemm, multiprocessors int) gemmTile {
	if large := tf32Tiles[0]; g.N > large.cols/2 && large.count(g) >= multiprocessors {
		return large
	}
	return tf32Tiles[1]
}

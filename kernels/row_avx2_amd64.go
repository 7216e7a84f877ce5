package kernels

import "github.com/symvi/symvi/asm/avx2"

// avx2Row is the portable row with the kernels of asm/avx2.
func avx2Row() *row {
	r := portable()
	r.name = "avx2"
	r.gemm = gemmKernel{rows: 6, cols: 16, lanes: 8, fused: true, panel: avx2.GemmPanel, transpose: avx2.Transpose}
	r.pairLogDensity, r.pairGradAdd = avx2.PairLogDensity, avx2.PairGradAdd
	r.permutations = keyedPermutations(avx2.Permutations)
	r.gatherAdd, r.weights = avx2.GatherAdd, avx2.Weights
	r.subsetForward, r.subsetMarginals = avx2.SubsetForward, avx2.SubsetMarginals
	return r
}

//go:build !purego

package cpu

import (
	"github.com/symvi/symvi/asm/avx2"
	"github.com/symvi/symvi/asm/avx512"
)

// avx512Row is the AVX2 row with the kernels of asm/avx512: what has no
// AVX-512 version runs the AVX2 one. Some are no faster with it: on Zen 4 gathers with
// scatters take 1.6 to 2.5 times as long as single loads and stores, and Maxima as long as AVX2's.
func avx512Row() *row {
	r := avx2Row()
	r.name = "avx512"
	r.gemm = gemmKernel{rows: 14, cols: 32, lanes: 16, fused: true, panel: avx512.GemmPanel,
		transpose: avx2.Transpose}
	r.unary, r.scaleBytes = avx512.Unary, avx512.ScaleBytes
	r.addBias, r.addTo, r.relu, r.reluGrad, r.tanhGrad = avx512.AddTo, avx512.AddTo, avx512.ReLU,
		avx512.ReLUGrad, avx512.TanhGrad
	r.softmax, r.softmaxCrossEntropy, r.gaussianNLL = avx512.Softmax, avx512.SoftmaxCrossEntropy,
		avx512.GaussianNLL
	r.sum, r.sumLog = avx512.Sum, avx512.SumLog
	r.gaussianScale, r.gaussianScaleGrad, r.klGaussian = avx512.GaussianScale,
		avx512.GaussianScaleGrad, valued(avx512.KLGaussian)
	r.sampleGaussian, r.sampleGaussianGrad = vectorsAVX512.sampleGaussian,
		vectorsAVX512.sampleGaussianGrad
	r.keptGrad = avx512.KeptGrad
	r.adam = stepped(avx512.Adam)
	r.pairLogDensity, r.pairGrad = avx512.PairLogDensity, avx512.PairGrad
	r.permutedPair = avx512.PermutedPair
	r.conditionalSquares = avx512.ConditionalSquares
	r.expectedMoments, r.expectedSquares = avx512.ExpectedMoments, avx512.ExpectedSquares
	r.conditionalSquaresOfTwo = avx512.ConditionalSquaresOfTwo
	r.expectedMomentsOfTwo, r.expectedSquaresOfTwo = avx512.ExpectedMomentsOfTwo,
		avx512.ExpectedSquaresOfTwo
	r.permutations = vectorsAVX512.permutations
	r.weights = avx512.Weights
	r.subsetForward, r.subsetMarginals = avx512.SubsetForward, avx512.SubsetMarginals
	r.proposal = proposalLoops{avx512.MaskedLanes, avx512.SweepRow, avx512.Shares, avx512.ExpScaled,
		avx2.Maxima, avx512.SweepTwo}
	return r
}

//go:build !purego

package cpu

import (
	"github.com/symvi/symvi/asm/avx2"
)

// avx2Row is the portable row with the kernels of asm/avx2.
func avx2Row() *row {
	r := portable()
	r.name = "avx2"
	r.gemm = gemmKernel{rows: 6, cols: 16, lanes: 8, fused: true, panel: avx2.GemmPanel,
		transpose: avx2.Transpose}
	r.unary, r.scaleBytes = avx2.Unary, avx2.ScaleBytes
	r.addBias, r.addTo, r.relu, r.reluGrad, r.tanhGrad = avx2.AddTo, avx2.AddTo, avx2.ReLU,
		avx2.ReLUGrad, avx2.TanhGrad
	r.softmax, r.softmaxCrossEntropy, r.gaussianNLL = avx2.Softmax, avx2.SoftmaxCrossEntropy,
		avx2.GaussianNLL
	r.sum, r.sumLog = avx2.Sum, avx2.SumLog
	r.gaussianScale, r.gaussianScaleGrad, r.klGaussian = avx2.GaussianScale, avx2.GaussianScaleGrad,
		valued(avx2.KLGaussian)
	r.sampleGaussian, r.sampleGaussianGrad = vectorsAVX2.sampleGaussian, vectorsAVX2.sampleGaussianGrad
	r.keptGrad = avx2.KeptGrad
	r.adam = stepped(avx2.Adam)
	r.pairLogDensity, r.pairGrad = avx2.PairLogDensity, avx2.PairGrad
	r.permutedPair, r.permutedGradAdd = avx2.PermutedPair, avx2.PermutedGradAdd
	r.conditionalSquares = avx2.ConditionalSquares
	r.conditionalSquaresOfTwo = avx2.ConditionalSquaresOfTwo
	r.expectedMomentsOfTwo, r.expectedSquaresOfTwo = avx2.ExpectedMomentsOfTwo,
		avx2.ExpectedSquaresOfTwo
	r.expectedMoments, r.expectedSquares = avx2.ExpectedMoments, avx2.ExpectedSquares
	r.permutations = vectorsAVX2.permutations
	r.gatherAdd, r.scatterAdd, r.weights = avx2.GatherAdd, avx2.ScatterAdd, avx2.Weights
	r.subsetForward, r.subsetMarginals = avx2.SubsetForward, avx2.SubsetMarginals
	r.proposal = proposalLoops{avx2.MaskedLanes, avx2.SweepRow, avx2.Shares, avx2.ExpScaled,
		avx2.Maxima, avx2.SweepTwo}
	return r
}

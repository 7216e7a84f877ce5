//go:build !purego

package cpu

import "github.com/symvi/symvi/asm/neon"

// neonRow is the portable row with the kernels of asm/neon.
func neonRow() *row {
	r := portable()
	r.name = "neon"
	r.gemm = gemmKernel{rows: 6, cols: 16, lanes: 16, panel: neon.GemmPanel, transpose: neon.Transpose}
	r.unary, r.scaleBytes = neon.Unary, neon.ScaleBytes
	r.addBias, r.addTo, r.relu, r.reluGrad, r.tanhGrad = neon.AddTo, neon.AddTo, neon.ReLU,
		neon.ReLUGrad, neon.TanhGrad
	r.gaussianScale, r.gaussianScaleGrad, r.klGaussian = neon.GaussianScale, neon.GaussianScaleGrad,
		valued(neon.KLGaussian)
	r.sampleGaussian, r.sampleGaussianGrad = vectorsNEON.sampleGaussian, vectorsNEON.sampleGaussianGrad
	r.keptGrad = neon.KeptGrad
	r.adam = stepped(neon.Adam)
	r.softmax, r.softmaxCrossEntropy, r.gaussianNLL = neon.Softmax, neonSoftmaxCrossEntropy,
		neon.GaussianNLL
	r.sum, r.sumLog = neon.Sum, neon.SumLog
	r.pairLogDensity, r.pairGrad = neon.PairLogDensity, neon.PairGrad
	r.permutedPair, r.permutedGradAdd = neon.PermutedPair, neon.PermutedGradAdd
	r.conditionalSquares = neon.ConditionalSquares
	r.expectedMoments, r.expectedSquares = neon.ExpectedMoments, neon.ExpectedSquares
	r.conditionalSquaresOfTwo = neon.ConditionalSquaresOfTwo
	r.expectedMomentsOfTwo, r.expectedSquaresOfTwo = neon.ExpectedMomentsOfTwo,
		neon.ExpectedSquaresOfTwo
	r.permutations = vectorsNEON.permutations
	r.gatherAdd, r.scatterAdd, r.weights = neon.GatherAdd, neon.ScatterAdd, neon.Weights
	r.subsetForward, r.subsetMarginals = neon.SubsetForward, neon.SubsetMarginals
	r.proposal = proposalLoops{neon.MaskedLanes, neon.SweepRow, neon.Shares, neon.ExpScaled,
		neon.Maxima, neon.SweepTwo}
	return r
}

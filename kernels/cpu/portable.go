package cpu

import "github.com/symvi/symvi/internal/ref"

// portable is the row in plain Go: the specification itself, but for the matrix
// product, which is blocked.
func portable() *row {
	return &row{
		name: "portable",
		gemm: portableGemm,

		unary: ref.UnarySlice,

		addBias: ref.AddBias, addTo: ref.AddTo,
		relu: ref.ReLU, reluGrad: ref.ReLUGrad, tanhGrad: ref.TanhGrad,

		softmax: ref.Softmax, softmaxCrossEntropy: ref.SoftmaxCrossEntropy, gaussianNLL: ref.GaussianNLL,
		gaussianResiduals: ref.GaussianResiduals,
		sum:               ref.Sum, sumLog: ref.SumLog, logSumExpAdd: ref.LogSumExpAdd,

		gaussianScale: ref.GaussianScale, gaussianScaleGrad: ref.GaussianScaleGrad,
		sampleGaussian: ref.SampleGaussian, sampleGaussianGrad: ref.SampleGaussianGrad,
		klGaussian: ref.KLGaussian, adam: ref.Adam,

		pairLogDensity: ref.PairLogDensity, pairGrad: ref.PairGrad,
		conditionalSquares: ref.ConditionalSquares, expectedMoments: ref.ExpectedMoments, expectedSquares: ref.ExpectedSquares,
		permutedPair: ref.PermutedPair, permutedGradAdd: ref.PermutedGradAdd,
		permutations: ref.Permutations, gatherAdd: ref.GatherAddAll, scatterAdd: ref.ScatterAdd, weights: ref.Weights,
		combineSigns: ref.CombineSigns, splitSigns: ref.SplitSigns,
		subsetForward: portableSubsetForward, subsetMarginals: ref.SubsetMarginals,
		proposal: portableProposal,
	}
}

// portableSubsetForward needs no table.
func portableSubsetForward(f, a, _ []float64, n int) { ref.SubsetForward(f, a, n) }

package cpu

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

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
		sampleGaussian: portableSample, sampleGaussianGrad: portableSampleGrad,
		keptGrad: ref.KeptGrad, klGaussian: ref.KLGaussian, adam: portableAdam,

		pairLogDensity: ref.PairLogDensity, pairGrad: ref.PairGrad,
		conditionalSquares: ref.ConditionalSquares, expectedMoments: ref.ExpectedMoments,
		expectedSquares: ref.ExpectedSquares,
		permutedPair:    ref.PermutedPair, permutedGradAdd: ref.PermutedGradAdd,
		permutations: portablePermutations, gatherAdd: ref.GatherAddAll, scatterAdd: ref.ScatterAdd,
		weights:      ref.Weights,
		combineSigns: ref.CombineSigns, splitSigns: ref.SplitSigns,
		subsetForward: portableSubsetForward, subsetMarginals: ref.SubsetMarginals,
		proposal: portableProposal,
	}
}

// portableSubsetForward needs no table.
func portableSubsetForward(f, a, _ []float64, n int) { ref.SubsetForward(f, a, n) }

func portableSample(w, noise, mu, sigma []float32, key kernels.Key, first int, _ ahead) {
	if noise == nil {
		ref.SampleGaussian(w, mu, sigma, ref.Key(key), first)
	} else {
		ref.SampleGaussianKeep(w, noise, mu, sigma, ref.Key(key), first)
	}
}

func portableSampleGrad(dMu, dSigma, dw []float32, key kernels.Key, first int) {
	ref.SampleGaussianGrad(dMu, dSigma, dw, ref.Key(key), first)
}

func portableAdam(x, m, v, g []float32, s kernels.AdamStep) {
	ref.Adam(x, m, v, g, ref.AdamStep(s))
}

func portablePermutations(dst []int32, n int, key kernels.Key, first uint32) {
	ref.Permutations(dst, n, ref.Key(key), first)
}

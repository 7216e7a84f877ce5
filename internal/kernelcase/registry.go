package kernelcase

import (
	"slices"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Sizes are the dimensions of cases.
type Sizes struct {
	N               int // elements of a long vector
	Batch           int // items, or samples
	Rows            int // rows of a minibatch, permutations of an item
	Permuted        int // neurons of these permutations
	Neurons, Inputs int // of a layer whose neurons are compared in pairs
	Exact           int // neurons whose permutations are averaged over exactly
}

// Small are the sizes for tests with long vectors of n elements.
func Small(n int) Sizes {
	return Sizes{N: n, Batch: 3, Rows: n / 50, Permuted: 50, Neurons: 5, Inputs: n / 10, Exact: 6}
}

// Kind is one way to call an operation.
type Kind struct {
	Name string
	make func(m Memory, s Sizes) Case
}

// draws, above and below are the permutations and the widths of two layers that are both permuted.
const draws, above, below = 4, 5, 6

// kinds has every operation of a device at least once.
var kinds = append([]Kind{
	{"gemmNN", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Gemm, m, kernels.Gemm{Batch: 2, M: s.Rows, N: 40, K: 30,
			A: m.normal(2 * s.Rows * 30), LDA: 30, StrideA: s.Rows * 30, B: m.normal(2 * 30 * 40),
			LDB: 40, StrideB: 30 * 40, C: m.normal(2 * s.Rows * 40), LDC: 40, StrideC: s.Rows * 40,
			Bias: m.normal(80), StrideBias: 40, Activation: kernels.Tanh})
	}},
	{"gemmNT", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Gemm, m, kernels.Gemm{Transpose: kernels.NT, Batch: 2,
			M: s.Rows, N: 40, K: 30, A: m.normal(2 * s.Rows * 30), LDA: 30, StrideA: s.Rows * 30,
			B: m.normal(2 * 30 * 40), LDB: 30, StrideB: 30 * 40, C: m.normal(2 * s.Rows * 40),
			LDC: 40, StrideC: s.Rows * 40, Bias: m.normal(80), StrideBias: 40, Activation: kernels.ReLU})
	}},
	{"gemmTN", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Gemm, m, kernels.Gemm{Transpose: kernels.TN, Batch: 2, M: 30,
			N: 40, K: s.Rows, A: m.normal(2 * s.Rows * 30), LDA: 30, StrideA: s.Rows * 30,
			B: m.normal(2 * s.Rows * 40), LDB: 40, StrideB: s.Rows * 40, C: m.normal(2 * 30 * 40),
			LDC: 40, StrideC: 30 * 40, Bias: m.normal(40)})
	}},
	{"tanhGrad", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.ActivationGrad, m,
			kernels.ActivationGrad{Activation: kernels.Tanh, N: s.N, Y: m.normal(s.N),
				DY: m.normal(s.N), DX: m.normal(s.N)})
	}},
	{"sumRows", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.SumRows, m, kernels.SumRows{Batch: s.Batch, Rows: s.Rows,
			Cols: 30, X: m.normal(s.Batch * s.Rows * 30), Dst: m.normal(s.Batch * 30), StrideDst: 30})
	}},
	{"copy2D", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Copy2D, m, kernels.Copy2D{Batch: s.Batch, Rows: s.Rows,
			Cols: 20, Src: m.normal(s.Batch * s.Rows * 20), StrideSrc: s.Rows * 20, SrcRow: 20,
			SrcCol: 1, Dst: m.normal(s.Batch * s.Rows * 20), StrideDst: s.Rows * 20, DstRow: 1,
			DstCol: s.Rows, Accumulate: true, Scale: 0.5})
	}},
	{"gatherRows", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.GatherRows, m, kernels.GatherRows{Rows: s.Rows, Cols: 20,
			SrcRows: 11, Index: m.index(s.Rows, 11), Src: m.normal(220), Dst: m.normal(s.Rows * 20)})
	}},
	{"gatherLabels", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.GatherLabels, m,
			kernels.GatherLabels{N: s.N, Index: m.index(s.N, 100), Src: m.index(100, 10),
				Dst: m.index(s.N, 3)})
	}},
	{"softmaxCrossEntropy", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.SoftmaxCrossEntropy, m,
			kernels.SoftmaxCrossEntropy{Batch: s.Batch, Rows: s.Rows, Classes: 300,
				Logits: m.normal(s.Batch * s.Rows * 300), Labels: m.index(s.Rows, 300),
				Loss: m.normal(s.Batch * s.Rows), Grad: m.normal(s.Batch * s.Rows * 300), Scale: 0.1})
	}},
	{"gaussianNLL", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.GaussianNLL, m,
			kernels.GaussianNLL{Batch: s.Batch, Rows: s.Rows, Outputs: 3,
				Prediction: m.normal(s.Batch * s.Rows * 3), Target: m.normal(s.Rows * 3),
				Noise: 0.7, Loss: m.normal(s.Batch * s.Rows), Grad: m.normal(s.Batch * s.Rows * 3), Scale: 0.1})
	}},
	{"softmax", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Softmax, m, kernels.Softmax{Rows: s.Rows, Classes: 300,
			Src: m.normal(s.Rows * 300), Dst: m.normal(s.Rows * 300)})
	}},
	{"sum", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Sum, m, kernels.Sum{Batch: s.Batch, N: s.N,
			Src: m.normal(s.Batch * s.N), Dst: m.double(s.Batch), Scale: 2})
	}},
	{"sum64", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Sum, m, kernels.Sum{Batch: s.Batch, N: s.N,
			Src64: m.double(s.Batch * s.N), Dst: m.double(s.Batch), Scale: 2, Accumulate: true})
	}},
	{"sumOfSamples", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Accumulate, m, kernels.Accumulate{Kind: kernels.SumOfSamples,
			Samples: s.Batch, N: s.N, Src: m.normal(s.Batch * s.N), State: m.double(s.N)})
	}},
	{"logSumExp", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Accumulate, m,
			kernels.Accumulate{Kind: kernels.LogSumExpOfNegated, Samples: s.Batch, N: s.N,
				Src: m.normal(s.Batch * s.N), State: m.double(2 * s.N), First: true})
	}},
	{"gaussianScale", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.GaussianScale, m,
			kernels.GaussianScale{N: s.N, Rho: m.normal(s.N), Sigma: m.normal(s.N), InvSigma: m.normal(s.N)})
	}},
	{"gaussianScaleGrad", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.GaussianScaleGrad, m, kernels.GaussianScaleGrad{N: s.N,
			DSigma: m.normal(s.N), Rho: m.normal(s.N), DRho: m.normal(s.N)})
	}},
	{"sample", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.SampleGaussian, m,
			kernels.SampleGaussian{Key: kernels.Key{Seed: 1}, Samples: s.Batch, N: s.N,
				Mu: m.normal(s.N), Sigma: m.positive(s.N), W: m.normal(s.Batch * s.N)})
	}},
	{"sampleGrad", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.SampleGaussianGrad, m,
			kernels.SampleGaussianGrad{Key: kernels.Key{Seed: 1}, Samples: s.Batch, N: s.N,
				DW: m.normal(s.Batch * s.N), DMu: m.normal(s.N), DSigma: m.normal(s.N)})
	}},
	{"kl", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.KLGaussian, m, kernels.KLGaussian{N: s.N, Mu: m.normal(s.N),
			Sigma: m.positive(s.N), PriorStd: 0.7, Weight: 1, KL: m.double(1), DMu: m.normal(s.N),
			DSigma: m.normal(s.N)})
	}},
	{"adam", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Adam, m,
			kernels.Adam{N: s.N, X: m.normal(s.N), M: m.normal(s.N), V: m.positive(s.N),
				Grad: m.normal(s.N), LR: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Step: 1000})
	}},
	{"pair", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.PairLogDensity, m,
			kernels.PairLogDensity{Batch: s.Batch, N: s.Neurons, D: s.Inputs,
				W: m.normal(s.Batch * s.Neurons * s.Inputs), Mu: m.normal(s.Neurons * s.Inputs),
				InvSigma: m.positive(s.Neurons * s.Inputs), C: m.double(s.Batch * s.Neurons * s.Neurons)})
	}},
	{"pairGrad", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.PairGrad, m, kernels.PairGrad{Batch: s.Batch, N: s.Neurons,
			D: s.Inputs, Coefficients: m.normal(s.Batch * s.Neurons * s.Neurons),
			W: m.normal(s.Batch * s.Neurons * s.Inputs), Mu: m.normal(s.Neurons * s.Inputs),
			InvSigma: m.positive(s.Neurons * s.Inputs), DW: m.normal(s.Batch * s.Neurons * s.Inputs)})
	}},
	{"permutations", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.RandomPermutations, m,
			kernels.RandomPermutations{Key: kernels.Key{Seed: 1}, Batch: s.Batch, Count: s.Rows,
				N: s.Permuted, IdentityFirst: true, Dst: m.I32(make([]int32, s.Batch*s.Rows*s.Permuted))})
	}},
	{"permutationLogDensity", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.PermutationLogDensity, m,
			kernels.PermutationLogDensity{Batch: s.Batch, K: s.Rows, N: 20,
				C:     m.double(s.Batch * 400),
				Perms: m.I32(m.Permutations(s.Batch*s.Rows, s.Rows, 20)), Logs: m.double(s.Batch * s.Rows)})
	}},
	{"permutedLogDensity", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.PermutedLogDensity, m,
			kernels.PermutedLogDensity{Batch: s.Batch, K: s.Rows, Rows: above, Cols: below,
				W: m.normal(s.Batch * above * below), StrideW: above * below,
				Mu: m.normal(above * below), InvSigma: m.positive(above * below),
				RowPerms: m.I32(m.Permutations(s.Batch*s.Rows, s.Rows, above)),
				ColPerms: m.I32(m.Permutations(s.Batch*s.Rows, s.Rows, below)),
				Logs:     m.double(s.Batch * s.Rows)})
	}},
	{"permutedGrad", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.PermutedGrad, m,
			kernels.PermutedGrad{Batch: s.Batch, K: draws, Rows: above, Cols: below,
				W: m.normal(s.Batch * above * below), DW: m.normal(s.Batch * above * below),
				StrideW: above * below, Mu: m.normal(above * below),
				InvSigma: m.positive(above * below),
				RowPerms: m.I32(m.Permutations(s.Batch*draws, draws, above)),
				ColPerms: m.I32(m.Permutations(s.Batch*draws, draws, below)),
				Weights:  m.double(s.Batch * draws), Scale: 0.3})
	}},
	{"permutationAverage", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.PermutationAverage, m,
			kernels.PermutationAverage{Batch: s.Batch, K: s.Rows, Logs: m.double(s.Batch * s.Rows),
				Weights: m.double(s.Batch * s.Rows), Information: m.double(s.Batch)})
	}},
	{"permutationMarginals", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.PermutationMarginals, m,
			kernels.PermutationMarginals{Batch: s.Batch, K: draws, N: below,
				Weights:      m.double(s.Batch * draws),
				Perms:        m.I32(m.Permutations(s.Batch*draws, draws, below)),
				Coefficients: m.normal(s.Batch * below * below)})
	}},
	{"exact", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Permanent, m, kernels.Permanent{Batch: s.Batch, N: s.Exact,
			C: m.double(s.Batch * s.Exact * s.Exact), Information: m.double(s.Batch),
			Coefficients: m.normal(s.Batch * s.Exact * s.Exact)})
	}},
	{"propose", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.ProposePermutations, m,
			kernels.ProposePermutations{Key: kernels.Key{Seed: 1}, Batch: s.Batch, K: s.Rows, N: 20,
				Sweep: 8, C: m.double(s.Batch * 400),
				Perms: m.I32(make([]int32, s.Batch*s.Rows*20)), LogProposal: m.double(s.Batch * s.Rows)})
	}},
	{"proposePerPermutation", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.ProposePermutations, m,
			kernels.ProposePermutations{Key: kernels.Key{Seed: 1}, Batch: s.Batch, K: draws, N: 20,
				Sweep: 1, First: 2, C: m.double(s.Batch * draws * 400), PerPermutation: true,
				Perms:       m.I32(make([]int32, s.Batch*draws*20)),
				LogProposal: m.double(s.Batch * draws), Accumulate: true})
	}},
	{"proposeComponents", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.ProposePermutations, m,
			kernels.ProposePermutations{Key: kernels.Key{Seed: 1}, Batch: s.Batch, K: draws, N: 20,
				C: m.double(s.Batch * 3 * 400), Components: 3,
				Perms: m.I32(make([]int32, s.Batch*draws*20)), LogProposal: m.double(s.Batch * draws)})
	}},
	{"conditionalPairs", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.ConditionalPairs, m, kernels.ConditionalPairs{Batch: s.Batch,
			K: s.Rows, Rows: above, Cols: below, W: m.normal(s.Batch * above * below),
			StrideW: above * below, Mu: m.normal(above * below),
			InvSigma: m.positive(above * below),
			Perms:    m.I32(m.Permutations(s.Batch*s.Rows, s.Rows, below)),
			Base:     m.double(s.Batch * above * above), C: m.double(s.Batch * s.Rows * above * above)})
	}},
	{"expectedPairs", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.ExpectedPairs, m,
			kernels.ExpectedPairs{Batch: s.Batch, Rows: above, Cols: below,
				W: m.normal(s.Batch * above * below), StrideW: above * below,
				Mu: m.normal(above * below), InvSigma: m.positive(above * below),
				Neighbor: m.double(s.Batch * below * below), C: m.double(s.Batch * above * above)})
	}},
	{"expectedPairsBelow", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.ExpectedPairs, m,
			kernels.ExpectedPairs{Batch: s.Batch, Rows: above, Cols: below, Below: true,
				W: m.normal(s.Batch * above * below), StrideW: above * below,
				Mu: m.normal(above * below), InvSigma: m.positive(above * below),
				Neighbor: m.double(s.Batch * above * above), C: m.double(s.Batch * below * below)})
	}},
	{"combineSigns", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.CombineSigns, m,
			kernels.CombineSigns{Batch: s.Batch, N: below,
				Positive: m.double(s.Batch * below * below),
				Negative: m.double(s.Batch * below * below), Offset: 1, Correction: m.double(s.Batch)})
	}},
	{"splitSigns", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.SplitSigns, m, kernels.SplitSigns{Batch: s.Batch, N: below,
			Shares:       m.double(s.Batch * below * below),
			Coefficients: m.normal(s.Batch * below * below), Negative: m.normal(s.Batch * below * below)})
	}},
	{"importanceAverage", func(m Memory, s Sizes) Case {
		s.Rows = max(s.Rows, 2) // one draw has no spread
		return newCase(kernels.Device.ImportanceAverage, m,
			kernels.ImportanceAverage{Batch: s.Batch, K: s.Rows, Logs: m.double(s.Batch * s.Rows),
				LogProposal: m.double(s.Batch * s.Rows), LogOrder: 3,
				Weights: m.double(s.Batch * s.Rows), Lower: m.double(s.Batch),
				Upper: m.double(s.Batch), Spread: m.double(s.Batch)})
	}},
	{"klOfPriors", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.KLGaussian, m, kernels.KLGaussian{N: s.N, Mu: m.normal(s.N),
			Sigma: m.positive(s.N), InvPrior: m.positive(s.N), Weight: 1, KL: m.double(1),
			DMu: m.normal(s.N), DSigma: m.normal(s.N)})
	}},
	{"gaussianScaleNLL", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.GaussianScaleNLL, m, kernels.GaussianScaleNLL{Batch: s.Batch,
			Rows: s.Rows, Targets: 3, Mean: m.normal(s.Batch*s.Rows*4 - 1), StrideMean: 4,
			Raw: m.normal(s.Batch*s.Rows*5 - 2), StrideRaw: 5, Target: m.normal(s.Rows * 3),
			Loss: m.normal(s.Batch * s.Rows), GradMean: m.normal(s.Batch * s.Rows * 3),
			StrideGradMean: 3, GradRaw: m.normal(s.Batch*s.Rows*6 - 3), StrideGradRaw: 6, Scale: 0.1})
	}},
	{"gaussianScaleNLLOfOneNoise", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.GaussianScaleNLL, m, kernels.GaussianScaleNLL{Batch: s.Batch,
			Rows: s.Rows, Targets: 3, Mean: m.normal(s.Batch * s.Rows * 3), StrideMean: 3,
			Raw: m.normal(3), Target: m.normal(s.Rows * 3), Loss: m.normal(s.Batch * s.Rows),
			GradMean: m.normal(s.Batch * s.Rows * 3), StrideGradMean: 3,
			GradRaw: m.normal(s.Batch * s.Rows * 3), StrideGradRaw: 3, Scale: 0.1})
	}},
	{"gaussianStep", func(m Memory, s Sizes) Case {
		return newCase(kernels.RunGaussianStep, m,
			kernels.GaussianStep{N: s.N, Extra: 3, Samples: s.Batch, Key: kernels.Key{Seed: 1},
				DW: m.normal(s.Batch * s.N), PriorStd: 0.7, Weight: 1, KL: m.double(1), HeldHi: 7,
				X: m.normal(2*s.N + 3), M: m.normal(2*s.N + 3), V: m.positive(2*s.N + 3),
				Grad: m.normal(2*s.N + 3), LR: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Step: 7,
				Sigma: m.positive(s.N), InvSigma: m.positive(s.N), Next: kernels.Key{Seed: 2},
				W: m.normal(s.Batch * s.N), Minibatch: kernels.Minibatch{Rows: 3, SrcRows: 2,
					Index: m.I32([]int32{1, 0, 1}), Cols: 9, X: m.normal(18), DstX: m.normal(27),
					Targets: m.normal(4), TargetCols: 2, DstTargets: m.normal(6)}})
	}},
	{"gaussianStepOfKeptNoise", func(m Memory, s Sizes) Case { // from its second run on
		return newCase(kernels.RunGaussianStep, m,
			kernels.GaussianStep{N: s.N, Samples: s.Batch, Key: kernels.Key{Seed: 1},
				DW: m.normal(s.Batch * s.N), PriorStd: 0.7, Weight: 1, KL: m.double(1),
				X: m.normal(2 * s.N), M: m.normal(2 * s.N), V: m.positive(2 * s.N),
				Grad: m.normal(2 * s.N), LR: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Step: 7,
				Sigma: m.positive(s.N), InvSigma: m.positive(s.N), Next: kernels.Key{Seed: 1},
				W: m.normal(s.Batch * s.N)})
	}},
	{"gatherBytes", func(m Memory, s Sizes) Case {
		return newCase(gatherBytes, m, kernels.GatherBytes{Rows: 3, Cols: s.N, SrcRows: 2,
			Index: m.I32([]int32{1, 0, 1}), Src: m.d.(kernels.Bytes).Uint8(2 * s.N),
			Table: m.normal(256), Dst: m.normal(3 * s.N)})
	}},
	{"gatherPixels", func(m Memory, s Sizes) Case {
		return newCase(gatherBytes, m, kernels.GatherBytes{Rows: 3, Cols: s.N, SrcRows: 2,
			Index: m.I32([]int32{1, 0, 1}), Src: m.pixels(2 * s.N), Table: m.F32(Pixels(255)),
			Dst: m.normal(3 * s.N)})
	}},
	{"importanceAverageOfPermutations", func(m Memory, s Sizes) Case {
		s.Rows = max(s.Rows, 2) // one draw has no spread
		return newCase(kernels.Device.ImportanceAverage, m,
			kernels.ImportanceAverage{Batch: s.Batch, K: s.Rows, N: 20, C: m.double(s.Batch * 400),
				Perms: m.I32(m.Permutations(s.Batch*s.Rows, s.Rows, 20)),
				Logs:  m.double(s.Batch * s.Rows), LogProposal: m.double(s.Batch * s.Rows),
				LogOrder: 3, Weights: m.double(s.Batch * s.Rows), Lower: m.double(s.Batch),
				Upper: m.double(s.Batch), Spread: m.double(s.Batch)})
	}},
	{"importanceLayer", func(m Memory, s Sizes) Case {
		k, n := 5, s.Exact
		return newCase(kernels.RunImportanceLayer, m,
			kernels.ImportanceLayer{Key: kernels.Key{Seed: 1}, Batch: s.Batch, K: k, N: n,
				C: m.double(s.Batch * n * n), Perms: m.I32(m.Permutations(s.Batch*k, k, n)),
				LogProposal: m.double(s.Batch * k), Logs: m.double(s.Batch * k), LogOrder: 3,
				Weights: m.double(s.Batch * k), Lower: m.double(s.Batch), Upper: m.double(s.Batch),
				Spread: m.double(s.Batch), Coefficients: m.normal(s.Batch * n * n)})
	}},
	{"reluGrad", func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.ActivationGrad, m, kernels.ActivationGrad{N: s.N,
			Activation: kernels.ReLU, Y: m.normal(s.N), DY: m.normal(s.N), DX: m.normal(s.N)})
	}},
}, functions()...)

// functions are a kind for every function of one argument.
func functions() (all []Kind) {
	for f := range kernels.Function(len(ref.Unary)) {
		all = append(all, unary(f))
	}
	return all
}

// unary takes positive numbers, of which every function has a value.
func unary(f kernels.Function) Kind {
	return Kind{f.String(), func(m Memory, s Sizes) Case {
		return newCase(kernels.Device.Unary, m,
			kernels.Unary{Function: f, N: s.N, Src: m.positive(s.N), Dst: m.normal(s.N)})
	}}
}

// ofBytes are the kinds for devices that hold bytes.
var ofBytes = []string{"gatherBytes", "gatherPixels"}

func gatherBytes(d kernels.Device, g kernels.GatherBytes) { d.(kernels.Bytes).GatherBytes(g) }

// Kinds are all.
func Kinds() []Kind { return slices.Clone(kinds) }

// Named is the kind of a name; without one it panics.
func Named(name string) Kind {
	return kinds[slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })]
}

// Case has the same numbers on every device, whatever other kinds there are.
func (k Kind) Case(d kernels.Device, s Sizes) Case { return k.make(NewMemory(d), s) }

// All has a case of every kind, but for bytes where the device does not hold them.
func All(d kernels.Device, s Sizes) []Case {
	var all []Case
	_, bytes := d.(kernels.Bytes)
	for _, k := range kinds {
		if bytes || !slices.Contains(ofBytes, k.Name) {
			all = append(all, k.Case(d, s))
		}
	}
	return all
}

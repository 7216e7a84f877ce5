package cpu_test

import (
	"crypto/sha256"
	"fmt"
	"testing"
)

// golden has a hash of every operation's buffers after it ran. Frozen: a change of
// these is a change of every result. The conformance suite cannot see that a compiler
// fused what the specification rounds, because it would do so on both sides.
var golden = []string{
	"Gemm 739d14819398bef3",
	"Gemm 15afbbc15774d64b",
	"Gemm 1e2117f9a0f67f56",
	"ActivationGrad d089f78b95db1d29",
	"SumRows 2bfe0640ec268a4c",
	"Unary b57533a805774330",
	"Copy2D 13c11270a7fa25b5",
	"GatherRows d3c95b1d585189a8",
	"GatherLabels a2d696164ac45f82",
	"SoftmaxCrossEntropy 440a0e8fce01d498",
	"GaussianNLL fd25d0f834f743e0",
	"Softmax e67a182de10d7d71",
	"Sum 08f47f443cf7428a",
	"Sum fd97c1d67e8fdef5",
	"Accumulate 146065f09b494917",
	"Accumulate 9090e5fff82f28bf",
	"GaussianScale 039714834374c0c3",
	"GaussianScaleGrad 022e16f454ea2169",
	"SampleGaussian 5984d58b8e58c072",
	"SampleGaussianGrad 54bb9575c8f419b4",
	"KLGaussian 9e82952d88f43940",
	"Adam 56985eea4446bf9e",
	"PairLogDensity f57d3c7152a610d0",
	"PairGrad 63e7a1f812b81bfe",
	"RandomPermutations 38f2fae0c25183b0",
	"PermutationLogDensity d2abd64473f47655",
	"PermutedLogDensity 0dc37c50dc606761",
	"PermutedGrad 1dc41b2b81457b89",
	"PermutationAverage 03ce5c1d758e721d",
	"PermutationMarginals 213cef2abcd51c22",
	"Permanent b9a0753af1a93277",
	"ProposePermutations 5312c96b26d80f28",
	"ProposePermutations d5d8a2cac097efc1",
	"ProposePermutations ad432822513d8692",
	"ConditionalPairs 9c6ab68446e72bc0",
	"ExpectedPairs 0b0c64ebcbc09056",
	"ExpectedPairs ff22040e7f723ee0",
	"CombineSigns 713770f57e7ef2fd",
	"SplitSigns 9374bdfeb4fe8ab6",
	"ImportanceAverage 6a363d3519b87f4c",
	"KLGaussian 089415bc9136ca41",
	"GaussianScaleNLL 69c0b590d0fea0eb",
	"GaussianScaleNLL 1d677fc96041c2b0",
	"GaussianStep 949cf2c93b594c98",
	"GatherBytes 13b20615054ece52",
	"ImportanceAverage 015bbba1bc9df7be",
}

func TestGolden(t *testing.T) {
	all := operations(newCPU(t, "", 2), 5000)
	if len(golden) != len(all) {
		t.Errorf("%d hashes of %d operations", len(golden), len(all))
	}
	for i, o := range all {
		o.run()
		// fmt prints maps in the order of their keys
		got := fmt.Sprintf("%s %.8x", o.name(), sha256.Sum256(fmt.Append(nil, o.contents(t))))
		if i >= len(golden) || got != golden[i] {
			t.Errorf("operation %d has %q", i, got)
		}
	}
}

//go:build !purego

package cpu

import (
	"github.com/symvi/symvi/asm/neon"
	"github.com/symvi/symvi/kernels"
)

const vectorsNEON vectors = 0

// NEON's microkernels make the keys of the rounds as they go.
type (
	schedule  = kernels.Key
	roundKeys = kernels.Key
)

func (vectors) schedule(key kernels.Key) schedule   { return key }
func (vectors) roundKeys(key kernels.Key) roundKeys { return key }

func (vectors) sampleGroups(w, mu, sigma []float32, block uint32, k *schedule) {
	neon.SampleGroups(w, mu, sigma, k.Seed, k.Stream, k.Step, k.Sample, block)
}

func (vectors) sampleKeepGroups(w, noise, mu, sigma []float32, block uint32, k *schedule) {
	neon.SampleKeepGroups(w, mu, sigma, k.Seed, k.Stream, k.Step, k.Sample, block, &noise[0])
}

func (vectors) sampleGradGroups(dMu, dSigma, dw []float32, block uint32, k *schedule) {
	neon.SampleGradGroups(dMu, dSigma, dw, k.Seed, k.Stream, k.Step, k.Sample, block)
}

// philoxWords fills words with those of the blocks from block on, a multiple of 16 blocks.
func (vectors) philoxWords(words []uint32, block uint32, k *roundKeys) {
	neon.PhiloxWords(&words[0], len(words)/64, k.Seed, block, k.Stream, k.Step, k.Sample)
}

// exchange does count steps of the shuffle, from element i down.
func (vectors) exchange(p []int32, words []uint32, i, count int) {
	neon.Exchange(&p[0], &words[0], i, count)
}

// neonSoftmaxCrossEntropy is ref.SoftmaxCrossEntropy.
func neonSoftmaxCrossEntropy(grad, x []float32, label int, scale float32) float32 {
	logit := x[label]
	largest, sum := neon.Softmax(grad, x)
	grad[label]--
	neon.Multiply(grad, scale)
	logSum := [1]float32{sum}
	neon.Unary(logSum[:], logSum[:], int(kernels.Log))
	return logSum[0] - (logit - largest)
}

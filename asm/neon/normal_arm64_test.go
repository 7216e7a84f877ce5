package neon

import (
	"fmt"
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

func TestSampleGaussian(t *testing.T) {
	for _, key := range []ref.Key{{}, {Seed: 0x243f6a8885a308d3, Stream: 0x13198a2e, Step: 0x03707344, Sample: 0xa4093822}} {
		for _, first := range []int{0, 1, 16, 37, 63, 64, 4096, 64*12345 + 5, 1<<34 - 64, 1<<34 - 128 - 7} {
			eachLength(t, func(t testing.TB, n int, draw func() []float32) {
				compare(t, fmt.Sprint("SampleGaussian from ", first), [][]float32{make([]float32, n), draw(), draw()},
					func(s [][]float32) []float64 {
						SampleGaussian(s[0], s[1], s[2], key.Seed, key.Stream, key.Step, key.Sample, first)
						return nil
					},
					func(s [][]float32) []float64 { ref.SampleGaussian(s[0], s[1], s[2], key, first); return nil })
				compare(t, fmt.Sprint("SampleGaussianGrad from ", first), [][]float32{draw(), draw(), draw()},
					func(s [][]float32) []float64 {
						SampleGaussianGrad(s[0], s[1], s[2], key.Seed, key.Stream, key.Step, key.Sample, first)
						return nil
					},
					func(s [][]float32) []float64 { ref.SampleGaussianGrad(s[0], s[1], s[2], key, first); return nil })
			})
		}
	}
}

// A million elements of the noise itself.
func TestSampleGaussianLong(t *testing.T) {
	const n = 1 << 20
	key := ref.Key{Seed: 1<<63 + 12345, Stream: 3, Step: 1 << 31, Sample: 7}
	zero, one, got, want := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range one {
		one[i] = 1
	}
	SampleGaussian(got, zero, one, key.Seed, key.Stream, key.Step, key.Sample, 0)
	ref.SampleGaussian(want, zero, one, key, 0)
	equal32(t, "noise", got, want)
}

func TestNoAllocations(t *testing.T) {
	a, b, c := make([]float32, 200), make([]float32, 200), make([]float32, 200)
	p := make([]int32, 200)
	if n := testing.AllocsPerRun(10, func() {
		SampleGaussian(a, b, c, 1, 2, 3, 4, 5)
		SampleGaussianGrad(a, b, c, 1, 2, 3, 4, 5)
		Permutations(p, 20, 1, 2, 3, 4, 5)
		SoftmaxCrossEntropy(a, b, 3, 1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

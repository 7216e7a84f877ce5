package neon

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

func TestSoftmax(t *testing.T) {
	two := func(a, b float32) []float64 { return []float64{float64(a), float64(b)} }
	eachLength(t, func(t testing.TB, n int, draw func() []float32) {
		if n == 0 {
			return
		}
		zeros := everyday(testRand, n, 1)
		for i := range zeros {
			zeros[i] = min(zeros[i]+1, 0)
			if testRand.IntN(2) == 0 {
				zeros[i] = -zeros[i] * 0 // 0 or −0: the first decides
			}
		}
		for _, x := range [][]float32{draw(), zeros, everyday(testRand, n, 30)} {
			compare(t, "Softmax", [][]float32{x, make([]float32, n)},
				func(s [][]float32) []float64 { return two(Softmax(s[1], s[0])) },
				func(s [][]float32) []float64 { return two(ref.Softmax(s[1], s[0])) })
			compare(t, "Softmax in place", [][]float32{x},
				func(s [][]float32) []float64 { return two(Softmax(s[0], s[0])) },
				func(s [][]float32) []float64 { return two(ref.Softmax(s[0], s[0])) })
			for _, label := range []int{0, n / 2, n - 1} {
				compare(t, "SoftmaxCrossEntropy", [][]float32{x, make([]float32, n)},
					func(s [][]float32) []float64 { return two(SoftmaxCrossEntropy(s[1], s[0], label, 0.01), 0) },
					func(s [][]float32) []float64 { return two(ref.SoftmaxCrossEntropy(s[1], s[0], label, 0.01), 0) })
				compare(t, "SoftmaxCrossEntropy in place", [][]float32{x},
					func(s [][]float32) []float64 { return two(SoftmaxCrossEntropy(s[0], s[0], label, 3), 0) },
					func(s [][]float32) []float64 { return two(ref.SoftmaxCrossEntropy(s[0], s[0], label, 3), 0) })
			}
		}
	})
}

func TestGaussianNLL(t *testing.T) {
	inf := float32(math.Inf(1))
	eachLength(t, func(t testing.TB, n int, draw func() []float32) {
		for _, s := range [][3]float32{{1.75, 0.3, 0.01}, {inf, 0, 1}, {1, inf, 1}, {0x1p-75, -0.1, 1}, {0x1p-75, 0, 1}} {
			f, y := draw(), draw()
			compare(t, "GaussianNLL", [][]float32{make([]float32, n), f, y},
				func(x [][]float32) []float64 {
					return []float64{float64(GaussianNLL(x[0], x[1], x[2], s[0], s[1], s[2]))}
				},
				func(x [][]float32) []float64 {
					return []float64{float64(ref.GaussianNLL(x[0], x[1], x[2], s[0], s[1], s[2]))}
				})
			compare(t, "GaussianNLL in place", [][]float32{f, y},
				func(x [][]float32) []float64 {
					return []float64{float64(GaussianNLL(x[0], x[0], x[1], s[0], s[1], s[2]))}
				},
				func(x [][]float32) []float64 {
					return []float64{float64(ref.GaussianNLL(x[0], x[0], x[1], s[0], s[1], s[2]))}
				})
		}
	})
}

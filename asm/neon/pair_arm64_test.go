package neon

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

func TestPair(t *testing.T) {
	eachLength(t, func(t testing.TB, n int, draw func() []float32) {
		for _, rows := range []int{0, 1, 5} {
			const stride = 3
			coefficients := append(everyday(testRand, stride*rows, 1), wild(testRand, 1)...)
			mu, invSigma := []float32{}, []float32{}
			for i := range rows {
				mu, invSigma = append(mu, draw()...), append(invSigma, draw()...)
				if i%2 == 1 {
					coefficients[i*stride] *= 0 // left out
				}
			}
			compare(t, "PairGrad", [][]float32{draw(), draw(), mu, invSigma},
				func(s [][]float32) []float64 {
					PairGrad(s[0], s[1], s[2], s[3], coefficients, stride, rows)
					return nil
				},
				func(s [][]float32) []float64 {
					ref.PairGrad(s[0], s[1], s[2], s[3], coefficients, stride, rows)
					return nil
				})
		}
		for _, rows := range []int{0, 1, 3} {
			w := []float32{}
			for range rows {
				w = append(w, draw()...)
			}
			density := func(f func(c []float64, w, mu, invSigma []float32, logNorm float64)) func(s [][]float32) []float64 {
				return func(s [][]float32) []float64 {
					c := make([]float64, rows+2)
					f(c[1:1+rows], s[0], s[1], s[2], -7.25)
					return c
				}
			}
			compare(t, "PairLogDensity", [][]float32{w, draw(), draw()}, density(PairLogDensity), density(ref.PairLogDensity))
		}
	})
}

func TestPermuted(t *testing.T) {
	eachLength(t, func(t testing.TB, n int, draw func() []float32) {
		columns := make([]int32, n)
		for b, j := range testRand.Perm(n) {
			columns[b] = int32(j)
		}
		compare(t, "PermutedPair", [][]float32{draw(), draw(), draw()},
			func(s [][]float32) []float64 { return []float64{PermutedPair(s[0], s[1], s[2], columns)} },
			func(s [][]float32) []float64 { return []float64{ref.PermutedPair(s[0], s[1], s[2], columns)} })
		compare(t, "PermutedGradAdd", [][]float32{draw(), draw(), draw(), draw()},
			func(s [][]float32) []float64 { PermutedGradAdd(s[0], s[1], s[2], s[3], columns, -0.3); return nil },
			func(s [][]float32) []float64 { ref.PermutedGradAdd(s[0], s[1], s[2], s[3], columns, -0.3); return nil })
	})
}

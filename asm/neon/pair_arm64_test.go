package neon

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

func TestPair(t *testing.T) {
	eachLength(t, func(t testing.TB, n int, draw func() []float32) {
		compare(t, "PairGradAdd", [][]float32{draw(), draw(), draw(), draw()},
			func(s [][]float32) []float64 { PairGradAdd(s[0], s[1], s[2], s[3], -0.3); return nil },
			func(s [][]float32) []float64 { ref.PairGradAdd(s[0], s[1], s[2], s[3], -0.3); return nil })
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

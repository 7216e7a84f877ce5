package neon

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

func TestGaussian(t *testing.T) {
	eachLength(t, func(t testing.TB, n int, draw func() []float32) {
		compare(t, "GaussianScale", [][]float32{make([]float32, n), make([]float32, n), draw()},
			func(s [][]float32) []float64 { GaussianScale(s[0], s[1], s[2]); return nil },
			func(s [][]float32) []float64 { ref.GaussianScale(s[0], s[1], s[2]); return nil })
		dSigma, rho := draw(), draw()
		compare(t, "GaussianScaleGrad", [][]float32{make([]float32, n), dSigma, rho},
			func(s [][]float32) []float64 { GaussianScaleGrad(s[0], s[1], s[2]); return nil },
			func(s [][]float32) []float64 { ref.GaussianScaleGrad(s[0], s[1], s[2]); return nil })
		compare(t, "GaussianScaleGrad in place", [][]float32{dSigma, rho},
			func(s [][]float32) []float64 { GaussianScaleGrad(s[0], s[0], s[1]); return nil },
			func(s [][]float32) []float64 { ref.GaussianScaleGrad(s[0], s[0], s[1]); return nil })
		sigma := draw()
		for _, invPrior := range []float32{1.25, 1e20, float32(math.Inf(1))} {
			compare(t, "KLGaussian", [][]float32{draw(), sigma, draw(), draw()},
				func(s [][]float32) []float64 { return []float64{KLGaussian(s[0], s[1], s[2], s[3], invPrior)} },
				func(s [][]float32) []float64 { return []float64{ref.KLGaussian(s[0], s[1], s[2], s[3], invPrior)} })
		}
		for i := range sigma {
			sigma[i] = float32(math.Exp(float64(sigma[i])/4 - 1)) // finite sums
			if sigma[i] != sigma[i] || sigma[i] > 1e5 || sigma[i] < 1e-5 {
				sigma[i] = 0.01
			}
		}
		compare(t, "KLGaussian", [][]float32{everyday(testRand, n, 0.3), sigma, draw(), draw()},
			func(s [][]float32) []float64 { return []float64{KLGaussian(s[0], s[1], s[2], s[3], 3)} },
			func(s [][]float32) []float64 { return []float64{ref.KLGaussian(s[0], s[1], s[2], s[3], 3)} })
	})
}

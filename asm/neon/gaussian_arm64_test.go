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
			prior := make([]float32, n)
			for i := range prior {
				prior[i] = invPrior
			}
			compareKL(t, 1, draw(), sigma, draw(), draw(), prior)
		}
		compareKL(t, 0.3, draw(), draw(), draw(), draw(), draw())
		for i := range sigma {
			sigma[i] = float32(math.Exp(float64(sigma[i])/4 - 1)) // finite sums
			if sigma[i] != sigma[i] || sigma[i] > 1e5 || sigma[i] < 1e-5 {
				sigma[i] = 0.01
			}
		}
		compareKL(t, 0.7, everyday(testRand, n, 0.3), sigma, draw(), draw(), everyday(testRand, n, 2))
	})
}

func compareKL(t testing.TB, weight float32, args ...[]float32) {
	compare(t, "KLGaussian", args,
		func(s [][]float32) []float64 { return []float64{KLGaussian(s[0], s[1], s[2], s[3], s[4], weight)} },
		func(s [][]float32) []float64 {
			return []float64{ref.KLGaussian(s[0], s[1], s[2], s[3], s[4], weight)}
		})
}

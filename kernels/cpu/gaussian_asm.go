//go:build (amd64 || arm64) && !purego

package cpu

import "github.com/symvi/symvi/internal/ref"

// valued is KLGaussian of an assembly package, which returns what the value is made of.
func valued(f func(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) (terms,
	mantissa float64, exponents int64)) func(
	mu, sigma, dMu, dSigma, invPrior []float32, weight float32) float64 {
	return func(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) float64 {
		terms, mantissa, exponents := f(mu, sigma, dMu, dSigma, invPrior, weight)
		return ref.KLValue(terms, mantissa, exponents, len(sigma))
	}
}

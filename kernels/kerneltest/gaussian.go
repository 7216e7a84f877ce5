package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// GaussianScale checks one call, with 1/σ and without.
func GaussianScale(t testing.TB, d kernels.Device, rho []float32) {
	t.Helper()
	n := len(rho)
	c := newCall(t, d, "GaussianScale n=%d", n)
	bufRho, rho := c.in32("Rho", rho)
	bufSigma, sigma := c.out32("Sigma", n)
	bufInv, inv := c.out32("InvSigma", n)
	d.GaussianScale(kernels.GaussianScale{N: n, Rho: bufRho, Sigma: bufSigma, InvSigma: bufInv})
	ref.GaussianScale(sigma, inv, rho)
	c.check()
	c = newCall(t, d, "GaussianScale n=%d without 1/σ", n)
	bufRho, _ = c.in32("Rho", rho)
	bufSigma, sigma = c.out32("Sigma", n)
	d.GaussianScale(kernels.GaussianScale{N: n, Rho: bufRho, Sigma: bufSigma})
	ref.GaussianScale(sigma, nil, rho)
	c.check()
}

func testGaussianScale(t *testing.T, d kernels.Device) {
	in := newInputs()
	GaussianScale(t, d, special)
	for _, n := range lengths() {
		GaussianScale(t, d, in.wild(n))
	}
}

// checkGaussianScaleGrad checks one call, out of place and in place.
func checkGaussianScaleGrad(t testing.TB, d kernels.Device, dSigma, rho []float32) {
	t.Helper()
	n := len(rho)
	c := newCall(t, d, "GaussianScaleGrad n=%d", n)
	bufDSigma, dSigma := c.in32("DSigma", dSigma)
	bufRho, rho := c.in32("Rho", rho)
	bufDRho, dRho := c.out32("DRho", n)
	both, inPlace := c.in32("DSigma and DRho", dSigma)
	d.GaussianScaleGrad(kernels.GaussianScaleGrad{N: n, DSigma: bufDSigma, Rho: bufRho, DRho: bufDRho})
	d.GaussianScaleGrad(kernels.GaussianScaleGrad{N: n, DSigma: both, Rho: bufRho, DRho: both})
	ref.GaussianScaleGrad(dRho, dSigma, rho)
	copy(inPlace, dRho)
	c.check()
}

func testGaussianScaleGrad(t *testing.T, d kernels.Device) {
	in := newInputs()
	for _, n := range lengths() {
		checkGaussianScaleGrad(t, d, in.wild(n), in.wild(n))
	}
}

// KLGaussian checks one call with one prior for all elements; kl, dMu and dSigma are what it
// adds to.
func KLGaussian(t testing.TB, d kernels.Device, priorStd, weight float32, mu, sigma []float32,
	kl float64, dMu, dSigma []float32) {
	t.Helper()
	c := newCall(t, d, "KLGaussian n=%d prior=%v weight=%v", len(mu), priorStd, weight)
	invPrior := repeat(1/priorStd, len(mu))
	c.klGaussian(kernels.KLGaussian{PriorStd: priorStd, Weight: weight}, invPrior, mu, sigma, kl,
		dMu, dSigma)
}

// checkKLGaussianPriors checks one call with a prior for every element.
func checkKLGaussianPriors(t testing.TB, d kernels.Device, invPrior []float32, weight float32, mu,
	sigma []float32, kl float64, dMu, dSigma []float32) {
	t.Helper()
	c := newCall(t, d, "KLGaussian n=%d, priors, weight=%v", len(mu), weight)
	op := kernels.KLGaussian{Weight: weight}
	op.InvPrior, invPrior = c.in32("InvPrior", invPrior)
	c.klGaussian(op, invPrior, mu, sigma, kl, dMu, dSigma)
}

func (c *call) klGaussian(op kernels.KLGaussian, invPrior, mu, sigma []float32, kl float64, dMu,
	dSigma []float32) {
	c.t.Helper()
	n := len(mu)
	op.N = n
	op.Mu, mu = c.in32("Mu", mu)
	op.Sigma, sigma = c.in32("Sigma", sigma)
	op.DMu, dMu = c.in32("DMu", dMu)
	op.DSigma, dSigma = c.in32("DSigma", dSigma)
	var sum []float64
	op.KL, sum = c.in64("KL", []float64{kl})
	c.d.KLGaussian(op)
	sum[0] += ref.Chunked(n, func(lo, hi int) float64 {
		return ref.KLGaussian(mu[lo:hi], sigma[lo:hi], dMu[lo:hi], dSigma[lo:hi], invPrior[lo:hi],
			op.Weight)
	})
	c.check()
}

func testKLGaussian(t *testing.T, d kernels.Device) {
	in := newInputs()
	for _, n := range lengths() {
		for _, prior := range []float32{1, 0.3, 1e-3, 7e4} {
			KLGaussian(t, d, prior, 1, in.normal(n, 1), in.positive(n, 3), 1.5, in.normal(n, 1),
				in.normal(n, 1))
		}
		KLGaussian(t, d, 0.1, 1, in.wild(n), in.wild(n), -3, in.wild(n), in.wild(n))
		KLGaussian(t, d, 0.1, 0, in.normal(n, 1), in.positive(n, 1), 2, in.normal(n, 1), in.normal(n, 1))
		for _, weight := range []float32{0, 0.3, 1} {
			checkKLGaussianPriors(t, d, in.positive(n, 2), weight, in.normal(n, 1), in.positive(n, 3),
				1.5, in.normal(n, 1), in.normal(n, 1))
			checkKLGaussianPriors(t, d, in.wild(n), weight, in.wild(n), in.wild(n), 0, in.wild(n),
				in.wild(n))
		}
	}
}

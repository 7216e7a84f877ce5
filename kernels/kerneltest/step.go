package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// GaussianStep checks one call. x, m and v hold 2n values and extra ones; the first 2n values
// of Grad afterwards are not specified.
func GaussianStep(t testing.TB, d kernels.Device, op kernels.GaussianStep, dw, invPrior, x, m, v, grad []float32) {
	t.Helper()
	n, samples := op.N, op.Samples
	c := newCall(t, d, "GaussianStep n=%d extra=%d samples=%d held=[%d:%d) weight=%v", n, op.Extra, samples, op.HeldLo, op.HeldHi, op.Weight)
	sigma, inv := make([]float32, n), make([]float32, n)
	ref.GaussianScale(sigma, inv, x[n:2*n])
	op.DW, dw = c.in32("DW", dw)
	if invPrior != nil {
		op.InvPrior, invPrior = c.in32("InvPrior", invPrior)
	} else {
		invPrior = repeat(1/op.PriorStd, n)
	}
	var kl []float64
	op.KL, kl = c.in64("KL", []float64{2})
	op.X, x = c.in32("X", x)
	op.M, m = c.in32("M", m)
	op.V, v = c.in32("V", v)
	op.Grad = d.Float32(len(grad))
	defer op.Grad.Free()
	op.Grad.Upload(grad)
	op.Sigma, sigma = c.in32("Sigma", sigma)
	op.InvSigma, inv = c.in32("InvSigma", inv)
	var w []float32
	op.W, w = c.out32("W", samples*n)
	kernels.RunGaussianStep(d, op)

	mu, rho, dMu, dRho := x[:n], x[n:2*n], grad[:n], grad[n:2*n]
	sampled := func(key kernels.Key, s int) kernels.Key {
		key.Sample += uint32(s)
		return key
	}
	clear(grad[:2*n])
	for s := range samples {
		ref.SampleGaussianGrad(dMu, dRho, dw[s*n:(s+1)*n], sampled(op.Key, s), 0)
	}
	kl[0] += ref.Chunked(n, func(lo, hi int) float64 {
		return ref.KLGaussian(mu[lo:hi], sigma[lo:hi], dMu[lo:hi], dRho[lo:hi], invPrior[lo:hi], op.Weight)
	})
	ref.GaussianScaleGrad(dRho, dRho, rho)
	clear(dMu[op.HeldLo:op.HeldHi])
	clear(dRho[op.HeldLo:op.HeldHi])
	adam := op.Adam()
	ref.Adam(x, m, v, grad, adam.Constants())
	ref.GaussianScale(sigma, inv, rho)
	for s := range samples {
		ref.SampleGaussian(w[s*n:(s+1)*n], mu, sigma, sampled(op.Next, s), 0)
	}
	c.check()
}

// TestGaussianStep checks calls of many shapes.
func TestGaussianStep(t *testing.T, d kernels.Device) {
	in := newInputs()
	for i, n := range append(lengths(), 40_000) {
		op := kernels.GaussianStep{N: n, Extra: i % 4, Samples: 1 + i%3, Key: kernels.Key{Seed: 3, Stream: 1, Step: uint32(i)},
			PriorStd: 0.5, Weight: []float32{1, 0.3, 0}[i%3], HeldLo: n / 3, HeldHi: n/3 + i%2*(n/2),
			LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 1 + i, Next: kernels.Key{Seed: 3, Stream: 1, Step: uint32(i + 1)}}
		all := 2*n + op.Extra
		var priors []float32
		if i%2 == 1 {
			priors = in.positive(n, 1)
		}
		GaussianStep(t, d, op, in.normal(op.Samples*n, 1), priors, in.normal(all, 2), in.normal(all, 0.1), in.positive(all, 1), in.normal(all, 1))
		GaussianStep(t, d, op, in.wild(op.Samples*n), priors, in.wild(all), in.wild(all), in.wild(all), in.wild(all))
	}
}

package kerneltest

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// sampleKey has a Sample that wraps around, which must not carry into another field.
var sampleKey = kernels.Key{Seed: 0x0123456789abcdef, Stream: 7, Step: 3,
	Sample: math.MaxUint32 - 1}

func nextSample(key kernels.Key, s int) kernels.Key {
	key.Sample += uint32(s)
	return key
}

// checkSampleGaussian checks one call.
func checkSampleGaussian(t testing.TB, d kernels.Device, key kernels.Key, samples int, mu,
	sigma []float32) {
	t.Helper()
	n := len(mu)
	c := newCall(t, d, "SampleGaussian samples=%d n=%d", samples, n)
	bufMu, mu := c.in32("Mu", mu)
	bufSigma, sigma := c.in32("Sigma", sigma)
	bufW, w := c.out32("W", samples*n)
	d.SampleGaussian(kernels.SampleGaussian{Key: key, Samples: samples, N: n, Mu: bufMu,
		Sigma: bufSigma, W: bufW, Keep: n%2 == 1})
	for s := range samples {
		for i := range n {
			w[s*n+i] = ref.FMA(sigma[i], nextSample(key, s).Normal(i), mu[i])
		}
	}
	c.check()
}

func testSampleGaussian(t *testing.T, d kernels.Device) {
	in := newInputs()
	for _, n := range lengths() {
		checkSampleGaussian(t, d, sampleKey, 3, in.normal(n, 1), in.positive(n, 2))
	}
	checkSampleGaussian(t, d, sampleKey, 0, in.normal(5, 1), in.positive(5, 2))
	checkSampleGaussian(t, d, kernels.Key{}, 2, in.wild(200), in.wild(200))
}

// checkSampleGaussianGrad checks one call.
func checkSampleGaussianGrad(t testing.TB, d kernels.Device, key kernels.Key, samples, n int,
	dw []float32) {
	t.Helper()
	c := newCall(t, d, "SampleGaussianGrad samples=%d n=%d", samples, n)
	bufDW, dw := c.in32("DW", dw)
	bufDMu, dMu := c.out32("DMu", n)
	bufDSigma, dSigma := c.out32("DSigma", n)
	d.SampleGaussianGrad(kernels.SampleGaussianGrad{Key: key, Samples: samples, N: n, DW: bufDW,
		DMu: bufDMu, DSigma: bufDSigma})
	clear(dMu)
	clear(dSigma)
	for s := range samples {
		for i, g := range dw[s*n : (s+1)*n] {
			dMu[i] += g
			dSigma[i] = ref.FMA(g, nextSample(key, s).Normal(i), dSigma[i])
		}
	}
	c.check()
}

func testSampleGaussianGrad(t *testing.T, d kernels.Device) {
	in := newInputs()
	for _, n := range lengths() {
		checkSampleGaussianGrad(t, d, sampleKey, 3, n, in.normal(3*n, 1))
	}
	checkSampleGaussianGrad(t, d, sampleKey, 0, 5, nil)
	checkSampleGaussianGrad(t, d, kernels.Key{}, 2, 200, in.wild(400))
}

package cpu_test

import (
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
)

func TestSampleGaussianOracle(t *testing.T) {
	d, m := newOracleTest(t)
	const samples, n = 5, 200
	key := kernels.Key{Seed: 4, Stream: 2, Step: 1}
	mu, sigma, dw := m.Normal(n, 0, 1), m.Scales(n, 1), m.Normal(samples*n, 0, 1)
	draw := func(mu, sigma kernels.F32) []float32 {
		w := d.Float32(samples * n)
		d.SampleGaussian(kernels.SampleGaussian{Key: key, Samples: samples, N: n, Mu: mu,
			Sigma: sigma, W: w})
		return kernelcase.Read(t, w)
	}
	ones := make([]float32, n)
	for i := range ones {
		ones[i] = 1
	}
	eps := widen(draw(d.Float32(n), m.F32(ones)))
	w := func(x []float64, s, i int) float64 { return x[i] + x[n+i]*eps[s*n+i] }
	x := concat(widen(mu), widen(sigma))
	want := make([]float64, samples*n)
	for i := range want {
		want[i] = w(x, i/n, i%n)
	}
	near(t, "W", draw(m.F32(mu), m.F32(sigma)), want, 6e-8)

	op := kernels.SampleGaussianGrad{Key: key, Samples: samples, N: n, DW: m.F32(dw),
		DMu: d.Float32(n), DSigma: d.Float32(n)}
	d.SampleGaussianGrad(op)
	got := concat(widen(kernelcase.Read(t, op.DMu)), widen(kernelcase.Read(t, op.DSigma)))
	near(t, "DMu and DSigma", got, gradient(func(x []float64) float64 {
		sum := 0.0
		for i, g := range dw {
			sum += float64(g) * w(x, i/n, i%n)
		}
		return sum
	}, x), 3e-7)
}

// Samples belong to the key, not to the call: any batch of them can be drawn again.
func TestSampleGaussianSplit(t *testing.T) {
	d, m := newOracleTest(t)
	const n = 70
	mu, sigma := m.F32(m.Normal(n, 0, 1)), m.F32(m.Scales(n, 1))
	all, part := d.Float32(6*n), d.Float32(2*n)
	d.SampleGaussian(kernels.SampleGaussian{Key: kernels.Key{Sample: 10}, Samples: 6, N: n, Mu: mu,
		Sigma: sigma, W: all})
	d.SampleGaussian(kernels.SampleGaussian{Key: kernels.Key{Sample: 13}, Samples: 2, N: n, Mu: mu,
		Sigma: sigma, W: part})
	for i, w := range kernelcase.Read(t, part) {
		if want := kernelcase.Read(t, all)[3*n+i]; w != want {
			t.Fatalf("element %d is %v, want %v", i, w, want)
		}
	}
}

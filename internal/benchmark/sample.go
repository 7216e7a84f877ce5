package benchmark

import (
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// sampleCases are w = μ + σε for n elements, beside normal numbers from math/rand, and its
// gradient.
func sampleCases(n int) []benchmark {
	work := float64(n) * 1e-9
	return []benchmark{
		{kernel: "sample", shape: count(n), work: work, unit: "Gsamples/s", setup: func(f *field) {
			op := kernels.SampleGaussian{Samples: 1, N: n, Mu: f.uniform(n, -1, 1),
				Sigma: f.uniform(n, 0, 1), W: f.zeros(n)}
			f.rows(func(d *cpu.Device) func() { return func() { d.SampleGaussian(op) } })
			w := make([]float32, n)
			f.add("math/rand", 1, repeat(func() {
				for i := range w {
					w[i] = float32(f.random.NormFloat64())
				}
			}))
		}},
		{kernel: "sampleGrad", shape: count(n), work: work, unit: "Gsamples/s", setup: func(f *field) {
			op := kernels.SampleGaussianGrad{Samples: 1, N: n, DW: f.uniform(n, -1, 1),
				DMu: f.zeros(n), DSigma: f.zeros(n)}
			f.rows(func(d *cpu.Device) func() { return func() { d.SampleGaussianGrad(op) } })
		}},
	}
}

package benchmark

import (
	"fmt"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// count writes a number of elements.
func count(n int) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%dMi", n>>20)
	}
	return fmt.Sprint(n)
}

// elementwiseCases are the operations on n elements, bounded by the memory. The bytes
// counted are those that the formula reads and writes.
func elementwiseCases(n int) []benchmark {
	elementwise := func(kernel string, words int, setup func(f *field)) benchmark {
		return benchmark{kernel: kernel, shape: count(n), work: 4e-9 * float64(words*n),
			unit: "GB/s", limit: copyLimit(n), setup: setup}
	}
	unary := func(function kernels.Function, lo, hi float32) benchmark {
		return elementwise(function.String(), 2, func(f *field) {
			op := kernels.Unary{Function: function, N: n, Src: f.uniform(n, lo, hi), Dst: f.zeros(n)}
			f.rows(func(d *cpu.Device) func() { return func() { d.Unary(op) } })
		})
	}
	activation := func(kernel string, a kernels.Activation) benchmark {
		return elementwise(kernel, 3, func(f *field) {
			op := kernels.ActivationGrad{Activation: a, N: n, Y: f.uniform(n, -1, 1),
				DY: f.uniform(n, -1, 1), DX: f.zeros(n)}
			f.rows(func(d *cpu.Device) func() { return func() { d.ActivationGrad(op) } })
		})
	}
	var all []benchmark
	for f := range kernels.Function(len(ref.Unary)) {
		switch f {
		case kernels.Log, kernels.Log1p:
			all = append(all, unary(f, 0.1, 10))
		default:
			all = append(all, unary(f, -10, 10))
		}
	}
	return append(all, []benchmark{
		activation("reluGrad", kernels.ReLU),
		activation("tanhGrad", kernels.Tanh),
		elementwise("gaussianScale", 3, func(f *field) {
			op := kernels.GaussianScale{N: n, Rho: f.uniform(n, -5, 1), Sigma: f.zeros(n),
				InvSigma: f.zeros(n)}
			f.rows(func(d *cpu.Device) func() { return func() { d.GaussianScale(op) } })
		}),
		elementwise("gaussianScaleGrad", 3, func(f *field) {
			op := kernels.GaussianScaleGrad{N: n, DSigma: f.uniform(n, -1, 1),
				Rho: f.uniform(n, -5, 1), DRho: f.zeros(n)}
			f.rows(func(d *cpu.Device) func() { return func() { d.GaussianScaleGrad(op) } })
		}),
		elementwise("kl", 6, func(f *field) {
			op := kernels.KLGaussian{N: n, Mu: f.uniform(n, -1, 1), Sigma: f.uniform(n, 0.1, 1),
				PriorStd: 1, Weight: 1,
				KL: f.memory.Float64(1), DMu: f.zeros(n), DSigma: f.zeros(n)}
			f.rows(func(d *cpu.Device) func() { return func() { d.KLGaussian(op) } })
		}),
		elementwise("adam", 7, func(f *field) {
			op := kernels.Adam{N: n, X: f.uniform(n, -1, 1), M: f.zeros(n), V: f.zeros(n),
				Grad: f.uniform(n, -1, 1),
				LR:   1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 1}
			f.rows(func(d *cpu.Device) func() { return func() { d.Adam(op) } })
		}),
		elementwise("sum", 1, func(f *field) {
			op := kernels.Sum{Batch: 1, N: n, Src: f.uniform(n, -1, 1), Dst: f.memory.Float64(1), Scale: 1}
			f.rows(func(d *cpu.Device) func() { return func() { d.Sum(op) } })
		}),
	}...)
}

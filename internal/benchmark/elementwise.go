package benchmark

import (
	"fmt"

	"github.com/symvi/symvi/internal/kernelcase"
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

// kind is a benchmark of a kind of case, with every row of microkernels.
func (b benchmark) kind(s kernelcase.Sizes) benchmark {
	kind := kernelcase.Named(b.kernel)
	b.setup = func(f *field) {
		c := kind.Case(f.memory, s)
		f.rows(func(d *cpu.Device) func() { return func() { c.RunOn(d) } })
	}
	return b
}

// elementwiseCases are the operations on n elements, bounded by the memory. The words
// counted for an element are those that the formula reads and writes.
func elementwiseCases(n int) (all []benchmark) {
	words := map[string]int{"reluGrad": 3, "tanhGrad": 3, "gaussianScale": 3, "gaussianScaleGrad": 3,
		"kl": 6, "adam": 7, "sum": 1}
	for f := range kernels.Function(len(ref.Unary)) {
		words[f.String()] = 2
	}
	for _, kind := range kernelcase.Kinds() {
		if w := words[kind.Name]; w != 0 {
			b := benchmark{kernel: kind.Name, shape: count(n), work: 4e-9 * float64(w*n),
				unit: "GB/s", limit: copyLimit(n)}
			all = append(all, b.kind(kernelcase.Sizes{N: n, Batch: 1}))
		}
	}
	return all
}

// sampleCases are w = μ + σε for n elements, beside normal numbers from math/rand, and its
// gradient.
func sampleCases(n int) []benchmark {
	b := benchmark{shape: count(n), work: float64(n) * 1e-9, unit: "Gsamples/s"}
	b.kernel = "sampleGrad"
	gradient := b.kind(kernelcase.Sizes{N: n, Batch: 1})
	b.kernel = "sample"
	sample := b.kind(kernelcase.Sizes{N: n, Batch: 1})
	rows, w := sample.setup, make([]float32, n)
	sample.setup = func(f *field) {
		rows(f)
		f.add("math/rand", 1, repeat(func() {
			for i := range w {
				w[i] = float32(f.random.NormFloat64())
			}
		}))
	}
	return []benchmark{sample, gradient}
}

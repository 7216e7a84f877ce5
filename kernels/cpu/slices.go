package cpu

import (
	"sync"

	"github.com/symvi/symvi/kernels"
)

// best is the row that New takes by default; where SYMVI_ISA is wrong, the best one.
var best = sync.OnceValue(func() *row {
	r, err := selectRow("")
	if err != nil {
		return rows()[0]
	}
	return r
})

// apply computes a function of whole slices of one length.
func apply(f kernels.Function, dst, src []float32) {
	checkLen("destination", len(dst), len(src))
	best().unary(dst, src, int(f))
}

// Exp computes dst[i] = e^src[i]. Like the functions below it may work in place; their
// largest errors are stated in internal/ref. Slices of different lengths are a panic.
func Exp(dst, src []float32) { apply(kernels.Exp, dst, src) }

// Log computes dst[i] = log src[i].
func Log(dst, src []float32) { apply(kernels.Log, dst, src) }

// Log1p computes dst[i] = log(1 + src[i]).
func Log1p(dst, src []float32) { apply(kernels.Log1p, dst, src) }

// Tanh computes dst[i] = tanh src[i].
func Tanh(dst, src []float32) { apply(kernels.TanhFunction, dst, src) }

// Softplus computes dst[i] = log(1 + e^src[i]).
func Softplus(dst, src []float32) { apply(kernels.Softplus, dst, src) }

// Sigmoid computes dst[i] = 1/(1 + e^−src[i]).
func Sigmoid(dst, src []float32) { apply(kernels.Sigmoid, dst, src) }

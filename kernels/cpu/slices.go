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

// Exp computes dst[i] = e^src[i], with an error of at most 0.99 ulp. Like the functions below it
// may work in place, and panics where the lengths differ.
func Exp(dst, src []float32) { apply(kernels.Exp, dst, src) }

// Log computes dst[i] = log src[i], with an error of at most 0.84 ulp.
func Log(dst, src []float32) { apply(kernels.Log, dst, src) }

// Log1p computes dst[i] = log(1 + src[i]), with an error of at most 1.59 ulp.
func Log1p(dst, src []float32) { apply(kernels.Log1p, dst, src) }

// Tanh computes dst[i] = tanh src[i], with an error of at most 1.34 ulp.
func Tanh(dst, src []float32) { apply(kernels.TanhFunction, dst, src) }

// Softplus computes dst[i] = log(1 + e^src[i]), with an error of at most 1.87 ulp.
func Softplus(dst, src []float32) { apply(kernels.Softplus, dst, src) }

// Sigmoid computes dst[i] = 1/(1 + e^−src[i]), with an error of at most 2.41 ulp.
func Sigmoid(dst, src []float32) { apply(kernels.Sigmoid, dst, src) }

// Gemm is Device.GemmSlices on the calling thread: C = op(A)·op(B), or C += with accumulate.
// Calls at the same time wait for one another; a Device uses all threads.
func Gemm(transA, transB bool, m, n, k int, a []float32, lda int, b []float32, ldb int,
	c []float32, ldc int, accumulate bool) {
	alone().GemmSlices(transA, transB, m, n, k, a, lda, b, ldb, c, ldc, accumulate)
}

// alone is a device of one thread.
var alone = sync.OnceValue(func() *Device {
	d, err := New(Options{ISA: best().name, Threads: 1})
	if err != nil {
		panic(err) // best is there
	}
	return d
})

// Normals draws dst from N(0, 1): elements first, first+1, … of the vector that key names, so
// that any part of it can be drawn anywhere again. They are those of Key.Normals, bit for bit.
func Normals(dst []float32, key kernels.Key, first int) {
	for len(dst) > 0 {
		n := min(len(dst), len(unit.zeros))
		best().sampleGaussian(dst[:n], nil, unit.zeros[:n], unit.ones[:n], key, first, ahead{})
		dst, first = dst[n:], first+n
	}
}

// unit are mean and standard deviation of N(0, 1).
var unit = func() (u struct{ zeros, ones [1024]float32 }) {
	for i := range u.ones {
		u.ones[i] = 1
	}
	return u
}()

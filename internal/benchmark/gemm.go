package benchmark

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// product is the shape of a matrix product; the items of a batch share A.
type product struct {
	transpose      kernels.Transpose
	batch, m, n, k int
	scaling        bool
}

// products are those of the networks that this project trains, and cubes.
var products = []product{
	{kernels.NT, 1, 100, 30, 784, false},
	{kernels.NT, 1, 100, 10, 30, false},
	{kernels.NT, 1, 100, 512, 784, false},
	{kernels.NT, 1, 64, 64, 64, false},
	{kernels.NT, 1, 512, 512, 512, true},
	{kernels.NT, 1, 1024, 1024, 1024, false},
	{kernels.NT, 1, 10000, 30, 784, false},
	{kernels.TN, 1, 30, 784, 100, false},
	{kernels.NN, 1, 100, 784, 30, false},
	{kernels.NT, 16, 100, 30, 784, false},
	{kernels.NT, 256, 100, 30, 784, true},
}

// library is an implementation of the BLAS interface, called once for every item.
type library struct {
	name string
	// sgemm computes n times the product p.
	sgemm func(n int, p product, a, b, c []float32)
}

// libraries are the alternatives; the build tag openblas adds OpenBLAS.
var libraries = []library{{"gonum", gonumProduct}}

func (p product) benchmark() benchmark {
	shape := fmt.Sprintf("%v-%dx%dx%d", p.transpose, p.m, p.n, p.k)
	if p.batch > 1 {
		shape = fmt.Sprintf("%v-%dx%dx%dx%d", p.transpose, p.batch, p.m, p.n, p.k)
	}
	flops := 2 * float64(p.batch) * float64(p.m) * float64(p.n) * float64(p.k)
	return benchmark{kernel: "gemm", shape: shape, work: flops * 1e-9, unit: "GFLOP/s",
		limit: multiplyLimit, scaling: p.scaling, setup: p.setup}
}

func (p product) setup(f *field) {
	a, b := f.values(p.m*p.k, -1, 1), f.values(p.batch*p.k*p.n, -1, 1)
	lda, ldb := p.strides()
	g := kernels.Gemm{Transpose: p.transpose, Batch: p.batch, M: p.m, N: p.n, K: p.k,
		A: f.upload(a), LDA: lda, B: f.upload(b), LDB: ldb, StrideB: p.k * p.n,
		C: f.memory.Float32(p.batch * p.m * p.n), LDC: p.n, StrideC: p.m * p.n}
	f.rows(func(d *cpu.Device) func() { return func() { d.Gemm(g) } })
	c := make([]float32, p.batch*p.m*p.n)
	for _, l := range libraries {
		f.add(l.name, 1, func(n int) { l.sgemm(n, p, a, b, c) })
	}
}

// strides are the leading dimensions of A and B.
func (p product) strides() (lda, ldb int) {
	lda, ldb = p.k, p.n
	if p.transpose == kernels.TN {
		lda = p.m
	}
	if p.transpose == kernels.NT {
		ldb = p.k
	}
	return lda, ldb
}

// gonumProduct is gonum's Sgemm; on one processor it starts no goroutines that matter.
func gonumProduct(n int, p product, a, b, c []float32) {
	flag := map[bool]blas.Transpose{false: blas.NoTrans, true: blas.Trans}
	tA, tB := flag[p.transpose == kernels.TN], flag[p.transpose == kernels.NT]
	lda, ldb := p.strides()
	for range n {
		for i := range p.batch {
			gonum.Implementation{}.Sgemm(tA, tB, p.m, p.n, p.k, 1, a, lda, b[i*p.k*p.n:], ldb, 0,
				c[i*p.m*p.n:], p.n)
		}
	}
}

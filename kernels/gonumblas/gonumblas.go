// Package gonumblas speeds up gonum programs: an implementation of gonum's
// blas.Float32 that is gonum's own but for the matrix product, which runs on the
// kernels of package cpu.
//
//	impl, err := gonumblas.New(cpu.Options{})
//	…
//	blas32.Use(impl)
package gonumblas

import (
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/symvi/symvi/kernels/cpu"
)

// Implementation is gonum's BLAS with a faster Sgemm. Concurrent calls are safe;
// the products among them run one after the other, each on all threads.
type Implementation struct {
	gonum.Implementation
	device *cpu.Device
	temp   sync.Pool // *[]float32
}

var _ blas.Float32 = (*Implementation)(nil)

// New starts the threads of an Implementation; its errors are those of cpu.New.
func New(o cpu.Options) (*Implementation, error) {
	device, err := cpu.New(o)
	if err != nil {
		return nil, err
	}
	return &Implementation{device: device, temp: sync.Pool{New: func() any {
		return new([]float32)
	}}}, nil
}

// Close stops the threads; no product may follow.
func (impl *Implementation) Close() error { return impl.device.Close() }

// Sgemm computes C = α·op(A)·op(B) + β·C like gonum's, bad arguments included.
// Every term is multiplied, also where A is 0, which gonum skips: 0·∞ is NaN here.
// The product is rounded as kernels.Gemm says; α and β are applied afterwards.
func (impl *Implementation) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32,
	lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if alpha == 0 || m <= 0 || n <= 0 || k <= 0 || !holds(tA, m, k, a, lda) ||
		!holds(tB, k, n, b, ldb) || !holds(blas.NoTrans, m, n, c, ldc) {
		// no product, or a panic
		impl.Implementation.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	product := func(dst []float32, ld int, accumulate bool) {
		impl.device.GemmSlices(tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, a, lda, b, ldb, dst,
			ld, accumulate)
	}
	switch {
	case beta == 0:
		product(c, ldc, false)
		impl.scale(alpha, m, n, c, ldc)
	case alpha == 1:
		impl.scale(beta, m, n, c, ldc)
		product(c, ldc, true)
	default:
		buffer := impl.temp.Get().(*[]float32)
		defer impl.temp.Put(buffer)
		if cap(*buffer) < m*n {
			*buffer = make([]float32, m*n)
		}
		t := (*buffer)[:m*n]
		product(t, n, false)
		impl.scale(beta, m, n, c, ldc)
		for i := range m {
			impl.Saxpy(n, alpha, t[i*n:], 1, c[i*ldc:], 1)
		}
	}
}

// holds reports whether x can be the rows×cols operand op(X).
func holds(t blas.Transpose, rows, cols int, x []float32, ld int) bool {
	switch t {
	case blas.NoTrans:
	case blas.Trans, blas.ConjTrans:
		rows, cols = cols, rows
	default:
		return false
	}
	return ld >= cols && len(x) >= (rows-1)*ld+cols
}

// scale multiplies the m×n matrix c by x.
func (impl *Implementation) scale(x float32, m, n int, c []float32, ldc int) {
	for i := 0; i < m && x != 1; i++ {
		impl.Sscal(n, x, c[i*ldc:], 1)
	}
}

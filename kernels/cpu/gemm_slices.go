package cpu

import (
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// GemmSlices is Gemm for one item in plain memory: C = op(A)·op(B), or C += with
// accumulate. op(A) is m×k and op(B) k×n; a transposed operand is stored k×m or n×k. Rows
// are lda, ldb and ldc elements apart. C must not share memory with A or B. Unlike Gemm it can
// transpose both. Slices that do not hold their matrices are a panic.
func (d *Device) GemmSlices(transA, transB bool, m, n, k int, a []float32, lda int, b []float32,
	ldb int, c []float32, ldc int, accumulate bool) {
	rowsA, colsA, rowsB, colsB := m, k, k, n
	if transA {
		rowsA, colsA = k, m
	}
	if transB {
		rowsB, colsB = n, k
	}
	checkMatrix("A", a, rowsA, colsA, lda)
	checkMatrix("B", b, rowsB, colsB, ldb)
	checkMatrix("C", c, m, n, ldc)
	if m == 0 || n == 0 {
		return
	}
	defer d.lock()()
	g := kernels.Gemm{Batch: 1, M: m, N: n, K: k, LDA: lda, LDB: ldb, LDC: ldc, Accumulate: accumulate}
	d.jobs.gemm = gemmJob{g: g, a: a, b: b, c: c}
	d.gemm(transA, transB)
}

func checkMatrix(name string, x []float32, rows, cols, ld int) {
	if ld < cols && rows > 1 {
		panic(fmt.Sprintf("kernels: GemmSlices: the leading dimension of %s is %d, want at least the %d "+
			"columns of a row", name, ld, cols))
	}
	if rows < 0 || cols < 0 || rows > 0 && len(x) < (rows-1)*ld+cols {
		panic(fmt.Sprintf("kernels: GemmSlices: %s has %d elements, which do not hold %d×%d with "+
			"leading dimension %d",
			name, len(x), rows, cols, ld))
	}
}

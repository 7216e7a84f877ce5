package kernels

import "fmt"

// GemmSlices is Gemm for one item in plain memory: C = op(A)·op(B), or C += with
// accumulate. op(A) is m×k and op(B) k×n; a transposed operand is stored k×m or
// n×k. Unlike Gemm it can transpose both.
func (d *CPU) GemmSlices(transA, transB bool, m, n, k int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, accumulate bool) {
	shapeA, shapeB := matrices{1, 0, m, lda, k}, matrices{1, 0, k, ldb, n}
	if transA {
		shapeA.rows, shapeA.cols = k, m
	}
	if transB {
		shapeB.rows, shapeB.cols = n, k
	}
	checkMatrix("A", a, shapeA)
	checkMatrix("B", b, shapeB)
	checkMatrix("C", c, matrices{1, 0, m, ldc, n})
	if m == 0 || n == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	g := Gemm{Batch: 1, M: m, N: n, K: k, LDA: lda, LDB: ldb, LDC: ldc, Accumulate: accumulate}
	d.jobs.gemm = gemmJob{g: g, a: a, b: b, c: c}
	d.gemm(transA, transB)
}

func checkMatrix(name string, x []float32, m matrices) {
	if m.rows < 0 || m.cols < 0 || m.ld < m.cols && m.rows > 1 || len(x) < m.span() {
		panic(fmt.Sprintf("kernels: GemmSlices: %s has %d elements, which do not hold shape %v", name, len(x), m))
	}
}

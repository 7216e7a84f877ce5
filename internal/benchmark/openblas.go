//go:build openblas && cgo

package benchmark

// #cgo LDFLAGS: -lopenblas
// #include <cblas.h>
//
// // The loops are here so that a call from Go to C is paid once a round.
// static void repeat(int n, int batch, int tA, int tB, int m, int cols, int k,
//                    const float *a, int lda, const float *b, int ldb, float *c) {
//     for (int r = 0; r < n; r++)
//         for (int i = 0; i < batch; i++)
//             cblas_sgemm(CblasRowMajor, tA ? CblasTrans : CblasNoTrans,
//                         tB ? CblasTrans : CblasNoTrans, m, cols, k, 1, a, lda,
//                         b + (long)i * k * cols, ldb, 0, c + (long)i * m * cols, cols);
// }
import "C"

import (
	"unsafe"

	"github.com/symvi/symvi/kernels"
)

func init() {
	C.openblas_set_num_threads(1)
	libraries = append(libraries, library{"openblas", openblasProduct})
}

func openblasProduct(n int, p product, a, b, c []float32) {
	lda, ldb := p.strides()
	C.repeat(C.int(n), C.int(p.batch), truth(p.transpose == kernels.TN),
		truth(p.transpose == kernels.NT), C.int(p.m), C.int(p.n), C.int(p.k), pointer(a),
		C.int(lda), pointer(b), C.int(ldb), pointer(c))
}

func pointer(x []float32) *C.float { return (*C.float)(unsafe.Pointer(&x[0])) }

func truth(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

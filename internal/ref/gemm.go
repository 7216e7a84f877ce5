package ref

// KC is the number of terms of one panel of a matrix product; it is part of
// the specification, not a tuning parameter.
const KC = 512

// Gemm computes C = A·B, or C += A·B when accumulate is true, element by element:
//
//	for every panel of at most KC values of p, in order:
//	    s = 0;  s = fma(A[i,p], B[p,j], s) for p increasing
//	    C[i,j] = s (first panel, not accumulating)  or  C[i,j] + s
//
// A is m×k with element (i,p) at a[i*rsa+p*csa]; B is k×n with element (p,j)
// at b[p*rsb+j*csb]; C is m×n, row-major with leading dimension ldc.
// With k = 0 the sum is empty: C = 0, or C unchanged.
func Gemm(m, n, k int, a []float32, rsa, csa int, b []float32, rsb, csb int, c []float32, ldc int,
	accumulate bool) {
	for i := range m {
		for j := range n {
			cij := &c[i*ldc+j]
			if k == 0 && !accumulate {
				*cij = 0
			}
			for p0 := 0; p0 < k; p0 += KC {
				var s float32
				for p := p0; p < min(p0+KC, k); p++ {
					s = FMA(a[i*rsa+p*csa], b[p*rsb+j*csb], s)
				}
				if p0 == 0 && !accumulate {
					*cij = s
				} else {
					*cij += s
				}
			}
		}
	}
}

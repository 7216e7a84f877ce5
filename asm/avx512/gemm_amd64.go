package avx512

// GemmPanel computes one panel of a matrix product, for i < m and j < n ≤ 32:
//
//	var s float32
//	for p := range k {
//		s = fma(a[i*rsa+p*csa], b[p*ldb+j], s)
//	}
//	if mode&1 != 0 { s = c[i*ldc+j] + s }
//	if bias != nil { s += bias[j] }
//	if mode&2 != 0 && s <= 0 { s = 0 }
//	c[i*ldc+j] = s
//
// m, n and k are at least 1; rows of b are readable up to n rounded up to 16.
//
//go:noescape
func GemmPanel(m, n, k int, a []float32, rsa, csa int, b []float32, ldb int, c []float32, ldc int,
	bias []float32, mode int)

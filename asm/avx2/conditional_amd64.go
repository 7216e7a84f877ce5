package avx2

// ConditionalSquares computes, for n = len(sums) a multiple of 16 and w of rows of n elements,
//
//	for i := range sums {
//		sums[i] = 0
//		for b, j := range columns {
//			z := (w[j*n+i] - mu[b]) * invSigma[b]
//			sums[i] = fma(z, z, sums[i])
//		}
//	}
//
//go:noescape
func ConditionalSquares(sums, w []float32, columns []int32, mu, invSigma []float32)

package avx2

// PeakFlops is the number of operations of one iteration of Peak.
const PeakFlops = 12 * 8 * 2

// Peak does what bounds a matrix product, and nothing else, n ≥ 1 times: 12 independent
// fused multiply-adds of 8 lanes each,
//
//	for range n {
//		for i := range 12 {
//			acc[i] = fma(x, y, acc[i])
//		}
//	}
//
//go:noescape
func Peak(n int)

// Copy copies with plain loads and stores what bounds an elementwise kernel:
//
//	for i := range src {
//		dst[i] = src[i]
//	}
//
// len(src) is a multiple of 32, at least 32, and dst is as long.
//
//go:noescape
func Copy(dst, src []float32)

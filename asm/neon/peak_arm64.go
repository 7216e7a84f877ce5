package neon

// PeakFlops is the number of operations of one iteration of Peak.
const PeakFlops = 24 * 4 * 2

// Peak does what bounds a matrix product, and nothing else, n ≥ 1 times: 24 independent
// fused multiply-adds of 4 lanes each,
//
//	for range n {
//		for i := range 24 {
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
// len(src) is a multiple of 16, at least 16, and dst is as long.
//
//go:noescape
func Copy(dst, src []float32)

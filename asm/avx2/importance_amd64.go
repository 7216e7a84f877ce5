package avx2

// MaskedLanes computes, for b of a length that is a multiple of 16,
//
//	for j := range b {
//		acc[j%16] += float64(b[j] * free[j])
//	}
//
//go:noescape
func MaskedLanes(acc, b, free []float64)

// AddScaled computes, for x of a length that is a multiple of 16,
//
//	for j := range x {
//		dst[j] += float64(x[j] * r)
//	}
//
//go:noescape
func AddScaled(dst, x []float64, r float64)

// Shares computes, for mass of a length that is a multiple of 16,
//
//	for j, m := range mass {
//		q := 0.0
//		if m > 0 {
//			q = float64(a[j]*r) / m
//		}
//		b[j] = q + 0x1p-60
//	}
//
//go:noescape
func Shares(b, a, mass []float64, r float64)

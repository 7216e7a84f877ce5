package neon

// MaskedLanes computes, for b of a length that is a multiple of 16,
//
//	for j := range b {
//		acc[j%16] += float64(b[j] * free[j])
//	}
//
//go:noescape
func MaskedLanes(acc, b, free []float64)

// SweepRow computes, for a of a length that is a multiple of 16,
//
//	var acc [16]float64
//	for j := range a {
//		acc[j%16] += float64(a[j] * cols[j])
//	}
//	r := 0.0
//	if sum := tree(acc); sum > 0x1p-512 {
//		r = 1 / sum
//	}
//	for j := range a {
//		mass[j] += float64(a[j] * r)
//	}
//	return r
//
// where tree adds lanes l and l+8, then 4, 2 and 1.
//
//go:noescape
func SweepRow(mass, a, cols []float64) float64

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

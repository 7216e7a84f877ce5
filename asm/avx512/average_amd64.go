package avx512

// Weights computes, with at least one x,
//
//	largest = x[0]; for _, v := range x { if v > largest { largest = v } }
//	for k, v := range x { weights[k] = exp64(v - largest); sum += weights[k] }
//	for k := range weights { weights[k] /= sum }
//
//go:noescape
func Weights(weights, x []float64) (largest, sum float64)

// ExpScaled computes, for i < len(c), which may be −∞ but not NaN:
//
//	b[i] = 0
//	if c[i] != −∞ {
//		b[i] = exp(c[i] - u - v[i])
//	}
//
//go:noescape
func ExpScaled(b, c, v []float64, u float64)

package neon

// GatherAdd computes, for k < len(logs),
//
//	for i, j := range perms[k*n : (k+1)*n] { logs[k] += c[i*n+j] }
//
// A j outside 0 … n-1 counts as n-1: the sum is wrong, but nothing outside c is read.
//
//go:noescape
func GatherAdd(logs, c []float64, perms []int32, n int)

// ScatterAdd computes, for k < len(weights),
//
//	for i, j := range perms[k*n : (k+1)*n] { c[i*n+j] += weights[k] }
//
// A j outside 0 … n-1 counts as n-1: the result is wrong, but nothing outside c is written.
//
//go:noescape
func ScatterAdd(c, weights []float64, perms []int32, n int)

// Weights computes, with at least one x,
//
//	largest = x[0]; for _, v := range x { if v > largest { largest = v } }
//	for k, v := range x { weights[k] = ref.Exp64(v - largest); sum += weights[k] }
//	for k := range weights { weights[k] /= sum }
//
//go:noescape
func Weights(weights, x []float64) (largest, sum float64)

// ExpScaled computes, for i < len(c), which may be −∞ but not NaN:
//
//	b[i] = 0
//	if c[i] != −∞ {
//		b[i] = ref.Exp64(c[i] - u - v[i])
//	}
//
//go:noescape
func ExpScaled(b, c, v []float64, u float64)

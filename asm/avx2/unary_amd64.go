package avx2

// The transcendental functions of slices; dst may be src.

// Exp computes, for every i:
//
//	dst[i] = exp(src[i])
//
//go:noescape
func Exp(dst, src []float32)

// Log computes, for every i:
//
//	dst[i] = log(src[i])
//
//go:noescape
func Log(dst, src []float32)

// Log1p computes, for every i:
//
//	dst[i] = log1p(src[i])
//
//go:noescape
func Log1p(dst, src []float32)

// Tanh computes, for every i:
//
//	dst[i] = tanh(src[i])
//
//go:noescape
func Tanh(dst, src []float32)

// Softplus computes, for every i:
//
//	dst[i] = max(src[i], 0) + log1p(exp(-abs(src[i])))
//
//go:noescape
func Softplus(dst, src []float32)

// Sigmoid computes, for every i:
//
//	dst[i] = 1 / (1 + exp(-src[i]))
//
//go:noescape
func Sigmoid(dst, src []float32)

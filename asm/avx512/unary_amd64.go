package avx512

// Unary computes, for every i:
//
//	dst[i] = ref.Unary[function].Of(src[i])
//
// A function that is not there is an illegal instruction.
//
//go:noescape
func Unary(dst, src []float32, function int)

package neon

// simdCheck runs each instruction of simd_arm64.h once, in the order of its test's
// table, on Vn = *a and Vm = *b, and stores the results in out. It is only tested.
//
//go:noescape
func simdCheck(out *[simdChecks][16]byte, a, b *[16]byte)

const simdChecks = 28

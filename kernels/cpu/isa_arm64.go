//go:build !purego

package cpu

// rows returns the rows every arm64 processor can run, the best one first:
// Advanced SIMD is part of Go's minimum for arm64.
func rows() []*row { return []*row{neonRow(), portable()} }

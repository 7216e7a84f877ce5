//go:build !purego

package cpu

import "github.com/klauspost/cpuid/v2"

// rows returns the rows this processor and its operating system can run, the
// best one first. The portable row is always there and last.
func rows() []*row {
	var found []*row
	hasAVX2 := cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3, cpuid.BMI1, cpuid.BMI2, cpuid.LZCNT,
		cpuid.POPCNT)
	if hasAVX2 && cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL) {
		found = append(found, avx512Row())
	}
	if hasAVX2 {
		found = append(found, avx2Row())
	}
	return append(found, portable())
}

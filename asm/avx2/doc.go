// Package avx2 holds the microkernels in AVX2 and FMA3 assembly. Callers make sure
// that the processor has them and that the slices hold the shapes; see package asm.
package avx2

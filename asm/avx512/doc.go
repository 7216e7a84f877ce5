// Package avx512 holds the microkernels in AVX-512 F, DQ, BW and VL assembly. Callers make sure
// that the processor has them and that the slices hold the shapes; see package asm.
package avx512

// Package neon holds the microkernels in NEON (arm64 Advanced SIMD) assembly. Callers make sure
// that the processor has them and that the slices hold the shapes; see package asm.
package neon

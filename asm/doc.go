// Package asm is the root of the hand-written assembly and holds no code itself.
//
// One leaf package per instruction set, avx2, avx512 and neon (and pause and prefetch, hints to
// the processor), each with one .s file per kernel under the same stem everywhere, and beside it
// the Go file of the same name that declares the functions:
//
//	asm/avx512/gemm_amd64.s    the instructions
//	asm/avx512/gemm_amd64.go   the stubs; a stub's comment is the Go loop it computes
//
// The leaves import nothing and check nothing: package cpu (kernels/cpu) picks a row of
// them for the processor (kernels/cpu/row_*.go is the index) and passes only slices
// that hold the shapes. What must come out, bit for bit, is in internal/ref, and so are the
// values of constants: "make constants" writes them into the tables here, wherever one is named.
package asm

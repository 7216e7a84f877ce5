// Package cpu is the kernels.Device of the machine's processors. It owns what is not
// arithmetic – blocking, packing, threads and scratch memory – and chooses a row of
// microkernels for the arithmetic: portable Go, AVX2, AVX-512 or NEON, which give the same bits.
//
// Functions such as Exp do the same on plain slices, on the calling thread.
package cpu

package kernels

// avx512Row is the AVX2 row with the kernels of asm/avx512: what has no
// AVX-512 version runs the AVX2 one.
func avx512Row() *row {
	r := avx2Row()
	r.name = "avx512"
	return r
}

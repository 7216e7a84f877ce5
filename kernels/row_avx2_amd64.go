package kernels

// avx2Row is the portable row with the kernels of asm/avx2.
func avx2Row() *row {
	r := portable()
	r.name = "avx2"
	return r
}

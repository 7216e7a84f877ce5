package kernels

// neonRow is the portable row with the kernels of asm/neon.
func neonRow() *row {
	r := portable()
	r.name = "neon"
	return r
}

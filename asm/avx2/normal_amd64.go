package avx2

// SampleGroups computes, for whole groups of 64 elements, at least one, with e counting from the
// first element of the group of the given first block (a multiple of 16):
//
//	z := boxMuller(philox([4]uint32{16*(e/64) + e%16, stream, step, sample}, seed)) // four numbers
//	w[i] = fma(sigma[i], z[e/16%4], mu[i])
//
// What depends on the key is in the schedule, each in all eight lanes, see kernels/cpu.
//
//go:noescape
func SampleGroups(w, mu, sigma *float32, groups int, block uint32, schedule *[19][8]uint32)

// SampleKeepGroups is SampleGroups that keeps the noise: noise[i] = z[e/16%4].
//
//go:noescape
func SampleKeepGroups(w, mu, sigma *float32, groups int, block uint32, schedule *[19][8]uint32,
	noise *float32)

// SampleGradGroups computes, with z as in SampleGroups:
//
//	dMu[i] += dw[i]
//	dSigma[i] = fma(dw[i], z[e/16%4], dSigma[i])
//
//go:noescape
func SampleGradGroups(dMu, dSigma, dw *float32, groups int, block uint32, schedule *[19][8]uint32)

package avx512

// KeptGrad computes, for every i < len(dw):
//
//	dMu[i] += dw[i]
//	dSigma[i] = fma(dw[i], noise[i], dSigma[i])
//
//go:noescape
func KeptGrad(dMu, dSigma, dw, noise []float32)

package avx2

// PairLogDensity computes, for every neuron j < len(c) with d = len(mu) parameters,
//
//	var acc [16]float64
//	for p := range d {
//		z := (w[j*d+p] - mu[p]) * invSigma[p]
//		acc[p%16] += float64(z) * float64(z)
//	}
//	c[j] = logNorm - 0.5*tree(acc)
//
// where tree adds lanes l and l+8, then 4, 2 and 1.
//
//go:noescape
func PairLogDensity(c []float64, w, mu, invSigma []float32, logNorm float64)

// PairGradAdd computes, for p < len(w),
//
//	dw[p] = fma(coefficient, (w[p]-mu[p])*invSigma[p]*invSigma[p], dw[p])
//
//go:noescape
func PairGradAdd(dw, w, mu, invSigma []float32, coefficient float32)

package neon

// PairLogDensity computes, with d = len(mu) and acc[p%16] a chain for every j:
//
//	for j := range c {
//		for p, x := range w[j*d : (j+1)*d] {
//			z := (x - mu[p]) * invSigma[p]
//			acc[p%16] += float64(z) * float64(z)
//		}
//		c[j] = logNorm - 0.5*tree(acc)
//	}
//
//go:noescape
func PairLogDensity(c []float64, w, mu, invSigma []float32, logNorm float64)

// PairGrad computes, for p < d = len(w),
//
//	dw[p] = 0
//	for i := range n {
//		if a := coefficients[i*stride]; a != 0 {
//			dw[p] = fma(a, (w[p]-mu[i*d+p])*invSigma[i*d+p]*invSigma[i*d+p], dw[p])
//		}
//	}
//
//go:noescape
func PairGrad(dw, w, mu, invSigma, coefficients []float32, stride, n int)

// PermutedPair computes, with acc[b%16] a chain for every b,
//
//	for b, j := range columns {
//		z := (w[j] - mu[b]) * invSigma[b]
//		acc[b%16] += float64(z) * float64(z)
//	}
//	return tree(acc)
//
// A j outside w counts as its last element: the sum is wrong, but nothing outside w is read.
//
//go:noescape
func PermutedPair(w, mu, invSigma []float32, columns []int32) float64

// PermutedGradAdd computes:
//
//	for b, j := range columns {
//		dw[j] = fma(coefficient, (w[j]-mu[b])*invSigma[b]*invSigma[b], dw[j])
//	}
//
// A j outside w counts as its last element; dw is as long as w.
//
//go:noescape
func PermutedGradAdd(dw, w, mu, invSigma []float32, columns []int32, coefficient float32)

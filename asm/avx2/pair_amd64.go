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

// PairGrad computes, for p < d = len(w) and n ≥ 1,
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

// PermutedPair computes, with a permutation in columns,
//
//	var acc [16]float64
//	for b, j := range columns {
//		z := (w[j] - mu[b]) * invSigma[b]
//		acc[b%16] += float64(z) * float64(z)
//	}
//	return tree(acc)
//
// A j outside w counts as the last: the sum is wrong, but nothing outside w is read.
//
//go:noescape
func PermutedPair(w, mu, invSigma []float32, columns []int32) float64

// PermutedGradAdd computes, with a permutation in columns,
//
//	for b, j := range columns {
//		dw[j] = fma(coefficient, (w[j]-mu[b])*invSigma[b]*invSigma[b], dw[j])
//	}
//
// A j outside w counts as the last.
//
//go:noescape
func PermutedGradAdd(dw, w, mu, invSigma []float32, columns []int32, coefficient float32)

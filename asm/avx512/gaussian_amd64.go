package avx512

// GaussianScale computes, for every i < len(rho):
//
//	sigma[i] = softplus(rho[i])
//	if sigma[i] < 0x1p-40 { sigma[i] = 0x1p-40 }
//	if len(invSigma) > 0 { invSigma[i] = 1 / sigma[i] }
//
//go:noescape
func GaussianScale(sigma, invSigma, rho []float32)

// GaussianScaleGrad computes, for every i < len(rho); dRho may be dSigma:
//
//	dRho[i] = dSigma[i] * sigmoid(rho[i])
//
//go:noescape
func GaussianScaleGrad(dRho, dSigma, rho []float32)

// KLGaussian computes, for every i < len(sigma), from lanes of 0 and 1:
//
//	q, m := sigma[i]*invPrior[i], mu[i]*invPrior[i]
//	acc[i%16] += float64(fma(m, m, q*q) - 1)
//	product[i%16] *= q; its exponent field is added to exponents and is then that of 1
//	dMu[i] = fma(m, weight*invPrior[i], dMu[i])
//	dSigma[i] += weight * (q*invPrior[i] - 1/sigma[i])
//
// and returns the sum of acc and the product of product, float64(product[l]), by the tree
// 16 → 8 → 4 → 2 → 1.
//
//go:noescape
func KLGaussian(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) (terms,
	mantissa float64, exponents int64)

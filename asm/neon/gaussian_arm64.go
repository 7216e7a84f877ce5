package neon

// GaussianScale computes for i, r := range rho { s := max(ref.Softplus(r), 2⁻⁴⁰);
// sigma[i], invSigma[i] = s, 1/s }; NaN stays NaN.
//
//go:noescape
func GaussianScale(sigma, invSigma, rho []float32)

// GaussianScaleGrad computes for i, r := range rho { dRho[i] = dSigma[i] * ref.Sigmoid(r) }.
//
//go:noescape
func GaussianScaleGrad(dRho, dSigma, rho []float32)

// KLGaussian computes, with acc[i%16] a chain for every i:
//
//	for i, s := range sigma {
//		q, m := s*invPrior[i], mu[i]*invPrior[i]
//		v := q * q
//		acc[i%16] += float64(fma(m, m, v)-1) - float64(ref.Log(v))
//		dMu[i] = fma(m, weight*invPrior[i], dMu[i])
//		dSigma[i] += weight * (q*invPrior[i] - 1/s)
//	}
//	return 0.5 * tree(acc)
//
//go:noescape
func KLGaussian(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) float64

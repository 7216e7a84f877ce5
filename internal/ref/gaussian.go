package ref

import "math"

// SigmaMin is the smallest standard deviation a posterior can have, 2⁻⁴⁰:
// far below any useful one, and large enough that 1/σ² and (σ/σ_prior)² stay
// normal numbers, so that no division or logarithm of σ can make an Inf or a NaN.
const SigmaMin = 0x1p-40

// GaussianScale computes σ = softplus(ρ), not below SigmaMin, and 1/σ unless invSigma is empty.
func GaussianScale(sigma, invSigma, rho []float32) {
	for i, r := range rho {
		s := Softplus(r)
		if s < SigmaMin {
			s = SigmaMin
		}
		sigma[i] = s
		if len(invSigma) > 0 {
			invSigma[i] = 1 / s
		}
	}
}

// GaussianScaleGrad computes dρ = dσ·sigmoid(ρ), the derivative of softplus.
func GaussianScaleGrad(dRho, dSigma, rho []float32) {
	for i, r := range rho {
		dRho[i] = dSigma[i] * Sigmoid(r)
	}
}

// SampleGaussian computes w = fma(σ, ε, μ) for the elements first … first+len(w)−1
// of key's noise vector ε.
func SampleGaussian(w, mu, sigma []float32, key Key, first int) {
	key.Normals(w, first)
	for i, e := range w {
		w[i] = FMA(sigma[i], e, mu[i])
	}
}

// SampleGaussianKeep is SampleGaussian that keeps ε.
func SampleGaussianKeep(w, noise, mu, sigma []float32, key Key, first int) {
	key.Normals(noise, first)
	for i, e := range noise {
		w[i] = FMA(sigma[i], e, mu[i])
	}
}

// KeptGrad is SampleGaussianGrad for a sample whose ε was kept.
func KeptGrad(dMu, dSigma, dw, noise []float32) {
	for i, g := range dw {
		dMu[i] += g
		dSigma[i] = FMA(g, noise[i], dSigma[i])
	}
}

// SampleGaussianGrad adds one sample's gradient dw to dμ and dσ, regenerating ε:
// dμ += dw, dσ = fma(dw, ε, dσ).
func SampleGaussianGrad(dMu, dSigma, dw []float32, key Key, first int) {
	var eps [64]float32
	for lo := 0; lo < len(dw); lo += len(eps) {
		hi := min(lo+len(eps), len(dw))
		key.Normals(eps[:hi-lo], first+lo)
		for i := lo; i < hi; i++ {
			dMu[i] += dw[i]
			dSigma[i] = FMA(dw[i], eps[i-lo], dSigma[i])
		}
	}
}

// KLGaussian returns KL(N(μ,σ²) ‖ N(0,s²)) summed over at most one chunk, with
// invPrior = 1/s, and adds weight times its gradient to dμ and dσ:
//
//	q = σ/s, m = μ/s, v = q²:     KL = ½ Σ (fma(m, m, v) − 1) − log Π q
//	dμ = fma(m, weight·1/s, dμ),  dσ = dσ + weight·(q/s − 1/σ)
//
// The terms are float32, their sum runs over the virtual lanes in float64; the product is a
// product's. Each of n elements adds at most 2⁻²³ to the error of log Π q, the roundings of q and
// of its multiplication, as long as q is normal (σ ≥ SigmaMin and s < 2⁸⁶). Where q is smaller the
// logarithm is taken of at least 2⁻¹²⁷.
func KLGaussian(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) float64 {
	var acc [Lanes]float64
	scale := newProduct()
	for i, s := range sigma {
		inv := invPrior[i]
		q := s * inv
		m := mu[i] * inv
		v := q * q
		acc[i%Lanes] += float64(FMA(m, m, v) - 1)
		scale.multiply(i, q)
		dMu[i] = FMA(m, float32(weight*inv), dMu[i])
		dSigma[i] += float32(weight * (float32(q*inv) - 1/s))
	}
	return KLValue(tree64(&acc), scale.mantissa(), scale.exponents, len(sigma))
}

// KLValue is the divergence of n elements from Σ (fma(m, m, v) − 1), the tree's product of the
// lanes of Π q and its exponents.
func KLValue(terms, mantissa float64, exponents int64, n int) float64 {
	exponent := float64(exponents - exponentBias*int64(n))
	return float64(0.5*terms) - (Log64(mantissa) + float64(exponent*math.Ln2))
}

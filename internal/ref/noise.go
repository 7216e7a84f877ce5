package ref

// GaussianScaleNLL returns −log N(target; mean, diag σ²) with σ = softplus(raw), not below
// SigmaMin, for one row, without its constant ½ log 2π an output; and writes scale times the
// gradient with respect to mean and raw. gradMean may be mean, gradRaw may be raw.
//
// σ and 1/σ are GaussianScale's, log σ is Log's and dσ/draw is Sigmoid's; the rest is
// GaussianResiduals.
func GaussianScaleNLL(gradMean, gradRaw, mean, raw, target []float32, scale float32) float32 {
	n := len(raw)
	sigma, invSigma := make([]float32, n), make([]float32, n)
	logSigma, slope := make([]float32, n), make([]float32, n)
	GaussianScale(sigma, invSigma, raw)
	apply(logSigma, sigma, Log)
	apply(slope, raw, Sigmoid)
	return GaussianResiduals(gradMean, gradRaw, mean, target, invSigma, logSigma, slope, scale)
}

// GaussianResiduals is the part of GaussianScaleNLL that follows the functions of raw:
//
//	r = (mean − target)·(1/σ):  Σ (½ r·r + log σ)
//	gradMean = scale·r·(1/σ),   gradRaw = scale·(1 − r·r)·(1/σ)·slope
//
// every operation rounded by itself, products from the left, the sum over the virtual lanes.
func GaussianResiduals(gradMean, gradRaw, mean, target, invSigma, logSigma, slope []float32,
	scale float32) float32 {
	var acc [Lanes]float32
	for j, f := range mean {
		inv := invSigma[j]
		r := (f - target[j]) * inv
		square := float32(r * r)
		acc[j%Lanes] += float32(0.5*square) + logSigma[j]
		gradMean[j] = float32(scale*r) * inv
		gradRaw[j] = float32(float32(scale*(1-square))*inv) * slope[j]
	}
	return tree32(&acc)
}

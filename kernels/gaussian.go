package kernels

import "math"

// GaussianScale computes Sigma = softplus(Rho), not below 2⁻⁴⁰, and InvSigma = 1/Sigma, unless
// that is nil, for N elements: the standard deviations of the mean-field posterior.
type GaussianScale struct {
	N                    int
	Rho, Sigma, InvSigma F32
}

// Check panics unless the buffers hold N elements.
func (g *GaussianScale) Check() {
	const op = "GaussianScale"
	check(op, "Rho", g.Rho, vector(g.N))
	check(op, "Sigma", g.Sigma, vector(g.N))
	checkOptional(op, "InvSigma", g.InvSigma, vector(g.N))
}

// GaussianScaleGrad computes DRho = DSigma·sigmoid(Rho) for N elements. DRho may be DSigma.
type GaussianScaleGrad struct {
	N                 int
	DSigma, Rho, DRho F32
}

// Check panics unless the buffers hold N elements.
func (g *GaussianScaleGrad) Check() {
	const op = "GaussianScaleGrad"
	check(op, "DSigma", g.DSigma, vector(g.N))
	check(op, "Rho", g.Rho, vector(g.N))
	check(op, "DRho", g.DRho, vector(g.N))
}

// KLGaussian adds KL(N(Mu, Sigma²) ‖ N(0, s²)), summed over N independent elements, to
// KL[0] (nats), and Weight times its gradient to DMu and DSigma. The prior's standard
// deviation s is PriorStd for all elements, or with InvPrior, which then holds N values 1/s,
// one for each.
type KLGaussian struct {
	N           int
	Mu, Sigma   F32
	PriorStd    float32
	InvPrior    F32
	Weight      float32
	KL          F64
	DMu, DSigma F32
}

// Check panics unless the buffers hold the shapes and the prior's scale is positive.
func (k *KLGaussian) Check() {
	const op = "KLGaussian"
	checkPrior(op, k.N, k.PriorStd, k.InvPrior, k.Weight)
	check(op, "Mu", k.Mu, vector(k.N))
	check(op, "Sigma", k.Sigma, vector(k.N))
	check(op, "KL", k.KL, vector(1))
	check(op, "DMu", k.DMu, vector(k.N))
	check(op, "DSigma", k.DSigma, vector(k.N))
}

// checkPrior panics unless the n elements have a prior, and its gradient a weight.
func checkPrior(op string, n int, priorStd float32, invPrior F32, weight float32) {
	if invPrior != nil {
		check(op, "InvPrior", invPrior, vector(n))
	} else {
		checkArg(priorStd > 0 && !math.IsInf(float64(priorStd), 1), op,
			"prior standard deviation %v, want a positive finite number", priorStd)
	}
	checkArg(weight >= 0 && !math.IsInf(float64(weight), 1), op,
		"weight %v, want a finite number of at least 0", weight)
}

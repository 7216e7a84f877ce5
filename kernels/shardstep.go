package kernels

// ShardStep is what a training step of several shards does to N parameters, from the sums of
// nodes of the tree over shards (ShardGradients) to the new standard deviations. In order:
//
//	Add                every pair of Sums: the second to the first; DMu and DSigma are two of them
//	KLGaussian         + Weight times the divergence's gradient; KL[0] + divergence
//	GaussianScaleGrad  gradient of σ → gradient of ρ
//	                   elements HeldLo … HeldHi−1 of μ and ρ get the gradient 0
//	Adam               μ and ρ, with their moments
//	GaussianScale      ρ → Sigma and, unless it is nil, InvSigma, if Scale is set
//
// It is what Compose makes of it, bit for bit. What is in the sums afterwards differs between
// devices.
type ShardStep struct {
	N                         int
	Sums                      [][2]F32
	DMu, DSigma               F32
	Mu, Rho, Sigma, InvSigma  F32
	PriorStd                  float32 // see KLGaussian
	InvPrior                  F32
	Weight                    float32
	KL                        F64
	HeldLo, HeldHi            int
	MMu, VMu, MRho, VRho      F32 // Adam's moments
	LR, Beta1, Beta2, Epsilon float64
	Step                      int
	Scale                     bool
}

// ShardSteps is a Device that has a ShardStep of its own.
type ShardSteps interface {
	ShardStep(ShardStep)
}

// RunShardStep runs it on a device, operation by operation where the device knows no better.
func RunShardStep(d Device, s ShardStep) {
	if own, ok := d.(ShardSteps); ok {
		own.ShardStep(s)
		return
	}
	s.Compose(d)
}

// Compose runs the operations that a ShardStep consists of.
func (s *ShardStep) Compose(d Device) {
	s.Check()
	if s.N == 0 {
		return
	}
	for _, sum := range s.Sums {
		Add(d, sum[0], sum[1])
	}
	d.KLGaussian(KLGaussian{N: s.N, Mu: s.Mu, Sigma: s.Sigma, PriorStd: s.PriorStd,
		InvPrior: s.InvPrior,
		Weight:   s.Weight, KL: s.KL, DMu: s.DMu, DSigma: s.DSigma})
	d.GaussianScaleGrad(GaussianScaleGrad{N: s.N, DSigma: s.DSigma, Rho: s.Rho, DRho: s.DSigma})
	if n := s.HeldHi - s.HeldLo; n > 0 { // the gradient of no samples is 0
		d.SampleGaussianGrad(SampleGaussianGrad{N: n, DMu: s.DMu.Slice(s.HeldLo, s.HeldHi),
			DSigma: s.DSigma.Slice(s.HeldLo, s.HeldHi)})
	}
	d.Adam(s.adam(s.Mu, s.MMu, s.VMu, s.DMu))
	d.Adam(s.adam(s.Rho, s.MRho, s.VRho, s.DSigma))
	if s.Scale {
		d.GaussianScale(GaussianScale{N: s.N, Rho: s.Rho, Sigma: s.Sigma, InvSigma: s.InvSigma})
	}
}

// adam is the update of one of the two vectors.
func (s *ShardStep) adam(x, m, v, gradient F32) Adam {
	return Adam{N: s.N, X: x, M: m, V: v, Grad: gradient,
		LR: s.LR, Beta1: s.Beta1, Beta2: s.Beta2, Epsilon: s.Epsilon, Step: s.Step}
}

// Constants are those of Adam's update.
func (s *ShardStep) Constants() AdamStep {
	a := s.adam(nil, nil, nil, nil)
	return a.Constants()
}

// Check panics unless the buffers hold the shapes.
func (s *ShardStep) Check() {
	const op = "ShardStep"
	checkArg(s.N >= 0, op, "N = %d, want at least 0", s.N)
	checkArg(s.HeldLo >= 0 && s.HeldLo <= s.HeldHi && s.HeldHi <= s.N, op,
		"held elements %v are no range of the parameters", [2]int{s.HeldLo, s.HeldHi})
	checkPrior(op, s.N, s.PriorStd, s.InvPrior, s.Weight)
	checkArg(s.Step >= 1, op, "step %d, want at least 1", s.Step)
	check(op, "KL", s.KL, vector(1))
	for _, sum := range s.Sums {
		check(op, "Sums", sum[0], vector(s.N))
		check(op, "Sums", sum[1], vector(s.N))
	}
	check(op, "DMu", s.DMu, vector(s.N))
	check(op, "DSigma", s.DSigma, vector(s.N))
	check(op, "Mu", s.Mu, vector(s.N))
	check(op, "Rho", s.Rho, vector(s.N))
	check(op, "Sigma", s.Sigma, vector(s.N))
	checkOptional(op, "InvSigma", s.InvSigma, vector(s.N))
	check(op, "MMu", s.MMu, vector(s.N))
	check(op, "VMu", s.VMu, vector(s.N))
	check(op, "MRho", s.MRho, vector(s.N))
	check(op, "VRho", s.VRho, vector(s.N))
}

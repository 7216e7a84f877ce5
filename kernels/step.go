package kernels

// GaussianStep is everything that a training step does to the parameters, from the gradient of
// the sampled weights to the next sample. X holds the N means μ, the N values ρ of which the
// standard deviations are σ = softplus(ρ), and Extra other values. In order:
//
//	Gemm                 Product, if its Batch is not 0: a part of DW that is still missing
//	SampleGaussianGrad   DW of Samples samples, drawn with Key     → gradient of μ and σ
//	KLGaussian           + Weight times the divergence's; KL[0] + divergence
//	GaussianScaleGrad    gradient of σ → gradient of ρ
//	                     elements HeldLo … HeldHi−1 of μ and ρ get the gradient 0
//	Adam                 X, M, V; the gradient of the Extra values is the end of Grad
//	GaussianScale        ρ → Sigma and, unless it is nil, InvSigma
//	SampleGaussian       → Samples samples W, drawn with Next
//	Minibatch            if its Rows is not 0: the next one, whose rows are meanwhile gathered
//
// With a State, Key.Step, Next.Step and Step are increased by its Step, both seeds by its Seed,
// and LR and Weight are the state's. It is what Compose makes of it, bit for bit. The first 2N
// values of Grad are room for the gradient; what is there, and in DW, afterwards differs between
// devices. W may be DW. The C of Product is a part of DW, its A and B are elsewhere; they may
// be what Minibatch writes.
type GaussianStep struct {
	N, Extra, Samples         int
	Product                   Gemm
	Key                       Key
	DW                        F32
	PriorStd                  float32 // see KLGaussian
	InvPrior                  F32
	Weight                    float32
	KL                        F64
	HeldLo, HeldHi            int
	X, M, V, Grad             F32 // 2N + Extra values
	LR, Beta1, Beta2, Epsilon float64
	Step                      int
	Sigma, InvSigma           F32 // N values, those of ρ before the step and after it
	Next                      Key
	W                         F32
	Minibatch                 Minibatch
	State                     I32
}

// Resolve puts what the state says into the other fields.
func (s *GaussianStep) Resolve() {
	if s.State == nil {
		return
	}
	now := readStepState(s.State)
	s.Key.advance(now)
	s.Next.advance(now)
	s.Step += int(now.Step)
	s.LR, s.Weight, s.State = float64(now.LR), now.Weight, nil
}

// GaussianSteps is a Device that has a GaussianStep of its own.
type GaussianSteps interface {
	GaussianStep(GaussianStep)
}

// RunGaussianStep runs it on a device, operation by operation where the device knows no better.
func RunGaussianStep(d Device, s GaussianStep) {
	if own, ok := d.(GaussianSteps); ok {
		own.GaussianStep(s)
		return
	}
	s.Compose(d)
}

// Compose runs the operations that a GaussianStep consists of.
func (s *GaussianStep) Compose(d Device) {
	s.Check()
	s.Resolve()
	if s.Product.Batch > 0 {
		d.Gemm(s.Product)
	}
	n := s.N
	if n > 0 {
		mu, rho := s.X.Slice(0, n), s.X.Slice(n, 2*n)
		dMu, dSigma := s.Grad.Slice(0, n), s.Grad.Slice(n, 2*n)
		d.SampleGaussianGrad(SampleGaussianGrad{Key: s.Key, Samples: s.Samples, N: n, DW: s.DW,
			DMu: dMu, DSigma: dSigma})
		d.KLGaussian(s.KLGaussian(mu, dMu, dSigma))
		d.GaussianScaleGrad(GaussianScaleGrad{N: n, DSigma: dSigma, Rho: rho, DRho: dSigma})
		s.hold(d, dMu, dSigma)
	}
	d.Adam(s.Adam())
	if n > 0 {
		mu, rho := s.X.Slice(0, n), s.X.Slice(n, 2*n)
		d.GaussianScale(GaussianScale{N: n, Rho: rho, Sigma: s.Sigma, InvSigma: s.InvSigma})
		d.SampleGaussian(SampleGaussian{Key: s.Next, Samples: s.Samples, N: n, Mu: mu,
			Sigma: s.Sigma, W: s.W})
	}
	if s.Minibatch.Rows > 0 {
		RunMinibatch(d, s.Minibatch)
	}
}

// hold puts zeros where the gradient is held: the gradient of no samples.
func (s *GaussianStep) hold(d Device, dMu, dSigma F32) {
	if n := s.HeldHi - s.HeldLo; n > 0 {
		d.SampleGaussianGrad(SampleGaussianGrad{N: n, DMu: dMu.Slice(s.HeldLo, s.HeldHi),
			DSigma: dSigma.Slice(s.HeldLo, s.HeldHi)})
	}
}

// KLGaussian is the step's divergence; mu, dMu and dSigma are parts of X and Grad.
func (s *GaussianStep) KLGaussian(mu, dMu, dSigma F32) KLGaussian {
	return KLGaussian{N: s.N, Mu: mu, Sigma: s.Sigma, PriorStd: s.PriorStd, InvPrior: s.InvPrior,
		Weight: s.Weight, KL: s.KL, DMu: dMu, DSigma: dSigma}
}

// Adam is the step's update of X.
func (s *GaussianStep) Adam() Adam {
	return Adam{N: 2*s.N + s.Extra, X: s.X, M: s.M, V: s.V, Grad: s.Grad,
		LR: s.LR, Beta1: s.Beta1, Beta2: s.Beta2, Epsilon: s.Epsilon, Step: s.Step}
}

// Check panics unless the buffers hold the shapes.
func (s *GaussianStep) Check() {
	const op = "GaussianStep"
	checkArg(s.N >= 0, op, "N = %d, want at least 0", s.N)
	checkArg(s.Extra >= 0, op, "Extra = %d, want at least 0", s.Extra)
	checkArg(s.HeldLo >= 0 && s.HeldLo <= s.HeldHi && s.HeldHi <= s.N, op,
		"held elements %v are no range of the parameters", [2]int{s.HeldLo, s.HeldHi})
	if s.Product.Batch > 0 {
		s.Product.Check()
	}
	if s.Minibatch.Rows != 0 {
		s.Minibatch.Check()
	}
	checkPrior(op, s.N, s.PriorStd, s.InvPrior, s.Weight)
	checkArg(s.Step >= 1, op, "step %d, want at least 1", s.Step)
	check(op, "DW", s.DW, dense(s.Samples, s.N))
	check(op, "KL", s.KL, vector(1))
	check(op, "X", s.X, vector(2*s.N+s.Extra))
	check(op, "M", s.M, vector(2*s.N+s.Extra))
	check(op, "V", s.V, vector(2*s.N+s.Extra))
	check(op, "Grad", s.Grad, vector(2*s.N+s.Extra))
	check(op, "Sigma", s.Sigma, vector(s.N))
	checkOptional(op, "InvSigma", s.InvSigma, vector(s.N))
	check(op, "W", s.W, dense(s.Samples, s.N))
	checkState(op, s.State)
}

package kernels

// SampleGaussian draws W[s, i] = Mu[i] + Sigma[i]·ε (one fused multiply-add) for
// Samples vectors of N elements, where ε is element i of the standard normal noise
// of Key with its Sample advanced by s. Nothing but W is stored.
//
// Keep says that ShardGradients will need the same noise soon: a device may keep it, beside that of
// the samples before these, and then need not draw it again. It changes no bit.
type SampleGaussian struct {
	Key        Key
	Samples, N int
	Mu, Sigma  F32
	W          F32
	Keep       bool
}

// Check panics unless the buffers hold the shapes.
func (s *SampleGaussian) Check() {
	const op = "SampleGaussian"
	check(op, "Mu", s.Mu, vector(s.N))
	check(op, "Sigma", s.Sigma, vector(s.N))
	check(op, "W", s.W, dense(s.Samples, s.N))
}

// SampleGaussianGrad is the reparametrisation gradient of SampleGaussian, with ε regenerated:
// DMu[i] = Σ_s DW[s, i] and DSigma[i] = Σ_s DW[s, i]·ε, chains from 0 in increasing s.
type SampleGaussianGrad struct {
	Key         Key
	Samples, N  int
	DW          F32
	DMu, DSigma F32
}

// Check panics unless the buffers hold the shapes.
func (s *SampleGaussianGrad) Check() {
	const op = "SampleGaussianGrad"
	check(op, "DW", s.DW, dense(s.Samples, s.N))
	check(op, "DMu", s.DMu, vector(s.N))
	check(op, "DSigma", s.DSigma, vector(s.N))
}

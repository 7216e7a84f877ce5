package kernels

// SampleGaussian draws W[s, i] = Mu[i] + Sigma[i]·ε (one fused multiply-add) for
// Samples vectors of N elements, where ε is element i of the standard normal noise
// of Key with its Sample advanced by s. Nothing but W is stored.
type SampleGaussian struct {
	Key        Key
	Samples, N int
	Mu, Sigma  F32
	W          F32
}

// Check panics unless the buffers hold the shapes.
func (s *SampleGaussian) Check() {
	const op = "SampleGaussian"
	check(op, "Mu", s.Mu, vector(s.N))
	check(op, "Sigma", s.Sigma, vector(s.N))
	check(op, "W", s.W, dense(s.Samples, s.N))
}

type sampleJob struct {
	f            func(w, mu, sigma []float32, key Key, first int)
	key          Key
	n            int
	w, mu, sigma []float32
}

// SampleGaussian implements Device.
func (d *CPU) SampleGaussian(s SampleGaussian) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.sample
	*j = sampleJob{d.row.sampleGaussian, s.Key, s.N, hostSlice(s.W), hostSlice(s.Mu), hostSlice(s.Sigma)}
	d.pool.run(j, s.Samples*chunks(s.N))
}

func (j *sampleJob) task(_, i int) {
	perSample := chunks(j.n)
	s := i / perSample
	lo, hi := chunk(i%perSample, j.n)
	j.f(j.w[s*j.n+lo:s*j.n+hi], j.mu[lo:hi], j.sigma[lo:hi], advance(j.key, s), lo)
}

// advance is the key of the s-th sample after key's.
func advance(key Key, s int) Key {
	key.Sample += uint32(s)
	return key
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

type sampleGradJob struct {
	f               func(dMu, dSigma, dw []float32, key Key, first int)
	s               SampleGaussianGrad
	dMu, dSigma, dw []float32
}

// SampleGaussianGrad implements Device.
func (d *CPU) SampleGaussianGrad(s SampleGaussianGrad) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.sampleGrad
	*j = sampleGradJob{d.row.sampleGaussianGrad, s, hostSlice(s.DMu), hostSlice(s.DSigma), hostSlice(s.DW)}
	d.pool.run(j, chunks(s.N))
}

func (j *sampleGradJob) task(_, i int) {
	n := j.s.N
	lo, hi := chunk(i, n)
	dMu, dSigma := j.dMu[lo:hi], j.dSigma[lo:hi]
	clear(dMu)
	clear(dSigma)
	for s := range j.s.Samples {
		j.f(dMu, dSigma, j.dw[s*n+lo:s*n+hi], advance(j.s.Key, s), lo)
	}
}

package cpu

import "github.com/symvi/symvi/kernels"

type sampleJob struct {
	f            func(w, mu, sigma []float32, key kernels.Key, first int)
	key          kernels.Key
	n            int
	w, mu, sigma []float32
}

// SampleGaussian implements kernels.Device.
func (d *Device) SampleGaussian(s kernels.SampleGaussian) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.sample
	*j = sampleJob{d.row.sampleGaussian, s.Key, s.N, hostSlice(s.W), hostSlice(s.Mu),
		hostSlice(s.Sigma)}
	d.pool.run(j, s.Samples*chunks(s.N))
}

func (j *sampleJob) task(_, i int) {
	perSample := chunks(j.n)
	s := i / perSample
	lo, hi := chunk(i%perSample, j.n)
	j.f(j.w[s*j.n+lo:s*j.n+hi], j.mu[lo:hi], j.sigma[lo:hi], advance(j.key, s), lo)
}

// advance is the key of the s-th sample after key's.
func advance(key kernels.Key, s int) kernels.Key {
	key.Sample += uint32(s)
	return key
}

type sampleGradJob struct {
	f               func(dMu, dSigma, dw []float32, key kernels.Key, first int)
	s               kernels.SampleGaussianGrad
	dMu, dSigma, dw []float32
}

// SampleGaussianGrad implements kernels.Device.
func (d *Device) SampleGaussianGrad(s kernels.SampleGaussianGrad) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.sampleGrad
	*j = sampleGradJob{d.row.sampleGaussianGrad, s, hostSlice(s.DMu), hostSlice(s.DSigma),
		hostSlice(s.DW)}
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

package cpu

import "github.com/symvi/symvi/kernels"

type sampleJob struct {
	d    *Device
	s    kernels.SampleGaussian
	keep []float32 // room for the noise, or nil
}

// SampleGaussian implements kernels.Device.
func (d *Device) SampleGaussian(s kernels.SampleGaussian) {
	s.Check()
	ours(s.W, s.Mu, s.Sigma)
	defer d.lock()()
	j := &d.jobs.sample
	*j = sampleJob{d: d, s: s}
	if s.Keep {
		j.keep = d.kept.roomBehind(s.Key, s.Samples, s.N)
	}
	d.pool.run(j, s.Samples*chunks(s.N))
	if j.keep != nil {
		d.kept.keep(s.Key, s.Samples, s.N)
	}
}

func (j *sampleJob) task(_, i int) {
	s, perSample := &j.s, chunks(j.s.N)
	sample := i / perSample
	lo, hi := chunk(i%perSample, s.N)
	w, mu, sigma := hostSlice(s.W)[sample*s.N:], hostSlice(s.Mu), hostSlice(s.Sigma)
	noise := part(j.keep, sample*s.N+lo, sample*s.N+hi)
	j.d.row.sampleGaussian(w[lo:hi], noise, mu[lo:hi], sigma[lo:hi], advance(s.Key, sample), lo,
		ahead{})
}

// advance is the key of the s-th sample after key's.
func advance(key kernels.Key, s int) kernels.Key {
	key.Sample += uint32(s)
	return key
}

// SampleGaussianGrad implements kernels.Device.
func (d *Device) SampleGaussianGrad(s kernels.SampleGaussianGrad) {
	s.Check()
	ours(s.DMu, s.DSigma, s.DW)
	inChunks(d, &d.jobs.sampleGrad, s, chunks(s.N), sampleGaussianGrad)
}

func sampleGaussianGrad(d *Device, s *kernels.SampleGaussianGrad, _, i int) {
	lo, hi := chunk(i, s.N)
	dMu, dSigma, dw := hostSlice(s.DMu)[lo:hi], hostSlice(s.DSigma)[lo:hi], hostSlice(s.DW)
	clear(dMu)
	clear(dSigma)
	for k := range s.Samples {
		d.row.sampleGaussianGrad(dMu, dSigma, dw[k*s.N+lo:k*s.N+hi], advance(s.Key, k), lo)
	}
}

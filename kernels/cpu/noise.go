package cpu

import "github.com/symvi/symvi/kernels"

type scaleNLLJob struct {
	row                                        *row
	s                                          kernels.GaussianScaleNLL
	mean, raw, target, loss, gradMean, gradRaw []float32
	scratch                                    []scratch
	shared                                     noise
	constant                                   float32
}

// noise holds what the loss needs of raw values: 1/σ, log σ and dσ/draw.
type noise struct{ invSigma, logSigma, slope []float32 }

// newNoise computes it in memory of 3·len(raw) elements.
func newNoise(r *row, memory, raw []float32) noise {
	n := len(raw)
	z := noise{memory[:n], memory[n : 2*n], memory[2*n : 3*n]}
	r.gaussianScale(z.logSigma, z.invSigma, raw)
	r.unary(z.logSigma, z.logSigma, int(kernels.Log))
	r.unary(z.slope, raw, int(kernels.Sigmoid))
	return z
}

// GaussianScaleNLL implements kernels.Device.
func (d *Device) GaussianScaleNLL(s kernels.GaussianScaleNLL) {
	s.Check()
	defer d.lock()()
	j := &d.jobs.scaleNLL
	*j = scaleNLLJob{row: d.row, s: s, mean: hostSlice(s.Mean), raw: hostSlice(s.Raw),
		target: hostSlice(s.Target), loss: hostSlice(s.Loss),
		gradMean: hostSlice(s.GradMean), gradRaw: hostSlice(s.GradRaw), scratch: d.scratch,
		constant: s.Constant()}
	if s.StrideRaw == 0 && s.Batch*s.Rows > 0 {
		j.shared = newNoise(d.row, grow(&d.packed, 3*s.Targets), j.raw[:s.Targets])
	}
	d.pool.runIf(s.Batch*s.Rows*s.Targets, j, rowGroups(s.Batch*s.Rows))
}

func (j *scaleNLLJob) task(worker, i int) {
	s, n := &j.s, j.s.Targets
	first, end := i*rowGroup, min((i+1)*rowGroup, j.s.Batch*j.s.Rows)
	z, step := j.shared, 0
	if s.StrideRaw > 0 {
		z, step = j.groupNoise(&j.scratch[worker], first, end), n
	}
	for r := first; r < end; r++ {
		at := (r - first) * step
		loss := j.row.gaussianResiduals(
			j.gradMean[r*s.StrideGradMean:][:n], j.gradRaw[r*s.StrideGradRaw:][:n],
			j.mean[r*s.StrideMean:][:n], j.target[r%s.Rows*n:][:n],
			z.invSigma[at:at+n], z.logSigma[at:at+n], z.slope[at:at+n], s.Scale)
		j.loss[r] = loss + j.constant
	}
}

// groupNoise is the noise of the rows first … end−1, which it makes contiguous.
func (j *scaleNLLJob) groupNoise(memory *scratch, first, end int) noise {
	n := j.s.Targets
	raw := grow(&memory.f32, 4*n*(end-first))
	for r := first; r < end; r++ {
		copy(raw[(r-first)*n:][:n], j.raw[r*j.s.StrideRaw:])
	}
	return newNoise(j.row, raw[n*(end-first):], raw[:n*(end-first)])
}

package kernels

import "github.com/symvi/symvi/internal/ref"

// GaussianScaleNLL computes, for Batch items of Rows rows of T = Targets values, the Gaussian
// negative log-likelihood whose standard deviation σ = softplus(Raw), not below 2⁻⁴⁰, is data:
//
//	Loss[item, r]     = Σ_j ½ρ² + log σ + ½ log 2π,  ρ = (Mean − Target[r])/σ   (nats)
//	GradMean[item, r] = Scale·ρ/σ
//	GradRaw[item, r]  = Scale·(1 − ρ²)/σ·sigmoid(Raw)
//
// All items share the targets. Row item·Rows + r of Mean begins that many StrideMean elements
// after the first one, and so on: a network with two outputs a target, T means and then T raws,
// has strides of 2T, and one noise for all rows has StrideRaw 0. GradMean may be Mean, and
// GradRaw may be Raw if StrideRaw is not 0.
type GaussianScaleNLL struct {
	Batch, Rows, Targets int
	Mean                 F32
	StrideMean           int
	Raw                  F32
	StrideRaw            int
	Target, Loss         F32
	GradMean             F32
	StrideGradMean       int
	GradRaw              F32
	StrideGradRaw        int
	Scale                float32
}

// Check panics unless the buffers hold the shapes.
func (s *GaussianScaleNLL) Check() {
	const op = "GaussianScaleNLL"
	check(op, "Target", s.Target, dense(s.Rows, s.Targets))
	check(op, "Loss", s.Loss, dense(s.Batch, s.Rows))
	strided := func(stride int) matrices { return matrices{s.Batch * s.Rows, stride, 1, s.Targets, s.Targets} }
	check(op, "Mean", s.Mean, strided(s.StrideMean))
	check(op, "Raw", s.Raw, strided(s.StrideRaw))
	checkOutput(op, "GradMean", s.GradMean, strided(s.StrideGradMean))
	checkOutput(op, "GradRaw", s.GradRaw, strided(s.StrideGradRaw))
}

// Constant is the part of a row's loss that nothing changes.
func (s *GaussianScaleNLL) Constant() float32 { return float32(float64(s.Targets) * halfLog2Pi) }

type scaleNLLJob struct {
	row                                        *row
	s                                          GaussianScaleNLL
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
	r.log(z.logSigma, z.logSigma)
	r.sigmoid(z.slope, raw)
	return z
}

// GaussianScaleNLL implements Device.
func (d *CPU) GaussianScaleNLL(s GaussianScaleNLL) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.scaleNLL
	*j = scaleNLLJob{row: d.row, s: s, mean: hostSlice(s.Mean), raw: hostSlice(s.Raw), target: hostSlice(s.Target), loss: hostSlice(s.Loss),
		gradMean: hostSlice(s.GradMean), gradRaw: hostSlice(s.GradRaw), scratch: d.scratch, constant: s.Constant()}
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
		loss := ref.GaussianResiduals(
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

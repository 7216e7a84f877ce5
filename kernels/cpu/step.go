package cpu

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// gaussianStepJob is a GaussianStep. A task takes one chunk of the parameters through all of it
// while it is in the second-level cache, where each of the operations alone would
// fetch it from memory, and gathers an even part of the next minibatch.
type gaussianStepJob struct {
	d               *Device
	s               kernels.GaussianStep
	dw, w           []float32
	mu, rho         []float32
	m, v            []float32 // Adam's moments of μ and ρ
	sigma, invSigma []float32 // invSigma may be nil
	prior           invPrior
	adam            kernels.AdamStep
	drawn, keep     []float32 // noise of DW and room for W's, or nil
	partial         []float64
	minibatch       minibatchJob
	tasks           int
}

var _ kernels.GaussianSteps = (*Device)(nil)

// GaussianStep implements kernels.GaussianSteps.
func (d *Device) GaussianStep(s kernels.GaussianStep) {
	s.Check()
	s.Resolve()
	if s.Product.Batch > 0 {
		d.Gemm(s.Product)
	}
	defer d.lock()()
	j, n, all := &d.jobs.gaussianStep, s.N, 2*s.N+s.Extra
	x, m, v := hostSlice(s.X)[:all], hostSlice(s.M)[:all], hostSlice(s.V)[:all]
	adam := s.Adam()
	*j = gaussianStepJob{d: d, s: s, dw: hostSlice(s.DW), w: hostSlice(s.W), mu: x[:n],
		rho: x[n : 2*n], m: m, v: v,
		sigma: hostSlice(s.Sigma)[:n], invSigma: hostSlice(s.InvSigma),
		prior: d.invPrior(n, s.PriorStd, s.InvPrior), adam: adam.Constants(),
		drawn: d.kept.take(s.Key, s.Samples, n), keep: d.kept.room(s.Samples, n),
		partial: grow(&d.partial, chunks(n))}
	d.row.adam(x[2*n:], m[2*n:], v[2*n:], hostSlice(s.Grad)[2*n:all], j.adam)
	if s.Minibatch.Rows > 0 {
		j.minibatch = d.newMinibatch(&s.Minibatch)
	}
	j.tasks = max(chunks(n), 1)
	d.pool.run(j, j.tasks)
	if j.keep != nil {
		d.kept.keep(s.Next, s.Samples, n)
	}
	hostSlice(s.KL)[0] += chain(j.partial)
}

func (j *gaussianStepJob) task(worker, i int) {
	rows := j.minibatch.n
	rowLo, rowHi := i*rows/j.tasks, (i+1)*rows/j.tasks
	if j.s.N > 0 {
		j.parameters(worker, i, rowLo, rowHi)
	}
	if rowLo < rowHi {
		j.minibatch.rows(worker, rowLo, rowHi)
	}
}

// parameters takes chunk i of them through the step, and asks for those rows of the minibatch.
func (j *gaussianStepJob) parameters(worker, i, rowLo, rowHi int) {
	s, n, row := &j.s, j.s.N, j.d.row
	lo, hi := chunk(i, n)
	mu, rho, sigma := j.mu[lo:hi], j.rho[lo:hi], j.sigma[lo:hi]
	gradient := grow(&j.d.scratch[worker].f32, 2*ref.Chunk)
	dMu, dRho := gradient[:hi-lo], gradient[ref.Chunk:][:hi-lo] // dρ is dσ at first
	clear(dMu)
	clear(dRho)
	for k := range s.Samples {
		at, end := k*n+lo, k*n+hi
		row.noiseGrad(dMu, dRho, j.dw[at:end], part(j.drawn, at, end), advance(s.Key, k), lo)
	}
	j.partial[i] = row.klGaussian(mu, sigma, dMu, dRho, j.prior.chunk(lo, hi, n), s.Weight)
	row.gaussianScaleGrad(dRho, dRho, rho)
	if heldLo, heldHi := max(s.HeldLo, lo), min(s.HeldHi, hi); heldLo < heldHi {
		clear(dMu[heldLo-lo : heldHi-lo])
		clear(dRho[heldLo-lo : heldHi-lo])
	}
	row.adam(mu, j.m[lo:hi], j.v[lo:hi], dMu, j.adam)
	row.adam(rho, j.m[n+lo:n+hi], j.v[n+lo:n+hi], dRho, j.adam)
	row.gaussianScale(sigma, part(j.invSigma, lo, hi), rho)
	for k := range s.Samples {
		noise := part(j.keep, k*n+lo, k*n+hi)
		w, rows := j.w[k*n+lo:k*n+hi], rowHi-rowLo
		row.sampleGaussian(w, noise, mu, sigma, advance(s.Next, k), lo,
			j.minibatch.ahead(rowLo+k*rows/s.Samples, rowLo+(k+1)*rows/s.Samples, len(w)/aheadSize))
	}
}

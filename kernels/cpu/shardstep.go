package cpu

import "github.com/symvi/symvi/kernels"

// shardStepJob is a ShardStep. A task takes one chunk of the parameters through all of it while
// it is in the second-level cache, where each of the operations alone would fetch it from memory.
type shardStepJob struct {
	d                    *Device
	s                    kernels.ShardStep
	sums                 [][2][]float32
	mu, rho, sigma, inv  []float32 // inv may be nil
	dMu, dRho            []float32 // dρ is dσ at first
	mMu, vMu, mRho, vRho []float32
	prior                invPrior
	adam                 kernels.AdamStep
	partial              []float64
}

var _ kernels.ShardSteps = (*Device)(nil)

// ShardStep implements kernels.ShardSteps.
func (d *Device) ShardStep(s kernels.ShardStep) {
	s.Check()
	defer d.lock()()
	j, n := &d.jobs.shardStep, s.N
	sums := j.sums[:0]
	for _, sum := range s.Sums {
		sums = append(sums, [2][]float32{hostSlice(sum[0]), hostSlice(sum[1])})
	}
	*j = shardStepJob{d: d, s: s, sums: sums,
		mu: hostSlice(s.Mu)[:n], rho: hostSlice(s.Rho)[:n],
		sigma: hostSlice(s.Sigma)[:n], inv: hostSlice(s.InvSigma),
		dMu: hostSlice(s.DMu)[:n], dRho: hostSlice(s.DSigma)[:n],
		mMu: hostSlice(s.MMu)[:n], vMu: hostSlice(s.VMu)[:n],
		mRho: hostSlice(s.MRho)[:n], vRho: hostSlice(s.VRho)[:n],
		prior: d.invPrior(n, s.PriorStd, s.InvPrior), adam: s.Constants(),
		partial: grow(&d.partial, chunks(n))}
	d.pool.run(j, chunks(n))
	hostSlice(s.KL)[0] += chain(j.partial)
}

func (j *shardStepJob) task(_, i int) {
	s, n, row := &j.s, j.s.N, j.d.row
	lo, hi := chunk(i, n)
	for _, sum := range j.sums {
		row.addTo(sum[0][lo:hi], sum[1][lo:hi])
	}
	mu, rho, sigma, dMu, dRho := j.mu[lo:hi], j.rho[lo:hi], j.sigma[lo:hi], j.dMu[lo:hi], j.dRho[lo:hi]
	j.partial[i] = row.klGaussian(mu, sigma, dMu, dRho, j.prior.chunk(lo, hi, n), s.Weight)
	row.gaussianScaleGrad(dRho, dRho, rho)
	if heldLo, heldHi := max(s.HeldLo, lo), min(s.HeldHi, hi); heldLo < heldHi {
		clear(dMu[heldLo-lo : heldHi-lo])
		clear(dRho[heldLo-lo : heldHi-lo])
	}
	row.adam(mu, j.mMu[lo:hi], j.vMu[lo:hi], dMu, j.adam)
	row.adam(rho, j.mRho[lo:hi], j.vRho[lo:hi], dRho, j.adam)
	if s.Scale {
		row.gaussianScale(sigma, part(j.inv, lo, hi), rho)
	}
}

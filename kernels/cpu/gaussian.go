package cpu

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// threeJob is an elementwise job with two results and one argument, or the reverse.
type threeJob struct {
	f       func(a, b, c []float32)
	a, b, c []float32
}

func (j *threeJob) task(_, i int) {
	lo, hi := chunk(i, len(j.a))
	j.f(j.a[lo:hi], j.b[lo:hi], j.c[lo:hi])
}

// GaussianScale implements kernels.Device.
func (d *Device) GaussianScale(g kernels.GaussianScale) {
	g.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.three
	*j = threeJob{d.row.gaussianScale, hostSlice(g.Sigma)[:g.N], hostSlice(g.InvSigma)[:g.N],
		hostSlice(g.Rho)[:g.N]}
	d.pool.run(j, chunks(g.N))
}

// GaussianScaleGrad implements kernels.Device.
func (d *Device) GaussianScaleGrad(g kernels.GaussianScaleGrad) {
	g.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.three
	*j = threeJob{d.row.gaussianScaleGrad, hostSlice(g.DRho)[:g.N], hostSlice(g.DSigma)[:g.N],
		hostSlice(g.Rho)[:g.N]}
	d.pool.run(j, chunks(g.N))
}

type klJob struct {
	f                      func(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) float64
	mu, sigma, dMu, dSigma []float32
	prior                  invPrior
	weight                 float32
	partial                []float64
}

// invPrior holds 1/s of every element, or of one chunk that stands for all.
type invPrior []float32

// chunk returns the values of the elements lo … hi−1, the n elements' number of a chunk.
func (p invPrior) chunk(lo, hi, n int) []float32 {
	if len(p) < n {
		return p[:hi-lo]
	}
	return p[lo:hi]
}

// invPrior is that of n elements, made in the device's scratch memory where they share one.
func (d *Device) invPrior(n int, std float32, each kernels.F32) invPrior {
	if each != nil {
		return hostSlice(each)[:n]
	}
	p := grow(&d.prior, min(n, ref.Chunk))
	for i := range p {
		p[i] = 1 / std
	}
	return p
}

// KLGaussian implements kernels.Device.
func (d *Device) KLGaussian(k kernels.KLGaussian) {
	k.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.kl
	*j = klJob{d.row.klGaussian, hostSlice(k.Mu)[:k.N], hostSlice(k.Sigma)[:k.N],
		hostSlice(k.DMu)[:k.N], hostSlice(k.DSigma)[:k.N], d.invPrior(k.N, k.PriorStd, k.InvPrior),
		k.Weight, grow(&d.partial, chunks(k.N))}
	d.pool.run(j, chunks(k.N))
	hostSlice(k.KL)[0] += chain(j.partial)
}

func (j *klJob) task(_, i int) {
	lo, hi := chunk(i, len(j.mu))
	j.partial[i] = j.f(j.mu[lo:hi], j.sigma[lo:hi], j.dMu[lo:hi], j.dSigma[lo:hi],
		j.prior.chunk(lo, hi, len(j.mu)), j.weight)
}

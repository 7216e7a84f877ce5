package cpu

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// GaussianScale implements kernels.Device.
func (d *Device) GaussianScale(g kernels.GaussianScale) {
	g.Check()
	ours(g.Sigma, g.InvSigma, g.Rho)
	inChunks(d, &d.jobs.scale, g, chunks(g.N), gaussianScale)
}

func gaussianScale(d *Device, g *kernels.GaussianScale, _, i int) {
	lo, hi := chunk(i, g.N)
	sigma, inv, rho := hostSlice(g.Sigma), hostSlice(g.InvSigma), hostSlice(g.Rho)
	d.row.gaussianScale(sigma[lo:hi], part(inv, lo, hi), rho[lo:hi])
}

// GaussianScaleGrad implements kernels.Device.
func (d *Device) GaussianScaleGrad(g kernels.GaussianScaleGrad) {
	g.Check()
	ours(g.DRho, g.DSigma, g.Rho)
	inChunks(d, &d.jobs.scaleGrad, g, chunks(g.N), gaussianScaleGrad)
}

func gaussianScaleGrad(d *Device, g *kernels.GaussianScaleGrad, _, i int) {
	lo, hi := chunk(i, g.N)
	dRho, dSigma, rho := hostSlice(g.DRho), hostSlice(g.DSigma), hostSlice(g.Rho)
	d.row.gaussianScaleGrad(dRho[lo:hi], dSigma[lo:hi], rho[lo:hi])
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
	if len(d.prior) == 0 || d.prior[0] != 1/std {
		d.prior = grow(&d.prior, ref.Chunk)
		for i := range d.prior {
			d.prior[i] = 1 / std
		}
	}
	return d.prior[:min(n, ref.Chunk)]
}

// KLGaussian implements kernels.Device.
func (d *Device) KLGaussian(k kernels.KLGaussian) {
	k.Check()
	defer d.lock()()
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

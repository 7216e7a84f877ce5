package kernels

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// GaussianScale computes Sigma = softplus(Rho), not below 2⁻⁴⁰, and InvSigma = 1/Sigma
// for N elements: the standard deviations of the mean-field posterior.
type GaussianScale struct {
	N                    int
	Rho, Sigma, InvSigma F32
}

// Check panics unless the buffers hold N elements.
func (g *GaussianScale) Check() {
	const op = "GaussianScale"
	check(op, "Rho", g.Rho, vector(g.N))
	check(op, "Sigma", g.Sigma, vector(g.N))
	check(op, "InvSigma", g.InvSigma, vector(g.N))
}

// threeJob is an elementwise job with two results and one argument, or the reverse.
type threeJob struct {
	f       func(a, b, c []float32)
	a, b, c []float32
}

func (j *threeJob) task(_, i int) {
	lo, hi := chunk(i, len(j.a))
	j.f(j.a[lo:hi], j.b[lo:hi], j.c[lo:hi])
}

// GaussianScale implements Device.
func (d *CPU) GaussianScale(g GaussianScale) {
	g.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.three
	*j = threeJob{d.row.gaussianScale, hostSlice(g.Sigma)[:g.N], hostSlice(g.InvSigma)[:g.N], hostSlice(g.Rho)[:g.N]}
	d.pool.run(j, chunks(g.N))
}

// GaussianScaleGrad computes DRho = DSigma·sigmoid(Rho) for N elements. DRho may be DSigma.
type GaussianScaleGrad struct {
	N                 int
	DSigma, Rho, DRho F32
}

// Check panics unless the buffers hold N elements.
func (g *GaussianScaleGrad) Check() {
	const op = "GaussianScaleGrad"
	check(op, "DSigma", g.DSigma, vector(g.N))
	check(op, "Rho", g.Rho, vector(g.N))
	check(op, "DRho", g.DRho, vector(g.N))
}

// GaussianScaleGrad implements Device.
func (d *CPU) GaussianScaleGrad(g GaussianScaleGrad) {
	g.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.three
	*j = threeJob{d.row.gaussianScaleGrad, hostSlice(g.DRho)[:g.N], hostSlice(g.DSigma)[:g.N], hostSlice(g.Rho)[:g.N]}
	d.pool.run(j, chunks(g.N))
}

// KLGaussian adds KL(N(Mu, Sigma²) ‖ N(0, s²)), summed over N independent elements, to
// KL[0] (nats), and Weight times its gradient to DMu and DSigma. The prior's standard
// deviation s is PriorStd for all elements, or with InvPrior, which then holds N values 1/s,
// one for each.
type KLGaussian struct {
	N           int
	Mu, Sigma   F32
	PriorStd    float32
	InvPrior    F32
	Weight      float32
	KL          F64
	DMu, DSigma F32
}

// Check panics unless the buffers hold the shapes and the prior's scale is positive.
func (k *KLGaussian) Check() {
	const op = "KLGaussian"
	if k.InvPrior != nil {
		check(op, "InvPrior", k.InvPrior, vector(k.N))
	} else {
		checkArg(k.PriorStd > 0 && !math.IsInf(float64(k.PriorStd), 1), op, "prior standard deviation %v, want a positive finite number", k.PriorStd)
	}
	checkArg(k.Weight >= 0 && !math.IsInf(float64(k.Weight), 1), op, "weight %v, want a finite number of at least 0", k.Weight)
	check(op, "Mu", k.Mu, vector(k.N))
	check(op, "Sigma", k.Sigma, vector(k.N))
	check(op, "KL", k.KL, vector(1))
	check(op, "DMu", k.DMu, vector(k.N))
	check(op, "DSigma", k.DSigma, vector(k.N))
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

// invPrior is k's, made in the device's scratch memory where k has one value for all.
func (d *CPU) invPrior(k *KLGaussian) invPrior {
	if k.InvPrior != nil {
		return hostSlice(k.InvPrior)[:k.N]
	}
	p := grow(&d.prior, min(k.N, ref.Chunk))
	for i := range p {
		p[i] = 1 / k.PriorStd
	}
	return p
}

// KLGaussian implements Device.
func (d *CPU) KLGaussian(k KLGaussian) {
	k.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.kl
	*j = klJob{d.row.klGaussian, hostSlice(k.Mu)[:k.N], hostSlice(k.Sigma)[:k.N], hostSlice(k.DMu)[:k.N], hostSlice(k.DSigma)[:k.N],
		d.invPrior(&k), k.Weight, grow(&d.partial, chunks(k.N))}
	d.pool.run(j, chunks(k.N))
	hostSlice(k.KL)[0] += chain(j.partial)
}

func (j *klJob) task(_, i int) {
	lo, hi := chunk(i, len(j.mu))
	j.partial[i] = j.f(j.mu[lo:hi], j.sigma[lo:hi], j.dMu[lo:hi], j.dSigma[lo:hi], j.prior.chunk(lo, hi, len(j.mu)), j.weight)
}

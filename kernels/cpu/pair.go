package cpu

import "github.com/symvi/symvi/kernels"

type pairJob struct {
	row             *row
	n, d            int
	w, mu, invSigma []float32
	c, logNorm      []float64
}

// PairLogDensity implements kernels.Device.
func (d *Device) PairLogDensity(p kernels.PairLogDensity) {
	p.Check()
	defer d.lock()()
	j := &d.jobs.pair
	*j = pairJob{d.row, p.N, p.D, hostSlice(p.W), hostSlice(p.Mu), hostSlice(p.InvSigma),
		hostSlice(p.C), grow(&d.partial, p.N)}
	for i := range p.N {
		j.logNorm[i] = j.normalizer(i)
	}
	d.pool.runIf(p.Batch*p.N*p.N*p.D, j, p.Batch*p.N)
}

// normalizer is Σ_p log(1/σ) − D·½ log 2π of component i.
func (j *pairJob) normalizer(i int) float64 {
	inv := j.invSigma[i*j.d : (i+1)*j.d]
	total := 0.0
	for c := range chunks(len(inv)) {
		lo, hi := chunk(c, len(inv))
		total += j.row.sumLog(inv[lo:hi])
	}
	const halfLog2Pi = 0.91893853320467274178
	return total - float64(float64(j.d)*halfLog2Pi)
}

func (j *pairJob) task(_, t int) {
	item, i := t/j.n, t%j.n
	w := j.w[item*j.n*j.d : (item+1)*j.n*j.d]
	j.row.pairLogDensity(j.c[t*j.n:(t+1)*j.n], w, j.mu[i*j.d:(i+1)*j.d],
		j.invSigma[i*j.d:(i+1)*j.d], j.logNorm[i])
}

type pairGradJob struct {
	row                *row
	n, d               int
	a, w, mu, invSigma []float32
	dw                 []float32
}

// PairGrad implements kernels.Device.
func (d *Device) PairGrad(p kernels.PairGrad) {
	p.Check()
	defer d.lock()()
	j := &d.jobs.pairGrad
	*j = pairGradJob{d.row, p.N, p.D, hostSlice(p.Coefficients), hostSlice(p.W), hostSlice(p.Mu),
		hostSlice(p.InvSigma), hostSlice(p.DW)}
	d.pool.runIf(p.Batch*p.N*p.N*p.D, j, p.Batch*p.N)
}

func (j *pairGradJob) task(_, t int) {
	item, neuron := t/j.n, t%j.n
	lo, hi := t*j.d, (t+1)*j.d
	j.row.pairGrad(j.dw[lo:hi], j.w[lo:hi], j.mu, j.invSigma, j.a[item*j.n*j.n+neuron:], j.n, j.n)
}

package kernels

import "github.com/symvi/symvi/internal/ref"

// PairLogDensity computes the pair log-density matrices of Batch sampled layers,
//
//	C[item, i, j] = Σ_p log N(W[item, j, p]; Mu[i, p], 1/InvSigma[i, p]²)   (nats)
//
// for i, j < N neurons of D parameters each: i is the component, j the sampled
// neuron. W holds Batch contiguous N×D matrices. Differences are float32, their
// squares are summed in float64 (estimators.md: float32 sums cost 4e-4 nats).
type PairLogDensity struct {
	Batch, N, D     int
	W, Mu, InvSigma F32
	C               F64
}

// Check panics unless the buffers hold the shapes.
func (p *PairLogDensity) Check() {
	const op = "PairLogDensity"
	check(op, "W", p.W, dense(p.Batch*p.N, p.D))
	check(op, "Mu", p.Mu, dense(p.N, p.D))
	check(op, "InvSigma", p.InvSigma, dense(p.N, p.D))
	check(op, "C", p.C, dense(p.Batch*p.N, p.N))
}

type pairJob struct {
	row             *row
	n, d            int
	w, mu, invSigma []float32
	c, logNorm      []float64
}

// PairLogDensity implements Device.
func (d *CPU) PairLogDensity(p PairLogDensity) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.pair
	*j = pairJob{d.row, p.N, p.D, hostSlice(p.W), hostSlice(p.Mu), hostSlice(p.InvSigma), hostSlice(p.C), grow(&d.partial, p.N)}
	for i := range p.N {
		j.logNorm[i] = j.normaliser(i)
	}
	d.pool.runIf(p.Batch*p.N*p.N*p.D, j, p.Batch*p.N)
}

// normaliser is Σ_p log(1/σ) − D·½ log 2π of component i.
func (j *pairJob) normaliser(i int) float64 {
	inv := j.invSigma[i*j.d : (i+1)*j.d]
	total := 0.0
	for c := range chunks(len(inv)) {
		lo, hi := chunk(c, len(inv))
		total += j.row.sumLog(inv[lo:hi])
	}
	return total - float64(float64(j.d)*halfLog2Pi)
}

func (j *pairJob) task(_, t int) {
	item, i := t/j.n, t%j.n
	w := j.w[item*j.n*j.d : (item+1)*j.n*j.d]
	j.row.pairLogDensity(j.c[t*j.n:(t+1)*j.n], w, j.mu[i*j.d:(i+1)*j.d], j.invSigma[i*j.d:(i+1)*j.d], j.logNorm[i])
}

// PairGrad computes, for neuron j of every item,
//
//	DW[item, j, p] = Σ_i A[item, i, j]·(W[item, j, p] − Mu[i, p])·InvSigma[i, p]²
//
// a chain of fused multiply-adds in increasing i that leaves out coefficients
// of exactly 0. With A = P − I this is the path derivative of the information
// I(ω) with respect to ω (estimators.md, "Gradient of the entropy term").
type PairGrad struct {
	Batch, N, D     int
	Coefficients    F32
	W, Mu, InvSigma F32
	DW              F32
}

// Check panics unless the buffers hold the shapes.
func (p *PairGrad) Check() {
	const op = "PairGrad"
	check(op, "Coefficients", p.Coefficients, dense(p.Batch*p.N, p.N))
	check(op, "W", p.W, dense(p.Batch*p.N, p.D))
	check(op, "Mu", p.Mu, dense(p.N, p.D))
	check(op, "InvSigma", p.InvSigma, dense(p.N, p.D))
	check(op, "DW", p.DW, dense(p.Batch*p.N, p.D))
}

type pairGradJob struct {
	row                *row
	n, d               int
	a, w, mu, invSigma []float32
	dw                 []float32
}

// PairGrad implements Device.
func (d *CPU) PairGrad(p PairGrad) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.pairGrad
	*j = pairGradJob{d.row, p.N, p.D, hostSlice(p.Coefficients), hostSlice(p.W), hostSlice(p.Mu), hostSlice(p.InvSigma), hostSlice(p.DW)}
	d.pool.runIf(p.Batch*p.N*p.N*p.D, j, p.Batch*p.N)
}

func (j *pairGradJob) task(_, t int) {
	item, neuron := t/j.n, t%j.n
	lo, hi := t*j.d, (t+1)*j.d
	j.row.pairGrad(j.dw[lo:hi], j.w[lo:hi], j.mu, j.invSigma, j.a[item*j.n*j.n+neuron:], j.n, j.n)
}

// Permanent averages over all permutations of one layer: for every item's C (N×N),
//
//	Information[item] = tr C − log perm(e^C) + log N!  = log q(ω) − log q^G(ω)   (nats)
//	Coefficients[item] = P − I, P_ij the probability that component i explains neuron j
//
// by the subset dynamic programme, O(2^N·N) time and memory. Coefficients may be nil.
// C may hold −∞, but not NaN or +∞. Where every permutation has weight 0 there is
// nothing to average: Information and Coefficients are NaN.
type Permanent struct {
	Batch, N     int
	C            F64
	Information  F64
	Coefficients F32
}

// MaxPermanent is the largest N that Permanent takes.
const MaxPermanent = ref.MaxPermanent

// minSubset is the smallest N of the vector microkernels, which take 32 sets at a time.
const minSubset = 5

// Check panics unless the buffers hold the shapes and 1 ≤ N ≤ MaxPermanent.
func (p *Permanent) Check() {
	const op = "Permanent"
	checkArg(p.N >= 1 && p.N <= MaxPermanent, op, "N = %d, want 1 … 22", p.N)
	check(op, "C", p.C, dense(p.Batch*p.N, p.N))
	check(op, "Information", p.Information, vector(p.Batch))
	if p.Coefficients != nil {
		check(op, "Coefficients", p.Coefficients, dense(p.Batch*p.N, p.N))
	}
}

type permanentJob struct {
	d              *CPU
	n              int
	c, information []float64
	coefficients   []float32
	logFactorial   float64
}

// Permanent implements Device.
func (d *CPU) Permanent(p Permanent) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.permanent
	*j = permanentJob{d, p.N, hostSlice(p.C), hostSlice(p.Information), hostSlice(p.Coefficients), ref.LogFactorial(p.N)}
	d.pool.run(j, p.Batch)
}

func (j *permanentJob) task(worker, item int) {
	n := j.n
	floats, ints := ref.PermanentScratch(n)
	s := &j.d.scratch[worker]
	c := j.c[item*n*n : (item+1)*n*n]
	var a []float32
	if j.coefficients != nil {
		a = j.coefficients[item*n*n : (item+1)*n*n]
	}
	forward, marginals := j.d.row.subsetForward, j.d.row.subsetMarginals
	if n < minSubset {
		forward, marginals = ref.SubsetForward, ref.SubsetMarginals
	}
	logPerm := ref.PermanentBy(forward, marginals, a, c, n, grow(&s.f64, floats), grow(&s.i32, ints))
	trace := 0.0
	for i := range n {
		trace += c[i*n+i]
	}
	j.information[item] = trace - logPerm + j.logFactorial
}

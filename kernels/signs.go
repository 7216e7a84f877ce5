package kernels

import "github.com/symvi/symvi/internal/ref"

// CombineSigns averages over the sign flips of single neurons, which commute with the
// permutations: with Positive the pair log-densities of the neurons and Negative
// those of the negated neurons, both Batch×N×N,
//
//	Positive[item, i, j] ← log(e^Positive + e^Negative)
//	Negative[item, i, j] ← e^Negative/(e^Positive + e^Negative)
//	Correction[item] = Offset + Σ_i (Positive before − Positive after)[item, i, i]
//
// so that Positive describes the neurons up to their sign.
type CombineSigns struct {
	Batch, N           int
	Positive, Negative F64
	Offset             float64
	Correction         F64
}

// Check panics unless the buffers hold the shapes.
func (p *CombineSigns) Check() {
	const op = "CombineSigns"
	check(op, "Positive", p.Positive, dense(p.Batch*p.N, p.N))
	check(op, "Negative", p.Negative, dense(p.Batch*p.N, p.N))
	check(op, "Correction", p.Correction, vector(p.Batch))
}

type combineSignsJob struct {
	p                              CombineSigns
	positive, negative, correction []float64
}

// CombineSigns implements Device.
func (d *CPU) CombineSigns(p CombineSigns) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.combineSigns
	*j = combineSignsJob{p, hostSlice(p.Positive), hostSlice(p.Negative), hostSlice(p.Correction)}
	d.pool.runIf(p.Batch*p.N*p.N, j, p.Batch)
}

func (j *combineSignsJob) task(_, item int) {
	n := j.p.N
	positive, negative := j.positive[item*n*n:(item+1)*n*n], j.negative[item*n*n:(item+1)*n*n]
	before := 0.0
	for i := range n {
		before += positive[i*n+i]
	}
	ref.CombineSigns(positive, negative)
	after := 0.0
	for i := range n {
		after += positive[i*n+i]
	}
	j.correction[item] = j.p.Offset + (before - after)
}

// SplitSigns divides the coefficients P − I that were computed from CombineSigns' matrices
// between the neurons and the negated ones, by the shares left in CombineSigns.Negative:
//
//	Negative = Shares·P,  Coefficients ← (1 − Shares)·P − I
type SplitSigns struct {
	Batch, N     int
	Shares       F64
	Coefficients F32
	Negative     F32
}

// Check panics unless the buffers hold the shapes.
func (p *SplitSigns) Check() {
	const op = "SplitSigns"
	check(op, "Shares", p.Shares, dense(p.Batch*p.N, p.N))
	check(op, "Coefficients", p.Coefficients, dense(p.Batch*p.N, p.N))
	check(op, "Negative", p.Negative, dense(p.Batch*p.N, p.N))
}

// SplitSigns implements Device.
func (d *CPU) SplitSigns(p SplitSigns) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	shares, coefficients, negative := hostSlice(p.Shares), hostSlice(p.Coefficients), hostSlice(p.Negative)
	for item := range p.Batch {
		lo, hi := item*p.N*p.N, (item+1)*p.N*p.N
		ref.SplitSigns(coefficients[lo:hi], negative[lo:hi], shares[lo:hi], p.N)
	}
}

package cpu

import "github.com/symvi/symvi/kernels"

type combineSignsJob struct {
	row                            *row
	p                              kernels.CombineSigns
	positive, negative, correction []float64
}

// CombineSigns implements kernels.Device.
func (d *Device) CombineSigns(p kernels.CombineSigns) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.combineSigns
	*j = combineSignsJob{d.row, p, hostSlice(p.Positive), hostSlice(p.Negative), hostSlice(p.Correction)}
	d.pool.runIf(p.Batch*p.N*p.N, j, p.Batch)
}

func (j *combineSignsJob) task(_, item int) {
	n := j.p.N
	positive, negative := j.positive[item*n*n:(item+1)*n*n], j.negative[item*n*n:(item+1)*n*n]
	before := 0.0
	for i := range n {
		before += positive[i*n+i]
	}
	j.row.combineSigns(positive, negative)
	after := 0.0
	for i := range n {
		after += positive[i*n+i]
	}
	j.correction[item] = j.p.Offset + (before - after)
}

// SplitSigns implements kernels.Device.
func (d *Device) SplitSigns(p kernels.SplitSigns) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	shares, coefficients, negative := hostSlice(p.Shares), hostSlice(p.Coefficients), hostSlice(p.Negative)
	for item := range p.Batch {
		lo, hi := item*p.N*p.N, (item+1)*p.N*p.N
		d.row.splitSigns(coefficients[lo:hi], negative[lo:hi], shares[lo:hi], p.N)
	}
}

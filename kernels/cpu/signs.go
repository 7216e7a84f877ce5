package cpu

import "github.com/symvi/symvi/kernels"

// CombineSigns implements kernels.Device.
func (d *Device) CombineSigns(p kernels.CombineSigns) {
	p.Check()
	ours(p.Positive, p.Negative, p.Correction)
	inTasks(d, &d.jobs.combineSigns, p, p.Batch*p.N*p.N, p.Batch, combineSigns)
}

func combineSigns(d *Device, p *kernels.CombineSigns, _, item int) {
	n := p.N
	lo, hi := item*n*n, (item+1)*n*n
	positive, negative := hostSlice(p.Positive)[lo:hi], hostSlice(p.Negative)[lo:hi]
	before := 0.0
	for i := range n {
		before += positive[i*n+i]
	}
	d.row.combineSigns(positive, negative)
	after := 0.0
	for i := range n {
		after += positive[i*n+i]
	}
	hostSlice(p.Correction)[item] = p.Offset + (before - after)
}

// SplitSigns implements kernels.Device.
func (d *Device) SplitSigns(p kernels.SplitSigns) {
	p.Check()
	defer d.lock()()
	shares, coefficients, negative := hostSlice(p.Shares), hostSlice(p.Coefficients),
		hostSlice(p.Negative)
	for item := range p.Batch {
		lo, hi := item*p.N*p.N, (item+1)*p.N*p.N
		d.row.splitSigns(coefficients[lo:hi], negative[lo:hi], shares[lo:hi], p.N)
	}
}

package cpu

import "github.com/symvi/symvi/kernels"

type unaryJob struct {
	f        func(dst, src []float32)
	dst, src []float32
}

// Unary implements kernels.Device.
func (d *Device) Unary(u kernels.Unary) {
	u.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.unary
	*j = unaryJob{d.row.unary(u.Function), hostSlice(u.Dst)[:u.N], hostSlice(u.Src)[:u.N]}
	d.pool.run(j, chunks(u.N))
}

func (r *row) unary(f kernels.Function) func(dst, src []float32) {
	switch f {
	case kernels.Exp:
		return r.exp
	case kernels.Log:
		return r.log
	case kernels.Log1p:
		return r.log1p
	case kernels.TanhFunction:
		return r.tanh
	case kernels.Softplus:
		return r.softplus
	default:
		return r.sigmoid
	}
}

func (j *unaryJob) task(_, i int) {
	lo, hi := chunk(i, len(j.src))
	j.f(j.dst[lo:hi], j.src[lo:hi])
}

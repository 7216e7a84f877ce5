package cpu

import "github.com/symvi/symvi/kernels"

type unaryJob struct {
	f        func(dst, src []float32, function int)
	function int
	dst, src []float32
}

// Unary implements kernels.Device.
func (d *Device) Unary(u kernels.Unary) {
	u.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.unary
	*j = unaryJob{d.row.unary, int(u.Function), hostSlice(u.Dst)[:u.N], hostSlice(u.Src)[:u.N]}
	d.pool.run(j, chunks(u.N))
}

func (j *unaryJob) task(_, i int) {
	lo, hi := chunk(i, len(j.src))
	j.f(j.dst[lo:hi], j.src[lo:hi], j.function)
}

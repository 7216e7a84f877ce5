package cpu

import "github.com/symvi/symvi/kernels"

type adamJob struct {
	f          func(x, m, v, g []float32, s kernels.AdamStep)
	x, m, v, g []float32
	step       kernels.AdamStep
}

// Adam implements kernels.Device.
func (d *Device) Adam(a kernels.Adam) {
	a.Check()
	defer d.lock()()
	j := &d.jobs.adam
	*j = adamJob{d.row.adam, hostSlice(a.X)[:a.N], hostSlice(a.M)[:a.N], hostSlice(a.V)[:a.N],
		hostSlice(a.Grad)[:a.N], a.Constants()}
	d.pool.run(j, chunks(a.N))
}

func (j *adamJob) task(_, i int) {
	lo, hi := chunk(i, len(j.x))
	j.f(j.x[lo:hi], j.m[lo:hi], j.v[lo:hi], j.g[lo:hi], j.step)
}

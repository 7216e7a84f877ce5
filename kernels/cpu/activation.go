package cpu

import "github.com/symvi/symvi/kernels"

type activationGradJob struct {
	grad      func(dx, y, dy []float32)
	y, dy, dx []float32
}

// ActivationGrad implements kernels.Device.
func (d *Device) ActivationGrad(a kernels.ActivationGrad) {
	a.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.activationGrad
	*j = activationGradJob{d.row.reluGrad, hostSlice(a.Y)[:a.N], hostSlice(a.DY)[:a.N],
		hostSlice(a.DX)[:a.N]}
	switch a.Activation {
	case kernels.Identity:
		copy(j.dx, j.dy)
		return
	case kernels.Tanh:
		j.grad = d.row.tanhGrad
	}
	d.pool.run(j, chunks(a.N))
}

func (j *activationGradJob) task(_, i int) {
	lo, hi := chunk(i, len(j.y))
	j.grad(j.dx[lo:hi], j.y[lo:hi], j.dy[lo:hi])
}

package cpu

import "github.com/symvi/symvi/kernels"

// ActivationGrad implements kernels.Device.
func (d *Device) ActivationGrad(a kernels.ActivationGrad) {
	a.Check()
	ours(a.Y, a.DY, a.DX)
	inChunks(d, &d.jobs.activationGrad, a, chunks(a.N), activationGrad)
}

func activationGrad(d *Device, a *kernels.ActivationGrad, _, i int) {
	lo, hi := chunk(i, a.N)
	y, dy, dx := hostSlice(a.Y)[lo:hi], hostSlice(a.DY)[lo:hi], hostSlice(a.DX)[lo:hi]
	switch a.Activation {
	case kernels.Identity:
		copy(dx, dy)
	case kernels.Tanh:
		d.row.tanhGrad(dx, y, dy)
	default:
		d.row.reluGrad(dx, y, dy)
	}
}

package cpu

import "github.com/symvi/symvi/kernels"

// Unary implements kernels.Device.
func (d *Device) Unary(u kernels.Unary) {
	u.Check()
	ours(u.Src, u.Dst)
	inChunks(d, &d.jobs.unary, u, chunks(u.N), unary)
}

func unary(d *Device, u *kernels.Unary, _, i int) {
	lo, hi := chunk(i, u.N)
	d.row.unary(hostSlice(u.Dst)[lo:hi], hostSlice(u.Src)[lo:hi], int(u.Function))
}

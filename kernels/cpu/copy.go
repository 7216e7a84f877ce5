package cpu

import "github.com/symvi/symvi/kernels"

// Copy2D implements kernels.Device.
func (d *Device) Copy2D(c kernels.Copy2D) {
	c.Check()
	ours(c.Src, c.Dst)
	if c.Rows == 0 || c.Cols == 0 {
		return
	}
	inTasks(d, &d.jobs.copy2D, c, c.Batch*c.Rows*c.Cols, c.Batch, copy2D)
}

func copy2D(_ *Device, c *kernels.Copy2D, _, item int) {
	src, dst := hostSlice(c.Src)[item*c.StrideSrc:], hostSlice(c.Dst)[item*c.StrideDst:]
	for i := range c.Rows {
		s, t := i*c.SrcRow, i*c.DstRow
		switch {
		case c.Accumulate && c.SrcCol == 1 && c.DstCol == 1:
			x, y := src[s:s+c.Cols], dst[t:t+c.Cols]
			for k, v := range x {
				y[k] += float32(c.Scale * v)
			}
		case c.Accumulate:
			for k := range c.Cols {
				dst[t+k*c.DstCol] += float32(c.Scale * src[s+k*c.SrcCol])
			}
		case c.SrcCol == 1 && c.DstCol == 1:
			copy(dst[t:t+c.Cols], src[s:])
		default:
			for k := range c.Cols {
				dst[t+k*c.DstCol] = src[s+k*c.SrcCol]
			}
		}
	}
}

package cpu

import "github.com/symvi/symvi/kernels"

type copy2DJob struct {
	c        kernels.Copy2D
	src, dst []float32
}

// Copy2D implements kernels.Device.
func (d *Device) Copy2D(c kernels.Copy2D) {
	c.Check()
	if c.Rows == 0 || c.Cols == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.copy2D
	*j = copy2DJob{c, hostSlice(c.Src), hostSlice(c.Dst)}
	d.pool.runIf(c.Batch*c.Rows*c.Cols, j, c.Batch)
}

func (j *copy2DJob) task(_, item int) {
	c := &j.c
	src, dst := j.src[item*c.StrideSrc:], j.dst[item*c.StrideDst:]
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

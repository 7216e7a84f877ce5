//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// SumRows implements kernels.Device: a block for 32 columns of an item.
func (d *Device) SumRows(s kernels.SumRows) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	slabs := blocks(s.Cols, 32)
	d.launch(kernel{"sumrows", "sumrows"}, dim3{x: s.Batch * slabs}, dim3{x: 32, y: 8}, 0,
		ptr(s.Dst), ptr(s.X), num(s.Rows), num(s.Cols), num(s.StrideDst), num(slabs), replicaStride)
}

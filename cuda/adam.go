//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// Adam implements kernels.Device: an element a thread.
func (d *Device) Adam(a kernels.Adam) {
	a.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	s := a.Constants()
	d.launch(kernel{"adam", "adam"}, dim3{x: blocks(a.N, 256)}, dim3{x: 256}, 0, ptr(a.X), ptr(a.M),
		ptr(a.V), ptr(a.Grad), num(a.N), f32(s.LR), f32(s.Beta1), f32(s.Beta2), f32(s.Epsilon),
		f32(s.C1), f32(s.C2), f32(s.Correct1), f32(s.Correct2))
}

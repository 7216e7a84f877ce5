//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// Accumulate implements kernels.Device: an element a thread.
func (d *Device) Accumulate(a kernels.Accumulate) {
	a.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	name := "accumulate_sum"
	if a.Kind == kernels.LogSumExpOfNegated {
		name = "accumulate_log_sum_exp"
	}
	d.launch(kernel{"accumulate", name}, dim3{x: blocks(a.N, 256)}, dim3{x: 256}, 0,
		ptr(a.State), ptr(a.Src), num(a.Samples), num(a.N), flag(a.First))
}

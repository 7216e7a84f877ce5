//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// StepWindow implements kernels.Recorder: one block.
func (d *Device) StepWindow(w kernels.StepWindow) {
	w.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(kernel{"window", "step_window"}, dim3{x: 1}, dim3{x: 160}, 0,
		ptr(w.Window), source(w.Plan), ptr(w.Next), num(w.Rows), num(w.PlanRows), replicaStride)
}

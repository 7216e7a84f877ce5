package cpu

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// StepWindow moves on in a plan: see kernels.StepWindow.
func (d *Device) StepWindow(w kernels.StepWindow) {
	w.Check()
	defer d.lock()()
	const words = kernels.StepWords
	window, plan := hostSlice(w.Window)[:w.Rows*words], hostSlice(w.Plan)[:w.PlanRows*words]
	ref.StepWindow(window, plan, hostSlice(w.Next))
}

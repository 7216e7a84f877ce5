package cpu_test

import (
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/kerneltest"
)

// plain hides the operations that a device has on its own.
type plain struct{ kernels.Device }

// TestStepsComposed holds the compositions to the same tests as the CPU's own operations.
func TestStepsComposed(t *testing.T) {
	d := plain{newCPU(t, "", 2)}
	if _, ok := kernels.Device(d).(kernels.GaussianSteps); ok {
		t.Fatal("the device has a GaussianStep of its own")
	}
	kerneltest.RunSteps(t, d)
}

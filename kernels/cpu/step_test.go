package cpu_test

import (
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/kerneltest"
)

// plain hides the operations that a device has on its own.
type plain struct{ kernels.Device }

// TestGaussianStepComposed holds the composition to the same test as the CPU's own operation.
func TestGaussianStepComposed(t *testing.T) {
	d := plain{newCPU(t, "", 2)}
	if _, ok := kernels.Device(d).(kernels.GaussianSteps); ok {
		t.Fatal("the device has a GaussianStep of its own")
	}
	kerneltest.TestGaussianStep(t, d)
}

// TestShardGradientsComposed does so for the gradients of shards.
func TestShardGradientsComposed(t *testing.T) {
	kerneltest.TestShardGradients(t, plain{newCPU(t, "", 2)})
}

// TestShardStepComposed does so for what follows.
func TestShardStepComposed(t *testing.T) {
	kerneltest.TestShardStep(t, plain{newCPU(t, "", 2)})
}

package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// ActivationGrad checks one call, out of place and in place.
func ActivationGrad(t testing.TB, d kernels.Device, a kernels.Activation, y, dy []float32) {
	t.Helper()
	n := len(y)
	c := newCall(t, d, "ActivationGrad %v n=%d", a, n)
	bufY, _ := c.in32("Y", y)
	bufDY, _ := c.in32("DY", dy)
	bufDX, dx := c.out32("DX", n)
	both, inPlace := c.in32("DY and DX", dy)
	d.ActivationGrad(kernels.ActivationGrad{Activation: a, N: n, Y: bufY, DY: bufDY, DX: bufDX})
	d.ActivationGrad(kernels.ActivationGrad{Activation: a, N: n, Y: bufY, DY: both, DX: both})
	switch a {
	case kernels.Identity:
		copy(dx, dy)
	case kernels.ReLU:
		ref.ReLUGrad(dx, y, dy)
	case kernels.Tanh:
		ref.TanhGrad(dx, y, dy)
	}
	copy(inPlace, dx)
	c.check()
}

func testActivationGrad(t *testing.T, d kernels.Device) {
	in := newInputs()
	for a := kernels.Identity; a <= kernels.Tanh; a++ {
		for _, n := range lengths() {
			ActivationGrad(t, d, a, in.wild(n), in.wild(n))
		}
	}
}

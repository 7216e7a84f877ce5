package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// checkAdam checks one step.
func checkAdam(t testing.TB, d kernels.Device, a kernels.Adam, x, m, v, grad []float32) {
	t.Helper()
	c := newCall(t, d, "Adam n=%d step=%d", len(x), a.Step)
	a.N = len(x)
	a.X, x = c.in32("X", x)
	a.M, m = c.in32("M", m)
	a.V, v = c.in32("V", v)
	a.Grad, grad = c.in32("Grad", grad)
	d.Adam(a)
	ref.Adam(x, m, v, grad, ref.AdamStep(a.Constants()))
	c.check()
}

func testAdam(t *testing.T, d kernels.Device) {
	in := newInputs()
	for i, n := range lengths() {
		a := kernels.Adam{LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 1 + i*i*i}
		checkAdam(t, d, a, in.normal(n, 1), in.normal(n, 0.1), in.positive(n, 4), in.normal(n, 1))
		a.LR, a.Beta1, a.Beta2, a.Epsilon = 0.5, 0, 0.5, 0
		checkAdam(t, d, a, in.wild(n), in.wild(n), in.wild(n), in.wild(n))
	}
}

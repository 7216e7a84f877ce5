package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

var functions = map[kernels.Function]func(float32) float32{
	kernels.Exp: ref.Exp, kernels.Log: ref.Log, kernels.Log1p: ref.Log1p,
	kernels.TanhFunction: ref.Tanh, kernels.Softplus: ref.Softplus, kernels.Sigmoid: ref.Sigmoid,
}

// Unary checks one call, out of place and in place.
func Unary(t testing.TB, d kernels.Device, f kernels.Function, src []float32) {
	t.Helper()
	n := len(src)
	c := newCall(t, d, "Unary %v n=%d", f, n)
	from, x := c.in32("Src", src)
	to, y := c.out32("Dst", n)
	both, z := c.in32("Src and Dst", src)
	d.Unary(kernels.Unary{Function: f, N: n, Src: from, Dst: to})
	d.Unary(kernels.Unary{Function: f, N: n, Src: both, Dst: both})
	for i, v := range x {
		y[i] = functions[f](v)
		z[i] = y[i]
	}
	c.check()
}

func testUnary(t *testing.T, d kernels.Device) {
	in := newInputs()
	for f := kernels.Exp; f <= kernels.Sigmoid; f++ {
		Unary(t, d, f, special)
		for _, n := range lengths() {
			Unary(t, d, f, in.wild(n))
		}
	}
}

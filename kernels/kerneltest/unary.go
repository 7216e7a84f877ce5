package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

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
		y[i] = ref.Unary[f].Of(v)
		z[i] = y[i]
	}
	c.check()
}

func testUnary(t *testing.T, d kernels.Device) {
	in := newInputs()
	for f := range kernels.Function(len(ref.Unary)) {
		Unary(t, d, f, special)
		for _, n := range lengths() {
			Unary(t, d, f, in.wild(n))
		}
	}
}

package cpu_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels/cpu"
)

func TestSlices(t *testing.T) {
	x := make([]float32, 1001)
	for i := range x {
		x[i] = float32(i-500) / 16
	}
	for name, f := range map[string][2]func(dst, src []float32){
		"Exp": {cpu.Exp, ref.ExpSlice}, "Log": {cpu.Log, ref.LogSlice}, "Log1p": {cpu.Log1p, ref.Log1pSlice},
		"Tanh": {cpu.Tanh, ref.TanhSlice}, "Softplus": {cpu.Softplus, ref.SoftplusSlice}, "Sigmoid": {cpu.Sigmoid, ref.SigmoidSlice},
	} {
		got, want := make([]float32, len(x)), make([]float32, len(x))
		f[0](got, x)
		f[1](want, x)
		for i := range x {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) && !(got[i] != got[i] && want[i] != want[i]) {
				t.Fatalf("%s(%v) = %v, want %v", name, x[i], got[i], want[i])
			}
		}
		if m := message(func() { f[0](got[1:], x) }); !strings.Contains(m, "destination has 1000 elements, want 1001") {
			t.Errorf("%s of slices of two lengths: %q", name, m)
		}
	}
}

func ExampleExp() {
	y := make([]float32, 3)
	cpu.Exp(y, []float32{0, 1, 2})
	fmt.Println(y)
	// Output: [1 2.7182817 7.389056]
}

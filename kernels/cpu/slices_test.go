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
	for number, f := range []func(dst, src []float32){cpu.Exp, cpu.Log, cpu.Log1p, cpu.Tanh, cpu.Softplus, cpu.Sigmoid} {
		name := ref.Unary[number].Name
		got, want := make([]float32, len(x)), make([]float32, len(x))
		f(got, x)
		ref.UnarySlice(want, x, number)
		for i := range x {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) && !(got[i] != got[i] && want[i] != want[i]) {
				t.Fatalf("%s(%v) = %v, want %v", name, x[i], got[i], want[i])
			}
		}
		if m := message(func() { f(got[1:], x) }); !strings.Contains(m, "destination has 1000 elements, want 1001") {
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

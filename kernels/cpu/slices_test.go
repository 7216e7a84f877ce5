package cpu_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

func TestSlices(t *testing.T) {
	x := make([]float32, 1001)
	for i := range x {
		x[i] = float32(i-500) / 16
	}
	for number, f := range []func(dst, src []float32){cpu.Exp, cpu.Log, cpu.Log1p, cpu.Tanh,
		cpu.Softplus, cpu.Sigmoid} {
		name := ref.Unary[number].Name
		got, want := make([]float32, len(x)), make([]float32, len(x))
		f(got, x)
		ref.UnarySlice(want, x, number)
		for i := range x {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) &&
				!(got[i] != got[i] && want[i] != want[i]) {
				t.Fatalf("%s(%v) = %v, want %v", name, x[i], got[i], want[i])
			}
		}
		if m := message(func() {
			f(got[1:], x)
		}); !strings.Contains(m, "destination has 1000 elements, want 1001") {
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

func ExampleGemm() {
	a := []float32{1, 2, 3, 4, 5, 6} // 2×3
	c := make([]float32, 4)
	cpu.Gemm(false, true, 2, 2, 3, a, 3, a, 3, c, 2, false) // A·Aᵀ
	fmt.Println(c)
	// Output: [14 32 32 77]
}

func ExampleNormals() {
	key := kernels.Key{Seed: 1}
	all, part := make([]float32, 5000), make([]float32, 3)
	cpu.Normals(all, key, 0)
	cpu.Normals(part, key, 4000)
	fmt.Println(all[4000:4003], part)
	// Output: [-0.816135 0.28464997 -0.19525185] [-0.816135 0.28464997 -0.19525185]
}

// TestNormals: the numbers are the key's, wherever one begins.
func TestNormals(t *testing.T) {
	key := kernels.Key{Seed: 3, Stream: 1, Step: 4, Sample: 1}
	for _, first := range []int{0, 1, 63, 64, 1000} {
		got, want := make([]float32, 2500), make([]float32, 2500)
		cpu.Normals(got, key, first)
		key.Normals(want, first)
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("element %d from %d on: %v, want %v", i, first, got[i], want[i])
			}
		}
	}
	buffer := make([]float32, 5000)
	if n := testing.AllocsPerRun(3, func() { cpu.Normals(buffer, key, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

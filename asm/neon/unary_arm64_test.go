package neon

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

var unaries = []struct {
	name         string
	kernel, spec func(dst, src []float32)
}{
	{"Exp", Exp, ref.ExpSlice}, {"Log", Log, ref.LogSlice}, {"Log1p", Log1p, ref.Log1pSlice},
	{"Tanh", Tanh, ref.TanhSlice}, {"Softplus", Softplus, ref.SoftplusSlice}, {"Sigmoid", Sigmoid, ref.SigmoidSlice},
}

func TestUnary(t *testing.T) {
	for _, u := range unaries {
		eachLength(t, func(t testing.TB, n int, draw func() []float32) {
			x := draw()
			compare(t, u.name, [][]float32{x, make([]float32, n)},
				func(s [][]float32) []float64 { u.kernel(s[1], s[0]); return nil },
				func(s [][]float32) []float64 { u.spec(s[1], s[0]); return nil })
			compare(t, u.name+" in place", [][]float32{x},
				func(s [][]float32) []float64 { u.kernel(s[0], s[0]); return nil },
				func(s [][]float32) []float64 { u.spec(s[0], s[0]); return nil })
		})
	}
}

// Every 9973rd float32, or every 99991st.
func TestUnarySweep(t *testing.T) {
	step := uint64(9973)
	if testing.Short() {
		step = 99991
	}
	x, got, want := make([]float32, 4096), make([]float32, 4096), make([]float32, 4096)
	for _, u := range unaries {
		for b := uint64(0); b < 1<<32; {
			for i := range x {
				x[i] = math.Float32frombits(uint32(b))
				b += step
			}
			u.kernel(got, x)
			u.spec(want, x)
			for i := range x {
				if !same32(got[i], want[i]) {
					t.Fatalf("%s(%v, %#08x) = %v, want %v", u.name, x[i], math.Float32bits(x[i]), got[i], want[i])
				}
			}
		}
	}
}

package neon

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

func TestActivation(t *testing.T) {
	eachLength(t, func(t testing.TB, n int, draw func() []float32) {
		compare(t, "AddTo", [][]float32{draw(), draw()},
			func(s [][]float32) []float64 { AddTo(s[0], s[1]); return nil },
			func(s [][]float32) []float64 { ref.AddTo(s[0], s[1]); return nil })
		compare(t, "ReLU", [][]float32{draw()},
			func(s [][]float32) []float64 { ReLU(s[0]); return nil },
			func(s [][]float32) []float64 { ref.ReLU(s[0]); return nil })
		for _, f := range []struct {
			name         string
			kernel, spec func(dx, y, dy []float32)
		}{{"ReLUGrad", ReLUGrad, ref.ReLUGrad}, {"TanhGrad", TanhGrad, ref.TanhGrad}} {
			y, dy := draw(), draw()
			compare(t, f.name, [][]float32{make([]float32, n), y, dy},
				func(s [][]float32) []float64 { f.kernel(s[0], s[1], s[2]); return nil },
				func(s [][]float32) []float64 { f.spec(s[0], s[1], s[2]); return nil })
			compare(t, f.name+" in place", [][]float32{y, dy},
				func(s [][]float32) []float64 { f.kernel(s[1], s[0], s[1]); return nil },
				func(s [][]float32) []float64 { f.spec(s[1], s[0], s[1]); return nil })
		}
	})
}

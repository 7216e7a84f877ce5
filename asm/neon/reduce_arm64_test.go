package neon

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

func TestReduce(t *testing.T) {
	for _, f := range []struct {
		name         string
		kernel, spec func(x []float32) float64
	}{{"Sum", Sum, ref.Sum}, {"SumLog", SumLog, ref.SumLog}} {
		eachLength(t, func(t testing.TB, n int, draw func() []float32) {
			x := draw()
			positive := make([]float32, n)
			ref.ExpSlice(positive, everyday(testRand, n, 8))
			for _, x := range [][]float32{x, positive} {
				compare(t, f.name, [][]float32{x},
					func(s [][]float32) []float64 { return []float64{f.kernel(s[0])} },
					func(s [][]float32) []float64 { return []float64{f.spec(s[0])} })
			}
		})
	}
}

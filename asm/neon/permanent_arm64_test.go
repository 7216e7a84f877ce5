package neon

import (
	"fmt"
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

func TestSubsetLoops(t *testing.T) {
	for n := 3; n <= 13; n++ {
		tame := everyday64(n*n, 1)
		for i, v := range tame {
			tame[i] = math.Exp(-v * v)
		}
		for _, a := range [][]float64{tame, everyday64(n*n, 1), wild64(n*n, 1)} {
			table := make([]float64, (n+1)*n*8)
			ref.SubsetTable(table, a, n)
			f, check := guarded64(t, 1<<n)
			want := make([]float64, 1<<n)
			SubsetForward(f, a, table, n)
			ref.SubsetForward(want, a, table, n)
			equal64(t, fmt.Sprintf("SubsetForward n=%d", n), f, want)
			check()

			b := everyday64(1<<n, 1)
			sums, check := guarded64(t, len(table))
			SubsetMarginals(sums, f, b, n)
			ref.SubsetMarginals(table, f, b, n)
			equal64(t, fmt.Sprintf("SubsetMarginals n=%d", n), sums, table)
			check()
		}
	}
}

package neon

import (
	"fmt"
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

// wild64 mixes special, huge and everyday numbers.
func wild64(n int, std float64) []float64 {
	odd := []float64{0, math.Inf(1), math.NaN(), 5e-324, 1e308, 745.2, 709.9, 1}
	x := make([]float64, n)
	for i := range x {
		x[i] = testRand.NormFloat64() * std
		if k := testRand.IntN(4 * len(odd)); k < 2*len(odd) {
			x[i] = math.Copysign(odd[k/2], float64(k%2)-0.5)
		}
	}
	return x
}

func everyday64(n int, std float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = testRand.NormFloat64() * std
	}
	return x
}

func equal64(t testing.TB, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if !same64(got[i], want[i]) {
			t.Errorf("%s: element %d of %d is %v, want %v", what, i, len(want), got[i], want[i])
			return
		}
	}
}

// guarded64 returns n elements between guard zones, and a check that these are untouched.
func guarded64(t testing.TB, n int) (s []float64, check func()) {
	const zone, guard = 9, 77
	b := make([]float64, n+2*zone)
	for i := range b {
		b[i] = guard
	}
	return b[zone : zone+n : zone+n], func() {
		t.Helper()
		for i, v := range b {
			if (i < zone || i >= zone+n) && v != guard {
				t.Errorf("%d elements: wrote at element %d", n, i-zone)
			}
		}
	}
}

func TestGatherAndScatterAdd(t *testing.T) {
	for _, n := range append(upTo(20), 65) {
		for _, k := range append(upTo(12), 50) {
			c := wild64(n*n, 3)
			perms := make([]int32, 0, k*n)
			for range k {
				for _, j := range testRand.Perm(n) {
					perms = append(perms, int32(j))
				}
			}
			got, check := guarded64(t, k)
			copy(got, wild64(k, 1))
			want := append([]float64(nil), got...)
			GatherAdd(got, c, perms, n)
			ref.GatherAddAll(want, c, perms, n)
			equal64(t, fmt.Sprintf("GatherAdd n=%d", n), got, want)
			check()

			weights := wild64(k, 1)
			got, check = guarded64(t, n*n)
			copy(got, c)
			want = append([]float64(nil), c...)
			ScatterAdd(got, weights, perms, n)
			ref.ScatterAdd(want, weights, perms, n)
			equal64(t, fmt.Sprintf("ScatterAdd n=%d", n), got, want)
			check()
		}
	}
}

func TestWeights(t *testing.T) {
	for k := 1; k < 200; k++ {
		for _, std := range []float64{1e-3, 5, 200, 1e5} {
			negative := everyday64(k, 1)
			for i := range negative {
				negative[i] = min(negative[i], math.Copysign(0, -1)) // the sign of the largest is the first zero's
			}
			for _, x := range [][]float64{wild64(k, std), everyday64(k, std), negative} {
				got, check := guarded64(t, k)
				want := make([]float64, k)
				largest, sum := Weights(got, x)
				wantLargest, wantSum := ref.Weights(want, x)
				equal64(t, "Weights", got, want)
				equal64(t, "Weights' results", []float64{largest, sum}, []float64{wantLargest, wantSum})
				check()
			}
		}
	}
}

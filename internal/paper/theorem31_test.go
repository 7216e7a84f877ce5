package paper

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/ref"
)

// TestClosestIsOptimal compares the search over pairs with all permutations.
func TestClosestIsOptimal(t *testing.T) {
	for _, l := range []layer{{1, 1, 5, 1}, {2, 3, 6, 4}, {4, 1, 4, 9}} {
		got := must.Get(l.closest(t.Context()))(t)
		d := l.numbers()
		w := make([]float32, l.Hidden*d+l.Outputs)
		ref.Key{Seed: uint64(l.Seed), Stream: streamTheorem31, Step: uint32(d),
			Sample: uint32(l.Hidden)}.Normals(w, 0)
		best, norm := math.Inf(1), 0.0
		for _, x := range w {
			norm += float64(x) * float64(x)
		}
		permute(l.Hidden, func(p []int) {
			moved, sum := false, 0.0
			for i, j := range p {
				moved = moved || i != j
				for k := range d {
					x := float64(w[i*d+k]) - float64(w[j*d+k])
					sum += x * x
				}
			}
			if moved {
				best = min(best, sum)
			}
		})
		want := math.Sqrt(best / norm)
		if !(math.Abs(got.Ratio-want) <= 1e-12*want) {
			t.Errorf("%+v: %v, want %v", l, got.Ratio, want)
		}
		if !(got.Ratio <= packingBound(l) && packingBound(l) <= paperBound(l)) {
			t.Errorf("%+v: distance %v, packing bound %v, paper's %v: want them in this order", l,
				got.Ratio, packingBound(l), paperBound(l))
		}
	}
}

// permute calls f with every permutation of n numbers.
func permute(n int, f func([]int)) {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	var rest func(k int)
	rest = func(k int) {
		if k == n {
			f(p)
			return
		}
		for i := k; i < n; i++ {
			p[k], p[i] = p[i], p[k]
			rest(k + 1)
			p[k], p[i] = p[i], p[k]
		}
	}
	rest(0)
}

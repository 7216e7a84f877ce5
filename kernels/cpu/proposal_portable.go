package cpu

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// The portable loops of proposals go through their slices in whole groups of lanes, so that the
// compiler knows the bounds.
var portableProposal = proposalLoops{portableMaskedLanes, portableSweepRow, ref.Shares,
	ref.ExpScaled, portableMaxima, nil}

// portableMaskedLanes adds b·free, rounded, to the 16 lanes of acc.
func portableMaskedLanes(acc, b, free []float64) {
	sums := (*[ref.Lanes]float64)(acc)
	for len(b) >= ref.Lanes && len(free) >= ref.Lanes {
		x, y := (*[ref.Lanes]float64)(b), (*[ref.Lanes]float64)(free)
		for l := range sums {
			sums[l] += float64(x[l] * y[l])
		}
		b, free = b[ref.Lanes:], free[ref.Lanes:]
	}
}

// portableSweepRow is ref.SweepRow.
func portableSweepRow(mass, a, cols []float64) float64 {
	var acc [ref.Lanes]float64
	portableMaskedLanes(acc[:], a, cols)
	r := reciprocal(tree(&acc))
	mass = mass[:len(a)]
	for j, x := range a {
		mass[j] += float64(x * r)
	}
	return r
}

// tree combines sixteen lanes: lane l and lane l+8, then 4, 2 and 1.
func tree(acc *[ref.Lanes]float64) float64 {
	for half := ref.Lanes / 2; half > 0; half /= 2 {
		for l := range half {
			acc[l] += acc[l+half]
		}
	}
	return acc[0]
}

// portableMaxima returns the maximum u of c, and makes v those of v and c − u.
func portableMaxima(v, c []float64) (u float64) {
	u = largest(c)
	for j, x := range c {
		if x -= u; x > v[j] { // not where −∞ − −∞ is NaN
			v[j] = x
		}
	}
	return u
}

// largest is the maximum of x, which holds no NaN; −∞ for none.
func largest(x []float64) float64 {
	a, b := math.Inf(-1), math.Inf(-1) // two chains, which do not wait for each other
	for ; len(x) >= 2; x = x[2:] {
		if x[0] > a {
			a = x[0]
		}
		if x[1] > b {
			b = x[1]
		}
	}
	if len(x) > 0 && x[0] > a {
		a = x[0]
	}
	if b > a {
		return b
	}
	return a
}

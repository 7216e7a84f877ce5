package modes

import "math"

const (
	longestStep = 0.05  // of a descent, in units of s, short enough to stay in the basin it starts in
	stationary  = 1e-12 // gradient norm at which a descent has arrived
	mostSteps   = 5000
)

// point is a place in the plane of offset and spread.
type point struct{ c, s float64 }

// descend follows the KL down from p by Newton steps, shortened so that it ends in the minimum
// of p's basin.
func (u unit) descend(p point) point {
	for range mostSteps {
		j := u.at(p.c, p.s)
		if j.slope(p.s) < stationary {
			break
		}
		dc, ds := j.newton()
		if n := math.Sqrt(float64(dc*dc) + float64(ds*ds)); n > longestStep {
			dc, ds = float64(dc*(longestStep/n)), float64(ds*(longestStep/n))
		}
		next, ok := u.decrease(p, dc, ds, j)
		if !ok {
			break // at the rounding of the KL
		}
		p = next
	}
	return p
}

// newton is −H⁻¹∇, with H moved to be positive definite if it is not.
func (j jet) newton() (dc, ds float64) {
	if low := j.curvature(); low < 1e-9 {
		shift := 1e-3 - low
		j.cc += shift
		j.ss += shift
	}
	d := j.det()
	return (float64(j.cs*j.s) - float64(j.ss*j.c)) / d, (float64(j.cs*j.c) - float64(j.cc*j.s)) / d
}

// decrease halves a step until σ stays positive and the KL does not grow by more than its rounding.
func (u unit) decrease(p point, dc, ds float64, from jet) (point, bool) {
	for range 40 {
		next := point{p.c + dc, p.s + ds}
		if next.s > p.s/2 {
			if j := u.at(next.c, next.s); j.kl < from.kl || j.kl < from.kl+1e-13 &&
				j.slope(next.s) < from.slope(p.s) {
				return next, true
			}
		}
		dc, ds = dc/2, ds/2
	}
	return p, false
}

// midpoint is the stationary point at c = 0, where the gradient in c is 0 by symmetry.
func (u unit) midpoint() point {
	a := u.alpha / 2
	p := u.descend(point{0, math.Sqrt(1 + float64(a*a))})
	return point{0, p.s}
}

// mode is the minimum on the side of the mode at the origin, if there is one.
func (u unit) mode() (point, bool) {
	p := u.descend(point{-u.alpha / 2, 1})
	return p, u.aside(p)
}

// aside says whether p is nearer to the mode at the origin than to the midpoint.
func (u unit) aside(p point) bool { return p.c+u.alpha/2 < u.alpha*sideRatio }

// sideRatio parts the solutions at one mode from the midpoint: half way between their ‖μ‖/α of
// 0 and ½.
const sideRatio = 0.25

package modes

import (
	"math"

	"github.com/symvi/symvi/internal/adam"
)

// Point is what quadrature knows about one target.
type Point struct {
	Target
	Midpoint        Solution `json:"midpoint"`         // the symmetric stationary point
	MidpointMinimum bool     `json:"midpoint_minimum"` // whether it is a local minimum
	// the smallest eigenvalue of its Hessian, for s = 1
	Curvature float64 `json:"curvature"`
	// the minimum beside the mode at the origin; nil if there is none
	Mode   *Solution `json:"mode"`
	Global Solution  `json:"global"` // the better of the two
	// where the paper's optimiser ends from Unit without noise, given time
	Reached       Solution `json:"reached"`
	ReachedScaled Solution `json:"reached_scaled"` // the same from Scaled
}

// Solve finds the local minima of KL(q ‖ p) by quadrature; its error is about 1e-13 nats.
func Solve(t Target) (Point, error) {
	if err := t.check(); err != nil {
		return Point{}, err
	}
	u := t.unit()
	mid := u.midpoint()
	curvature := u.at(mid.c, mid.s).curvature()
	out := Point{Target: t, Midpoint: t.solution(mid), Curvature: curvature,
		MidpointMinimum: curvature > 0}
	out.Global = out.Midpoint
	if p, ok := u.mode(); ok && t.Separation > 0 {
		mode := t.solution(p)
		out.Mode = &mode
		if mode.KL < out.Global.KL {
			out.Global = mode
		}
	}
	o := Paper()
	out.Reached = t.solution(o.reach(t, Unit))
	out.ReachedScaled = t.solution(o.reach(t, Scaled))
	return out, nil
}

func (t Target) unit() unit { return unit{t.Separation / t.Scale} }

// solution scales a point along u; the other coordinates match the target.
func (t Target) solution(p point) Solution {
	return t.withOthers(p, 0, t.Scale)
}

// withOthers is the q with the point p along u and, in the other coordinates, means of norm
// offMean and standard deviations of geometric mean offSD. KL is that of the part along u only.
func (t Target) withOthers(p point, offMean, offSD float64) Solution {
	q := Solution{
		Mean: float64(t.Scale * (p.c + t.unit().alpha/2)), SD: float64(t.Scale * p.s),
		OffMean: offMean, OffSD: offSD,
		KL: math.Max(t.unit().at(p.c, p.s).kl, 0),
	}
	q.KLPerDim = q.KL / float64(t.Dim)
	q.Det = float64(q.SD * q.SD)
	for range t.Dim - 1 {
		q.Det *= float64(offSD * offSD)
	}
	if t.Separation > 0 {
		q.Ratio = math.Sqrt(float64(q.Mean*q.Mean)+float64(offMean*offMean)) / t.Separation
	}
	return q
}

// reach follows Adam with exact gradients and then descends to the minimum.
func (o Options) reach(t Target, from Start) point {
	u := t.unit()
	x := adam.New(0, from.sd(t.Scale), o.Parameter)
	for range 10 * paperSteps {
		p := t.point(x.Mean, x.SD)
		j := u.at(p.c, p.s)
		if j.slope(p.s) < 1e-3 {
			break
		}
		x.Step(j.c/t.Scale, j.s/t.Scale, o.LearningRate)
	}
	return u.descend(t.point(x.Mean, x.SD))
}

// point is where a mean and standard deviation along u lie for s = 1.
func (t Target) point(mean, sd float64) point {
	return point{mean/t.Scale - t.unit().alpha/2, sd / t.Scale}
}

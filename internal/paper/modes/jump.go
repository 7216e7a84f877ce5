package modes

import "fmt"

// Jump is the separation at which an optimisation that starts with μ = 0 stops sliding to the
// midpoint and stays at the mode at the origin.
//
// From Scaled that is the fold. From Unit it is so only where s ≥ 1: at a smaller s the first q
// is wider than the target, spans both modes and is drawn to the midpoint before it has shrunk,
// although there is a minimum at the mode.
//
// "Stays" means ‖μ‖/α < ¼ at the last iterate, half way between one mode and the midpoint. A
// run just below the fold passes the place where the minimum is about to form so slowly that
// its last iterate may still be there; LimitAlpha judges by the minimum to which exact
// gradients would take the last iterate.
type Jump struct {
	Scale      float64 `json:"scale"`
	Alpha      float64 `json:"alpha"`       // α*, to a thousandth of s
	Lower      float64 `json:"lower"`       // the largest α tried that goes to the midpoint
	Upper      float64 `json:"upper"`       // the smallest α tried that stays
	LimitAlpha float64 `json:"limit_alpha"` // α* by Run.Limit
	Runs       int     `json:"runs"`        // optimisations that bisection needed
}

// jumpWidth is the width of the last bracket in units of s.
const jumpWidth = 1e-3

// Jump finds α* of the stochastic optimisation by bisection.
func (n *Noise) Jump(scale float64, from Start) (Jump, error) {
	return findJump(scale, n.dim, func(t Target) (Run, error) { return n.Fit(t, from) })
}

// ExactJump finds α* of the same optimiser with exact gradients and as many steps as it needs.
func ExactJump(o Options, scale float64, from Start) (Jump, error) {
	return findJump(scale, 1, func(t Target) (Run, error) {
		q := t.solution(o.reach(t, from))
		return Run{Solution: q, Limit: q}, nil
	})
}

func findJump(scale float64, dim int, fit func(Target) (Run, error)) (Jump, error) {
	if err := (Target{Scale: scale, Dim: dim}).check(); err != nil {
		return Jump{}, err
	}
	out := Jump{Scale: scale}
	seen := map[float64]Run{}
	at := func(ratio float64) (Run, error) {
		if r, ok := seen[ratio]; ok {
			return r, nil
		}
		r, err := fit(Target{scale, float64(ratio * scale), dim})
		seen[ratio] = r
		return r, err
	}
	low, high, err := bisect(at, func(r Run) bool { return r.Ratio < sideRatio })
	if err != nil {
		return Jump{}, err
	}
	out.Lower, out.Upper = float64(low*scale), float64(high*scale)
	out.Alpha = (out.Lower + out.Upper) / 2
	low, high, err = bisect(at, func(r Run) bool { return r.Limit.Ratio < sideRatio })
	if err != nil {
		return Jump{}, err
	}
	out.LimitAlpha = float64((low + high) / 2 * scale)
	out.Runs = len(seen)
	return out, nil
}

// bisect brackets, in units of s, the separation from which on stays holds. It starts at α =
// 2s, up to which the target has a single mode.
func bisect(at func(float64) (Run, error), stays func(Run) bool) (low, high float64, err error) {
	const mostApart = 64
	low, high = 2, 4
	for {
		r, err := at(high)
		if err != nil {
			return 0, 0, err
		}
		if stays(r) {
			break
		}
		low, high = high, 2*high
		if high > mostApart {
			return 0, 0, fmt.Errorf("modes: the solution still goes to the midpoint at α = %v s", low)
		}
	}
	for high-low > jumpWidth {
		mid := (low + high) / 2
		r, err := at(mid)
		if err != nil {
			return 0, 0, err
		}
		if stays(r) {
			high = mid
		} else {
			low = mid
		}
	}
	return low, high, nil
}

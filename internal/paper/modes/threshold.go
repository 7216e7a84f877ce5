package modes

import (
	"fmt"
	"math"
)

// Thresholds are the separations at which the set of solutions changes.
type Thresholds struct {
	Scale          float64  `json:"scale"`
	Fold           float64  `json:"fold"`   // from this α on there is a minimum beside one mode
	Switch         float64  `json:"switch"` // from this α on it is the global one
	AtFold         Solution `json:"at_fold"`
	SwitchMode     Solution `json:"switch_mode"`
	SwitchMidpoint Solution `json:"switch_midpoint"`
	Residual       float64  `json:"residual"` // largest of the equations' left sides at the roots
}

// FindThresholds solves for both separations by root-finding. Dimension does not matter; Det is
// that of PaperDim.
func FindThresholds(scale float64) (Thresholds, error) {
	if err := (Target{Scale: scale, Dim: PaperDim}).check(); err != nil {
		return Thresholds{}, err
	}
	fold, at, err := findFold()
	if err != nil {
		return Thresholds{}, err
	}
	swap := findSwitch(fold)
	out := Thresholds{Scale: scale, Fold: float64(fold * scale), Switch: float64(swap * scale)}
	out.AtFold = Target{scale, out.Fold, PaperDim}.solution(at)
	u, t := unit{swap}, Target{scale, out.Switch, PaperDim}
	mode, _ := u.mode()
	out.SwitchMode, out.SwitchMidpoint = t.solution(mode), t.solution(u.midpoint())
	for _, r := range foldEquations(fold, at) {
		out.Residual = math.Max(out.Residual, math.Abs(r))
	}
	out.Residual = math.Max(out.Residual, math.Abs(advantage(swap)))
	return out, nil
}

// findFold brackets the smallest separation with a mode-side minimum and then solves the fold's
// equations there.
func findFold() (alpha float64, at point, err error) {
	low, high := 2.0, 2.0 // up to α = 2s the target has one mode
	for !hasMode(high) {
		low, high = high, 2*high
	}
	for high-low > 1e-3 {
		if mid := (low + high) / 2; hasMode(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	at, _ = unit{high}.mode()
	return solveFold(high, at)
}

func hasMode(alpha float64) bool {
	_, ok := unit{alpha}.mode()
	return ok
}

// foldEquations vanish where a minimum and a saddle meet: ∇KL = 0 and det ∇²KL = 0.
func foldEquations(alpha float64, p point) [3]float64 {
	j := unit{alpha}.at(p.c, p.s)
	return [3]float64{j.c, j.s, j.det()}
}

// solveFold is Newton's method on foldEquations with a Jacobian by central differences.
func solveFold(alpha float64, p point) (float64, point, error) {
	const delta = 1e-5
	x := [3]float64{alpha, p.c, p.s}
	at := func(x [3]float64) [3]float64 { return foldEquations(x[0], point{x[1], x[2]}) }
	for range 50 {
		f := at(x)
		if math.Abs(f[0])+math.Abs(f[1])+math.Abs(f[2]) < stationary {
			return x[0], point{x[1], x[2]}, nil
		}
		var jacobian [3][3]float64
		for k := range x {
			up, down := x, x
			up[k] += delta
			down[k] -= delta
			fu, fd := at(up), at(down)
			for i := range f {
				jacobian[i][k] = (fu[i] - fd[i]) / (2 * delta)
			}
		}
		step := solve3(jacobian, f)
		for k := range x {
			x[k] -= step[k]
		}
	}
	return 0, point{},
		fmt.Errorf("modes: Newton's method did not converge to the fold near α/s = %v", alpha)
}

// solve3 solves a·x = b by Cramer's rule.
func solve3(a [3][3]float64, b [3]float64) (x [3]float64) {
	d := det3(a)
	for k := range x {
		m := a
		for i := range b {
			m[i][k] = b[i]
		}
		x[k] = det3(m) / d
	}
	return x
}

func det3(a [3][3]float64) float64 {
	minor := func(i, j int) float64 { return float64(a[1][i]*a[2][j]) - float64(a[1][j]*a[2][i]) }
	return float64(a[0][0]*minor(1, 2)) - float64(a[0][1]*minor(0, 2)) + float64(a[0][2]*minor(0, 1))
}

// advantage is how many nats the mode-side minimum is better than the midpoint.
func advantage(alpha float64) float64 {
	u := unit{alpha}
	mode, _ := u.mode()
	mid := u.midpoint()
	return u.at(mid.c, mid.s).kl - u.at(mode.c, mode.s).kl
}

// findSwitch bisects for the separation beyond the fold at which the two minima are equally good.
func findSwitch(fold float64) float64 {
	low, high := fold+1e-3, fold+1
	for advantage(high) < 0 {
		low, high = high, 2*high
	}
	for high-low > 1e-12 {
		mid := (low + high) / 2
		if advantage(mid) > 0 {
			high = mid
		} else {
			low = mid
		}
	}
	return (low + high) / 2
}

package adam

import (
	"math"
	"testing"
)

// KL( N(m, v²) ‖ N(2, ¼) ) has its minimum where the two are equal.
func TestStepFindsGaussian(t *testing.T) {
	for _, p := range []Parameter{LogSigma, Softplus} {
		x := New(-1, 3, p)
		for range 3000 {
			x.Step(4*(x.Mean-2), 4*x.SD-1/x.SD, 1e-2)
		}
		if !(math.Abs(x.Mean-2) < 1e-6) || !(math.Abs(x.SD-0.5) < 1e-6) {
			t.Errorf("%v: N(%v, %v²), want N(2, 0.5²)", p, x.Mean, x.SD)
		}
	}
}

// Whatever the gradient's size, the first step has the length of the rate.
func TestFirstStep(t *testing.T) {
	for _, g := range []float64{1e-3, 1, 1e6} {
		x := New(0, 1, LogSigma)
		x.Step(g, -g, 0.1)
		if !(math.Abs(x.Mean+0.1) < 1e-5) || !(math.Abs(x.SD-math.Exp(0.1)) < 1e-5) {
			t.Errorf("gradient %v: N(%v, %v²)", g, x.Mean, x.SD)
		}
	}
}

// slope is the derivative of σ that Step applies to its gradient.
func TestSlope(t *testing.T) {
	const d = 1e-6
	for _, p := range []Parameter{LogSigma, Softplus} {
		for _, sd := range []float64{1e-3, 0.3, 4} {
			x := New(0, sd, p)
			at := func(rho float64) float64 {
				if p == Softplus {
					return math.Log1p(math.Exp(rho))
				}
				return math.Exp(rho)
			}
			if got := at(x.rho); !(math.Abs(got-sd) < 1e-14*math.Max(1, sd)) {
				t.Errorf("%v: ρ of σ = %v gives %v", p, sd, got)
			}
			if want := (at(x.rho+d) - at(x.rho-d)) / (2 * d); !(math.Abs(x.slope()-want) < 1e-8) {
				t.Errorf("%v: slope %v at σ = %v, want %v", p, x.slope(), sd, want)
			}
		}
	}
}

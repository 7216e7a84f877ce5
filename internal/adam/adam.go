// Package adam fits small mean-field Gaussians in float64: Adam on a mean and a standard
// deviation, for the experiments that need no device. The result is the same on every platform.
package adam

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// Parameter is the free number ρ behind a standard deviation.
type Parameter int

const (
	LogSigma Parameter = iota // σ = e^ρ
	Softplus                  // σ = log(1 + e^ρ)
)

func (p Parameter) String() string {
	if p == Softplus {
		return "softplus"
	}
	return "log"
}

// Normal is one coordinate of a mean-field Gaussian under Adam.
type Normal struct {
	Mean, SD       float64
	rho            float64
	parameter      Parameter
	power1, power2 float64 // β₁ᵗ, β₂ᵗ
	ofMean, ofRho  moments
}

// moments holds Adam's running averages of one gradient and of its square.
type moments struct{ m, v float64 }

// Adam's constants (Kingma & Ba 2015), which are also PyTorch's.
const (
	beta1   = 0.9
	beta2   = 0.999
	epsilon = 1e-8
)

// New starts at N(mean, sd²).
func New(mean, sd float64, p Parameter) Normal {
	rho := ref.Log64(sd)
	if p == Softplus {
		rho = sd + ref.Log64(1-ref.Exp64(-sd))
	}
	return Normal{Mean: mean, SD: sd, rho: rho, parameter: p, power1: 1, power2: 1}
}

// Step descends along a loss's derivatives with respect to Mean and SD.
func (x *Normal) Step(dMean, dSD, rate float64) {
	x.power1 = float64(x.power1 * beta1) // rounded, so that 1 − β₁ᵗ is not fused
	x.power2 = float64(x.power2 * beta2)
	x.Mean -= float64(rate * x.ofMean.next(dMean, x.power1, x.power2))
	x.rho -= float64(rate * x.ofRho.next(float64(dSD*x.slope()), x.power1, x.power2))
	if x.parameter == Softplus {
		x.SD = math.Max(x.rho, 0) + ref.Log64(1+ref.Exp64(-math.Abs(x.rho)))
	} else {
		x.SD = ref.Exp64(x.rho)
	}
}

// slope is dσ/dρ; for softplus the sigmoid of ρ, which is 1 − e^−σ.
func (x *Normal) slope() float64 {
	if x.parameter == Softplus {
		return 1 - ref.Exp64(-x.SD)
	}
	return x.SD
}

// next takes in a gradient and returns Adam's direction.
func (a *moments) next(g, power1, power2 float64) float64 {
	a.m = float64(beta1*a.m) + float64((1-beta1)*g)
	a.v = float64(beta2*a.v) + float64((1-beta2)*float64(g*g))
	return a.m / (1 - power1) / (math.Sqrt(a.v/(1-power2)) + epsilon)
}

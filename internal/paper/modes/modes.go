// Package modes holds the mode-interpolation experiment of Gelberg et al. (2024), Figures 2, 3
// and 5: a Gaussian q = N(μ, diag σ²) fitted by reverse KL to a mixture of two equal Gaussians.
//
// Each α is solved twice: by quadrature, which finds every local minimum of the KL, and by the
// paper's stochastic optimisation. Distances, means and standard deviations are in the units of
// the target, KLs in nats. Results are a pure function of the arguments, the same on every
// platform.
package modes

import "fmt"

// Target is p = ½ N(0, s²I) + ½ N(αu, s²I) in Dim dimensions, with u the first axis.
//
// The paper does not say which unit vector u is. With u an axis the diagonal covariance of q
// can follow the target: the other coordinates of p are independent N(0, s²), which q matches
// exactly, so that the problem is one-dimensional along u and the KL does not depend on Dim.
// With u = (1, …, 1)/√5 it cannot, and ‖μ‖/α would fall from ½ to 0 smoothly around 3.3 s,
// without the jump near 5 s that the paper shows; so u was an axis, or Σ was not diagonal,
// which amounts to the same.
type Target struct {
	Scale      float64 `json:"scale"`      // s > 0
	Separation float64 `json:"separation"` // α ≥ 0
	Dim        int     `json:"dim"`
}

// PaperDim is the dimension of the paper's Figure 3: the KL it plots for one mode is log 2 / 5.
const PaperDim = 5

// PaperScales are the scales s of the paper's Figure 5.
func PaperScales() []float64 { return []float64{0.25, 0.5, 1, 2} }

func (t Target) check() error {
	if !(t.Scale > 0) || !(t.Separation >= 0) || t.Dim < 1 {
		return fmt.Errorf("modes: scale %v, separation %v, dimension %d: want a positive scale, "+
			"a separation of at least 0 and a dimension of at least 1",
			t.Scale, t.Separation, t.Dim)
	}
	return nil
}

// Solution is a fitted q and how far it is from the target.
type Solution struct {
	Mean    float64 `json:"mean"`     // μ along u
	SD      float64 `json:"sd"`       // σ along u
	OffMean float64 `json:"off_mean"` // norm of the other coordinates of μ
	// geometric mean of the other coordinates of σ; s if there are none
	OffSD    float64 `json:"off_sd"`
	KL       float64 `json:"kl"`     // KL(q ‖ p), by quadrature
	KLPerDim float64 `json:"kl_dim"` // KL / Dim, which the paper's Figure 3 plots
	// ‖μ‖/α: ½ at the midpoint, 0 at the mode at the origin; 0 for α = 0
	Ratio float64 `json:"ratio"`
	Det   float64 `json:"det_sigma"` // det Σ = Π σ²
}

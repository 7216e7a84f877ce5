package bnn

import "github.com/symvi/symvi/internal/ref"

// InUnits is the estimate for targets in their own units, where the training had them divided by
// std, one for each target: a density becomes smaller by the product of std for every row, so
// that the log-likelihood and all bounds fall by N·Σ log std.
func (e *ELBO) InUnits(std []float64) *ELBO {
	shift := float64(float64(e.N) * sumLog(std))
	moved := *e
	for _, x := range []*Estimate{&moved.LogLikelihood, &moved.LVI, &moved.Lower, &moved.Upper} {
		x.Value -= shift
	}
	return &moved
}

// InUnits are the statistics of a training on rows rows for targets in their own units; see
// ELBO.InUnits.
func (s EpochStats) InUnits(rows int, std []float64) EpochStats {
	shift := sumLog(std)
	s.LogLikelihood -= float64(float64(rows) * shift)
	if s.ValidationNLL != 0 || s.Best != 0 {
		s.ValidationNLL += shift
		s.Best += shift
	}
	return s
}

func sumLog(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += ref.Log64(v)
	}
	return sum
}

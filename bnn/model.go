package bnn

import (
	"fmt"
	"slices"
)

// Model is a Bayesian neural network: the prior p(ω) of its parameters, and p(y|x, ω), the
// likelihood of the network's output.
type Model struct {
	Network    Network
	Likelihood Likelihood
	Prior      Prior
}

// Validate reports the first thing about the model that makes no sense.
func (m Model) Validate() error {
	if err := m.Network.validate(); err != nil {
		return err
	}
	if err := m.Prior.validate(); err != nil {
		return err
	}
	return m.Likelihood.validate(m.Network.outputs())
}

// targets is the number of real targets of a row, 0 for classes.
func (m Model) targets() int { return m.Likelihood.Targets(m.Network.outputs()) }

// Equal reports whether two models are the same.
func (m Model) Equal(o Model) bool {
	return slices.Equal(m.Network.Widths, o.Network.Widths) &&
		m.Network.Activation == o.Network.Activation &&
		m.Likelihood == o.Likelihood && m.Prior.Std == o.Prior.Std &&
		(m.Prior.Kind == o.Prior.Kind || m.Prior.isotropic() && o.Prior.isotropic())
}

// positive also rejects what would overflow or vanish in float32.
func positive(what string, x float64) error {
	if !(x > 0) || x < 1e-12 || x > 1e12 {
		return fmt.Errorf("%s: %g, want a number between 1e-12 and 1e12", what, x)
	}
	return nil
}

func finite(what string, x []float32, cols int) error {
	for i, v := range x {
		if v-v != 0 { // NaN and ±Inf, in one operation
			return fmt.Errorf("data: %s %d of row %d is %v, want a finite number", what, i%cols, i/cols, v)
		}
	}
	return nil
}

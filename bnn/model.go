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
func (m Model) Equal(o Model) bool { return m.Difference(o) == "" }

// Difference names the first thing in which two models differ, m's first, as in
// "widths [8 50 1] and [8 30 1]"; "" where they are the same.
func (m Model) Difference(o Model) string {
	a, b := m.Network, o.Network
	switch {
	case !slices.Equal(a.Widths, b.Widths):
		return fmt.Sprintf("widths %v and %v", a.Widths, b.Widths)
	case a.Activation != b.Activation:
		return fmt.Sprintf("activations %v and %v", a.Activation, b.Activation)
	case m.Likelihood != o.Likelihood:
		return fmt.Sprintf("likelihoods %v and %v", m.Likelihood, o.Likelihood)
	case m.Prior.kind() != o.Prior.kind():
		return fmt.Sprintf("priors %s and %s", m.Prior.kind(), o.Prior.kind())
	case m.Prior.Std != o.Prior.Std:
		return fmt.Sprintf("standard deviations %g and %g of the priors", m.Prior.Std, o.Prior.Std)
	}
	return ""
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

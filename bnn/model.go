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

// Data is a data set: N inputs of d_0 values each, row-major, with one label per
// input for a softmax likelihood or Likelihood.Targets(d_L) targets per input for a Gaussian one.
type Data struct {
	X       []float32
	Labels  []int32
	Targets []float32
}

// check reports data that do not fit the model; n is the number of inputs.
func (m Model) check(d Data, needTargets bool) (n int, err error) {
	in, out := m.Network.inputs(), m.Network.outputs()
	if len(d.X) == 0 || len(d.X)%in != 0 {
		return 0, fmt.Errorf("data: %d input values, want a positive multiple of the network's %d "+
			"inputs", len(d.X), in)
	}
	n = len(d.X) / in
	if err := finite("input", d.X, in); err != nil || !needTargets {
		return n, err
	}
	if !m.Likelihood.IsSoftmax() {
		targets := m.targets()
		if len(d.Targets) != n*targets {
			return 0, fmt.Errorf("data: %d target values, want %d×%d for %d inputs and the network's %d "+
				"targets",
				len(d.Targets), n, targets, n, targets)
		}
		return n, finite("target", d.Targets, targets)
	}
	if len(d.Labels) != n {
		return 0, fmt.Errorf("data: %d labels, want %d, one per input", len(d.Labels), n)
	}
	for i, l := range d.Labels {
		if l < 0 || int(l) >= out {
			return 0, fmt.Errorf("data: label %d of input %d is outside 0 … %d", l, i, out-1)
		}
	}
	return n, nil
}

func finite(what string, x []float32, cols int) error {
	for i, v := range x {
		if v-v != 0 { // NaN and ±Inf, in one operation
			return fmt.Errorf("data: %s %d of row %d is %v, want a finite number", what, i%cols, i/cols, v)
		}
	}
	return nil
}

package bnn

import (
	"fmt"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Group is the group of symmetries over which a posterior is averaged.
type Group string

const (
	// GroupPermutations are those of the neurons of each hidden layer; Π n_l! elements. The default.
	GroupPermutations Group = "permutations"
	// GroupSignedPermutations may also negate all weights of a hidden tanh neuron, incoming and
	// outgoing, which changes nothing because tanh is odd; 2ⁿ n! elements. One hidden layer.
	GroupSignedPermutations Group = "signed-permutations"
)

func (s Symmetrization) validateGroup(n Network) error {
	hidden := n.Hidden()
	switch {
	case s.Group == "" || s.Group == GroupPermutations || s.Estimator == EstimatorNone:
		return nil
	case s.Group != GroupSignedPermutations:
		return fmt.Errorf("group %q: unknown; want %s or %s", s.Group, GroupPermutations,
			GroupSignedPermutations)
	case len(hidden) > 1:
		return fmt.Errorf("group %s: the network has %d hidden layers %v, but signs serve one hidden "+
			"layer; use %s", s.Group, len(hidden), hidden, GroupPermutations)
	case len(hidden) == 1 && n.Activation != kernels.Tanh:
		return fmt.Errorf("group %s: the activation is %v, which is not odd, so negating a neuron's "+
			"weights changes the network; use tanh or %s", s.Group, n.Activation, GroupPermutations)
	}
	return nil
}

// LogGroupOrder is log |G| for a network: the most that symmetrisation can add.
func (s Symmetrization) LogGroupOrder(n Network) float64 {
	order := n.LogGroupOrder()
	if s.Group == GroupSignedPermutations {
		order += s.logSigns(n)
	}
	return order
}

// logSigns is the logarithm of the number of sign flips.
func (s Symmetrization) logSigns(n Network) float64 {
	total := 0.0
	for _, h := range n.Hidden() {
		total += float64(float64(h) * ref.Log64(2))
	}
	return total
}

// groupOrder is |G|, or more than MaxEnumerated.
func (n Network) groupOrder() int {
	order := 1
	for _, h := range n.Hidden() {
		for i := 2; i <= h && order <= MaxEnumerated; i++ {
			order *= i
		}
	}
	return order
}

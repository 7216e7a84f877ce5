package bnn

import (
	"fmt"
	"math"
)

// NeuronKL returns, for every hidden layer, the KL divergence from the prior of each
// neuron's incoming weights and bias (nats). A neuron that mean-field VI has
// pruned keeps the prior there, and outgoing weights near 0 (Trippe & Turner,
// "Overpruning in variational Bayesian neural networks", 2018).
func (q *Posterior) NeuronKL() ([][]float64, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	sigma, prior := q.Sigma(), q.stds()
	kl := func(at int) float64 {
		s, u := float64(sigma[at])/prior[at], float64(q.Mu[at])/prior[at]
		return (s*s+u*u-1)/2 - math.Log(s)
	}
	layers := q.Model.Network.layers()
	result := make([][]float64, len(layers)-1)
	for i, l := range layers[:len(layers)-1] {
		for neuron := range l.out {
			total := kl(l.bias + neuron)
			for k := range l.in {
				total += kl(l.weight + neuron*l.in + k)
			}
			result[i] = append(result[i], total)
		}
	}
	return result, nil
}

// UsedRatio is how many of its standard deviations the mean of one of its outgoing weights must be
// from 0 for a hidden neuron to count as used.
const UsedRatio = 4.0

// Outgoing returns, for every hidden layer, how far each neuron's outgoing weights are from 0: the
// largest |μ|/σ among them.
func (q *Posterior) Outgoing() ([][]float64, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	sigma, layers := q.Sigma(), q.Model.Network.layers()
	ratios := make([][]float64, len(layers)-1)
	for i, l := range layers[1:] {
		ratios[i] = make([]float64, l.in)
		for k := range l.in * l.out {
			ratio := math.Abs(float64(q.Mu[l.weight+k])) / float64(sigma[l.weight+k])
			ratios[i][k%l.in] = max(ratios[i][k%l.in], ratio)
		}
	}
	return ratios, nil
}

// Used counts, for every hidden layer, the neurons that the next layer listens to. The others are
// silent, also those whose incoming weights have not returned to the prior: training on L^G tells
// silent neurons apart, by their scales, and is paid for it without using them.
func (q *Posterior) Used() ([]int, error) {
	ratios, err := q.Outgoing()
	counts := make([]int, len(ratios))
	for i, layer := range ratios {
		for _, ratio := range layer {
			if ratio >= UsedRatio {
				counts[i]++
			}
		}
	}
	return counts, err
}

// Symmetry says in a word what the symmetrisation term does.
type Symmetry string

const (
	// SymmetryIrrelevant: permutations hardly change the posterior, I ≈ 0.
	SymmetryIrrelevant Symmetry = "irrelevant"
	// SymmetryActive: I lies between, and pulls on the posterior.
	SymmetryActive Symmetry = "active"
	// SymmetrySaturated: I is as large as it can be, and flat.
	SymmetrySaturated Symmetry = "saturated"
	// SymmetryUnknown: the estimator cannot tell.
	SymmetryUnknown Symmetry = "unknown"
)

// symmetryMargin is how near to its ends I must come to count as flat, in nats.
const symmetryMargin = 0.05

// Symmetry judges the information from its bounds. Two standard errors are allowed for on
// the side that speaks against the verdict, so that a noisier estimate never gives a surer one:
// what lies on both sides of a limit is unknown.
func (e *ELBO) Symmetry() Symmetry {
	low := e.Information.Value - 2*e.Information.SE
	high := e.InformationUpper.Value + 2*e.InformationUpper.SE
	flat := e.LogGroupOrder - symmetryMargin
	switch {
	case high <= symmetryMargin:
		return SymmetryIrrelevant
	case low >= flat:
		return SymmetrySaturated
	case low > symmetryMargin && high < flat:
		return SymmetryActive
	}
	return SymmetryUnknown
}

// errors are the standard errors of both bounds.
func (e *ELBO) errors() string {
	return fmt.Sprintf("%.2g and %.2g", e.Information.SE, e.InformationUpper.SE)
}

// Explain says in a sentence what symmetrisation does for this posterior.
func (e *ELBO) Explain() string {
	silent := ""
	if e.silent > 0 {
		silent = fmt.Sprintf("; %d of the hidden neurons are silent", e.silent)
	}
	between := fmt.Sprintf("I lies between %.4g and %.4g nats of at most log |G| = %.4g",
		e.Information.Value, e.InformationUpper.Value, e.LogGroupOrder)
	switch e.Symmetry() {
	case SymmetryIrrelevant:
		return "The symmetrisation term is irrelevant: " + between +
			", permuting neurons hardly changes the posterior" + silent + "."
	case SymmetrySaturated:
		return "The symmetrisation term is saturated: " + between +
			", the neurons are so distinct that the term is a constant without a gradient" + silent + "."
	case SymmetryUnknown:
		return "Whether the symmetrisation term matters is unknown: " + between +
			", with standard errors of " + e.errors() + ", which is not enough to tell" + silent + "."
	default:
		return "The symmetrisation term is active: " + between +
			", neurons overlap or are interchangeable" + silent + "."
	}
}

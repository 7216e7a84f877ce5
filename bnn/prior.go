package bnn

import (
	"cmp"
	"fmt"
	"math"
)

// PriorKind says how the standard deviations of the prior are chosen.
type PriorKind string

const (
	// PriorIsotropic gives every parameter the standard deviation Std. The default.
	PriorIsotropic PriorKind = "isotropic"
	// PriorFanIn gives the weights of a layer with d inputs Std/√d, so that the scale of the
	// functions does not grow with the widths (Neal 1996), and the biases Std.
	PriorFanIn PriorKind = "fan-in"
	// PriorLearned learns a standard deviation for every layer's weights and one for its
	// biases, by maximum likelihood of the ELBO (type II), starting from PriorFanIn.
	PriorLearned PriorKind = "learned"
	// PriorARD learns as PriorLearned does, but one for every input's weights in the first
	// layer: automatic relevance determination (MacKay 1994, Neal 1996), large where an
	// input matters.
	PriorARD PriorKind = "ard"
)

// Prior is p(ω): independent Gaussians with mean 0. Hidden neurons are not told apart by any
// kind, so that p(gω) = p(ω) for all permutations g, which the symmetrised ELBO rests on
// (paper, Prop. 2.2 and Theorem 4.1); nor are signs.
type Prior struct {
	// Kind chooses the standard deviations; "" is PriorIsotropic.
	Kind PriorKind
	// Std is the standard deviation of every parameter, or what the other kinds make of it.
	Std float64
}

func (p Prior) validate() error {
	switch p.Kind {
	case "", PriorIsotropic, PriorFanIn, PriorLearned, PriorARD:
		return positive("prior standard deviation", p.Std)
	}
	return fmt.Errorf("prior %q: unknown; want %s, %s, %s or %s (a prior that tells hidden neurons "+
		"apart would not be invariant under their permutations)",
		p.Kind, PriorIsotropic, PriorFanIn, PriorLearned, PriorARD)
}

// kind is Kind with its default.
func (p Prior) kind() PriorKind { return cmp.Or(p.Kind, PriorIsotropic) }

// isotropic reports whether one standard deviation serves all parameters.
func (p Prior) isotropic() bool { return p.kind() == PriorIsotropic }

// learned reports whether standard deviations are learned.
func (p Prior) learned() bool { return p.Kind == PriorLearned || p.Kind == PriorARD }

// PriorScale is the prior's standard deviation of a group of parameters.
type PriorScale struct {
	// Layer counts from 0; Bias tells its biases from its weights.
	Layer int
	Bias  bool
	// Noise is set for the parameters of the outputs that are a heteroscedastic noise.
	Noise bool
	// Input is the network's input to which the weights belong, −1 for all of them.
	Input int
	// Std is the standard deviation.
	Std float64

	// n parameters, stride apart in ω from at on.
	at, n, stride int
}

// scales are the groups of parameters that share a standard deviation, in a fixed order,
// with the standard deviations of a prior that is not learned, or where learning starts.
func (m Model) scales() []PriorScale {
	var scales []PriorScale
	layers := m.Network.layers()
	for i, l := range layers {
		weights := m.Prior.Std
		if !m.Prior.isotropic() {
			weights = m.Prior.Std / math.Sqrt(float64(l.in))
		}
		means := l.out
		if i == len(layers)-1 && m.Likelihood.kind == LikelihoodGaussianHeteroscedastic {
			means = l.out / 2
		}
		for _, part := range []struct {
			noise       bool
			first, rows int
		}{{false, 0, means}, {true, means, l.out - means}} {
			if part.rows == 0 {
				continue
			}
			all := PriorScale{Layer: i, Noise: part.noise, Input: -1, Std: weights,
				at: l.weight + part.first*l.in, n: part.rows * l.in, stride: 1}
			if m.Prior.Kind == PriorARD && i == 0 && !part.noise {
				scales = append(scales, all.columns(l.in)...)
			} else {
				scales = append(scales, all)
			}
			scales = append(scales, PriorScale{Layer: i, Bias: true, Noise: part.noise, Input: -1,
				Std: m.Prior.Std, at: l.bias + part.first, n: part.rows, stride: 1})
		}
	}
	return scales
}

// columns divides the weights of a layer by its inputs.
func (s PriorScale) columns(inputs int) []PriorScale {
	columns := make([]PriorScale, inputs)
	for c := range columns {
		columns[c] = s
		columns[c].Input, columns[c].at = c, s.at+c
		columns[c].n, columns[c].stride = s.n/inputs, inputs
	}
	return columns
}

// PriorScales are the standard deviations of the prior, learned or not, by groups of
// parameters: first those of the first layer's weights, then of its biases, and so on; nil of a
// posterior that makes no sense.
func (q *Posterior) PriorScales() []PriorScale {
	if q == nil || q.Model.Validate() != nil || q.checkPrior() != nil {
		return nil
	}
	scales := q.Model.scales()
	if q.Model.Prior.learned() {
		for i := range scales {
			scales[i].Std = q.PriorStds[i]
		}
	}
	return scales
}

// stds spreads the groups' standard deviations over all parameters.
func (q *Posterior) stds() []float64 {
	std := make([]float64, len(q.Mu))
	for _, s := range q.PriorScales() {
		for i := range s.n {
			std[s.at+i*s.stride] = s.Std
		}
	}
	return std
}

// inversePrior is 1/s of every parameter, as kernels.KLGaussian takes it; nil where one
// standard deviation serves all.
func (q *Posterior) inversePrior() []float32 {
	if q.Model.Prior.isotropic() {
		return nil
	}
	inverse := make([]float32, len(q.Mu))
	for i, s := range q.stds() {
		inverse[i] = 1 / float32(s)
	}
	return inverse
}

// startPrior is where the standard deviations of a learned prior start, nil for others.
func (m Model) startPrior() []float64 {
	if !m.Prior.learned() {
		return nil
	}
	var stds []float64
	for _, s := range m.scales() {
		stds = append(stds, s.Std)
	}
	return stds
}

// hyperWeight is how many parameters' worth of evidence the start of a learned standard
// deviation counts: a scaled inverse χ² prior of s² with so many degrees of freedom, so
// that a group that is not used does not collapse to 0.
const hyperWeight = 0.1

// refitPrior is the fixed point of a learned prior, where the ELBO is largest for the given q:
//
//	s² = (Σ_i (μ_i² + σ_i²) + hyperWeight·start²) / (n + hyperWeight)
//
// over the n parameters of each group.
func (m Model) refitPrior(mu, sigma []float32) []float64 {
	var stds []float64
	for _, s := range m.scales() {
		sum := float64(hyperWeight * float64(s.Std*s.Std))
		for i := range s.n {
			u, v := float64(mu[s.at+i*s.stride]), float64(sigma[s.at+i*s.stride])
			sum += float64(u * u)
			sum += float64(v * v)
		}
		stds = append(stds, math.Sqrt(sum/(float64(s.n)+hyperWeight)))
	}
	return stds
}

// checkPrior reports standard deviations that do not belong to the model's groups.
func (q *Posterior) checkPrior() error {
	want := 0
	if q.Model.Prior.learned() {
		want = len(q.Model.scales())
	}
	if len(q.PriorStds) != want {
		return fmt.Errorf("posterior: %d standard deviations of the prior, want %d for the prior %q: "+
			"one for each group of parameters, none for single hidden neurons, which permutations exchange",
			len(q.PriorStds), want, q.Model.Prior.Kind)
	}
	for _, s := range q.PriorStds {
		if err := positive("prior standard deviation", s); err != nil {
			return err
		}
	}
	return nil
}

package bnn

import (
	"fmt"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Group is the group of symmetries over which a posterior is averaged.
type Group string

const (
	// Permutations of the neurons of each hidden layer; Π n_l! elements. The default.
	Permutations Group = "permutations"
	// SignedPermutations may also negate all weights of a hidden tanh neuron, incoming and
	// outgoing, which changes nothing because tanh is odd; 2ⁿ n! elements. One hidden layer.
	SignedPermutations Group = "signed-permutations"
)

func (s Symmetrization) validateGroup(n Network) error {
	hidden := n.Hidden()
	switch {
	case s.Group == "" || s.Group == Permutations || s.Estimator == None:
		return nil
	case s.Group != SignedPermutations:
		return fmt.Errorf("group %q: unknown; want %s or %s", s.Group, Permutations, SignedPermutations)
	case len(hidden) > 1:
		return fmt.Errorf("group %s: the network has %d hidden layers %v, but signs serve one hidden layer; use %s", s.Group, len(hidden), hidden, Permutations)
	case len(hidden) == 1 && n.Activation != kernels.Tanh:
		return fmt.Errorf("group %s: the activation is %v, which is not odd, so negating a neuron's weights changes the network; use tanh or %s", s.Group, n.Activation, Permutations)
	}
	return nil
}

// LogGroupOrder is log |G| for a network: the most that symmetrisation can add.
func (s Symmetrization) LogGroupOrder(n Network) float64 {
	order := n.LogGroupOrder()
	if s.Group == SignedPermutations {
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

// signs is what a symmetrizer needs for SignedPermutations. The sum over the signs of a
// neuron can be done for every pair on its own, before any sum over permutations:
// log N(ω_j; μ_i) becomes log(N(ω_j; μ_i) + N(−ω_j; μ_i)), and N(−ω; μ) = N(ω; −μ).
type signs struct {
	offset       float64
	mu           kernels.F32 // −μ, n×d
	shares       kernels.F64 // samples×n×n
	correction   kernels.F64 // samples
	coefficients kernels.F32 // samples×n×n
}

// newSigns allocates for the only hidden layer.
func (z *symmetrizer) newSigns(s *scratch, n Network, samples int) *signs {
	h := z.hidden[0]
	g := &signs{mu: s.f32(h.n * h.d), shares: s.f64(samples * h.n * h.n), correction: s.f64(samples), coefficients: s.f32(samples * h.n * h.n)}
	if z.Estimator != Importance { // whose weights know the group's order
		g.offset = z.logSigns(n)
	}
	return g
}

// prepare computes −μ = μ − 2μ, exactly.
func (g *signs) prepare(z *symmetrizer) {
	size := g.mu.Len()
	c := kernels.Copy2D{Batch: 1, Rows: 1, Cols: size, Src: z.hidden[0].mu, SrcRow: size, SrcCol: 1, Dst: g.mu, DstRow: size, DstCol: 1}
	z.device.Copy2D(c)
	c.Accumulate, c.Scale = true, -2
	z.device.Copy2D(c)
}

// combine makes the pair log-densities those of neurons up to their sign.
func (g *signs) combine(z *symmetrizer, samples int) {
	h := z.hidden[0]
	z.device.PairLogDensity(kernels.PairLogDensity{Batch: samples, N: h.n, D: h.d, W: h.w, Mu: g.mu, InvSigma: h.inv, C: g.shares})
	z.device.CombineSigns(kernels.CombineSigns{Batch: samples, N: h.n, Positive: h.c, Negative: g.shares, Offset: g.offset, Correction: g.correction})
}

// correct turns the information about neurons up to their sign into that about neurons.
func (g *signs) correct(z *symmetrizer, samples int) {
	for _, information := range []kernels.F64{z.information, z.upper} {
		if information != nil {
			z.device.Sum(kernels.Sum{Batch: samples, N: 1, Src64: g.correction, Dst: information, Scale: 1, Accumulate: true})
		}
	}
}

// addGradient adds what the negated neurons contribute, and leaves the rest in the
// layer's coefficients.
func (g *signs) addGradient(z *symmetrizer, dw kernels.F32, samples int, scale float64) {
	h := z.hidden[0]
	z.device.SplitSigns(kernels.SplitSigns{Batch: samples, N: h.n, Shares: g.shares, Coefficients: h.coefficients, Negative: g.coefficients})
	z.device.PairGrad(kernels.PairGrad{Batch: samples, N: h.n, D: h.d, Coefficients: g.coefficients, W: h.w, Mu: g.mu, InvSigma: h.inv, DW: h.dw})
	z.scatterAdd(h, dw, samples, scale)
}

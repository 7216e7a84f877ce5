package bnn

import (
	"errors"
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Posterior is the mean-field Gaussian q(ω) = N(Mu, diag σ²) over the parameters of a
// model, with σ = softplus(Rho), not below 2⁻⁴⁰, and whatever of the model is learned by
// maximum likelihood. Mu and Rho are in the order of Network.
type Posterior struct {
	Model   Model
	Mu, Rho []float32
	// Noise is, of GaussianLearned, softplus⁻¹ of every target's noise; see NoiseStds.
	Noise []float32
	// PriorStds are, of PriorLearned and PriorARD, the learned standard deviations of the
	// prior; PriorScales says to what they belong.
	PriorStds []float64
}

// NewPosterior starts a posterior: Mu uniform in ±1/√fan-in as PyTorch does for
// a linear layer, every σ equal to std. The same seed gives the same start
// whatever is trained with it, so that methods can be compared in pairs.
//
// The outputs that are a heteroscedastic noise start almost constant, at the
// likelihood's start: a hundredth of the means, a tenth of σ.
func NewPosterior(m Model, std float64, seed uint64) (*Posterior, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if err := positive("initial standard deviation", std); err != nil {
		return nil, err
	}
	n := m.Network
	q := &Posterior{Model: m,
		Mu: make([]float32, n.Parameters()), Rho: make([]float32, n.Parameters()),
		Noise: m.Likelihood.startNoise(n.outputs()), PriorStds: m.startPrior()}
	key := kernels.Key{Seed: seed, Stream: streamInit}
	for _, l := range n.layers() {
		bound := float32(1 / math.Sqrt(float64(l.in)))
		for i := l.weight; i < l.bias+l.out; i++ {
			word := key.Words(uint32(i / 4))[i%4]
			q.Mu[i] = (float32(word>>8)*0x1p-23 - 1) * bound
		}
	}
	rho := softplusInverse(std)
	for i := range q.Rho {
		q.Rho[i] = rho
	}
	q.startScales(std)
	return q, nil
}

// startScales starts the outputs that are a heteroscedastic noise.
func (q *Posterior) startScales(std float64) {
	weights, biases := q.Model.noiseParameters()
	rho := softplusInverse(std / 10)
	for i := weights.lo; i < weights.hi; i++ {
		q.Mu[i] *= 0.01
		q.Rho[i] = rho
	}
	raw := softplusInverse(q.Model.Likelihood.noise)
	for i := biases.lo; i < biases.hi; i++ {
		q.Mu[i], q.Rho[i] = raw, rho
	}
}

// span is the range lo … hi−1 of parameters.
type span struct{ lo, hi int }

func (s span) len() int { return max(0, s.hi-s.lo) }

// noiseParameters are the weights and the biases of the outputs that are a heteroscedastic
// noise; nothing for other likelihoods.
func (m Model) noiseParameters() (weights, biases span) {
	if m.Likelihood.kind != LikelihoodGaussianHeteroscedastic {
		return
	}
	layers := m.Network.layers()
	l := layers[len(layers)-1]
	return span{l.weight + l.out/2*l.in, l.bias}, span{l.bias + l.out/2, l.bias + l.out}
}

// softplusInverse is log(e^σ − 1), written so as neither to overflow nor to cancel.
func softplusInverse(sigma float64) float32 {
	if sigma < 1e-5 {
		return float32(ref.Log64(sigma) + sigma/2)
	}
	return float32(sigma + ref.Log64(1-ref.Exp64(-sigma)))
}

// Sigma computes the standard deviations.
func (q *Posterior) Sigma() []float32 {
	if q == nil {
		return nil
	}
	sigma := make([]float32, len(q.Rho))
	ref.GaussianScale(sigma, nil, q.Rho)
	return sigma
}

// check reports a model that makes no sense or vectors that do not fit it.
func (q *Posterior) check() error {
	if q == nil {
		return errors.New("posterior: nil, want one")
	}
	if err := q.Model.Validate(); err != nil {
		return err
	}
	n := q.Model.Network
	if len(q.Mu) != n.Parameters() || len(q.Rho) != n.Parameters() {
		return fmt.Errorf("posterior: %d means and %d scales, want %d of each for widths %v",
			len(q.Mu), len(q.Rho), n.Parameters(), n.Widths)
	}
	if want := q.Model.Likelihood.learned(n.outputs()); len(q.Noise) != want {
		return fmt.Errorf("posterior: %d learned noises, want %d for the likelihood %v and %d outputs",
			len(q.Noise), want, q.Model.Likelihood, n.outputs())
	}
	return q.checkPrior()
}

package bnn

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Posterior is the mean-field Gaussian q(ω) = N(Mu, diag σ²) over the parameters of a
// model, with σ = softplus(Rho), not below 2⁻⁴⁰. Both vectors are in the order of Network.
type Posterior struct {
	Model   Model
	Mu, Rho []float32
}

// NewPosterior starts a posterior: Mu uniform in ±1/√fan-in as PyTorch does for
// a linear layer, every σ equal to std. The same seed gives the same start
// whatever is trained with it, so that methods can be compared in pairs.
func NewPosterior(m Model, std float64, seed uint64) (*Posterior, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if err := positive("initial standard deviation", std); err != nil {
		return nil, err
	}
	n := m.Network
	q := &Posterior{m, make([]float32, n.Parameters()), make([]float32, n.Parameters())}
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
	return q, nil
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
	sigma, inv := make([]float32, len(q.Rho)), make([]float32, len(q.Rho))
	ref.GaussianScale(sigma, inv, q.Rho)
	return sigma
}

// check reports a model that makes no sense or vectors that do not fit it.
func (q *Posterior) check() error {
	if err := q.Model.Validate(); err != nil {
		return err
	}
	n := q.Model.Network
	if len(q.Mu) != n.Parameters() || len(q.Rho) != n.Parameters() {
		return fmt.Errorf("posterior: %d means and %d scales, want %d of each for widths %v",
			len(q.Mu), len(q.Rho), n.Parameters(), n.Widths)
	}
	return nil
}

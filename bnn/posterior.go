package bnn

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Posterior is the mean-field Gaussian q(ω) = N(Mu, diag σ²) with
// σ = softplus(Rho), not below 2⁻⁴⁰. Both vectors are in the order of Network.
type Posterior struct {
	Mu, Rho []float32
}

// The streams of random numbers: one for each purpose, so that none is used twice.
const (
	streamInit = iota + 1
	streamShuffle
	streamTrain
	streamTrainPermutations
	streamPredict
	streamELBO
	streamELBOBatch
	streamELBOPermutations
	streamELBOPilot
	streamELBOPilotPermutations
)

// NewPosterior starts a posterior: Mu uniform in ±1/√fan-in as PyTorch does for
// a linear layer, every σ equal to std. The same seed gives the same start
// whatever is trained with it, so that methods can be compared in pairs.
func NewPosterior(n Network, std float64, seed uint64) (*Posterior, error) {
	if err := n.validate(); err != nil {
		return nil, err
	}
	if err := positive("initial standard deviation", std); err != nil {
		return nil, err
	}
	p := &Posterior{make([]float32, n.Parameters()), make([]float32, n.Parameters())}
	key := kernels.Key{Seed: seed, Stream: streamInit}
	for _, l := range n.layers() {
		bound := float32(1 / math.Sqrt(float64(l.in)))
		for i := l.weight; i < l.bias+l.out; i++ {
			word := key.Words(uint32(i / 4))[i%4]
			p.Mu[i] = (float32(word>>8)*0x1p-23 - 1) * bound
		}
	}
	rho := softplusInverse(std)
	for i := range p.Rho {
		p.Rho[i] = rho
	}
	return p, nil
}

// softplusInverse is log(e^σ − 1), written so as neither to overflow nor to cancel.
func softplusInverse(sigma float64) float32 {
	if sigma < 1e-5 {
		return float32(ref.Log64(sigma) + sigma/2)
	}
	return float32(sigma + ref.Log64(1-ref.Exp64(-sigma)))
}

// Sigma computes the standard deviations.
func (p *Posterior) Sigma() []float32 {
	sigma, inv := make([]float32, len(p.Rho)), make([]float32, len(p.Rho))
	ref.GaussianScale(sigma, inv, p.Rho)
	return sigma
}

func (p *Posterior) check(n Network) error {
	if len(p.Mu) != n.Parameters() || len(p.Rho) != n.Parameters() {
		return fmt.Errorf("posterior: %d means and %d scales, want %d of each for widths %v", len(p.Mu), len(p.Rho), n.Parameters(), n.Widths)
	}
	return nil
}

// gaussian is a posterior on a device: μ, σ and 1/σ, each a flat vector.
type gaussian struct{ mu, sigma, inv kernels.F32 }

// scratch remembers buffers so that they can be returned together.
type scratch struct {
	device kernels.Device
	free   []func()
}

func (s *scratch) f32(n int) kernels.F32 {
	b := s.device.Float32(n)
	s.free = append(s.free, b.Free)
	return b
}

func (s *scratch) f64(n int) kernels.F64 {
	b := s.device.Float64(n)
	s.free = append(s.free, b.Free)
	return b
}

func (s *scratch) i32(n int) kernels.I32 {
	b := s.device.Int32(n)
	s.free = append(s.free, b.Free)
	return b
}

func (s *scratch) upload(x []float32) kernels.F32 {
	b := s.f32(len(x))
	b.Upload(x)
	return b
}

func (s *scratch) release() {
	for _, free := range s.free {
		free()
	}
	s.free = nil
}

// upload puts a posterior on the device.
func (p *Posterior) upload(s *scratch) gaussian {
	n := len(p.Mu)
	g := gaussian{s.upload(p.Mu), s.f32(n), s.f32(n)}
	rho := s.upload(p.Rho)
	s.device.GaussianScale(kernels.GaussianScale{N: n, Rho: rho, Sigma: g.sigma, InvSigma: g.inv})
	return g
}

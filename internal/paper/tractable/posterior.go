package tractable

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// Posterior is the true posterior p(w|D) for one α and one training set.
type Posterior struct {
	settings    Settings
	alpha       float64
	data        sides
	logEvidence float64
	uncertainty float64 // of logEvidence
}

// NewPosterior draws a seed's training set and integrates its evidence.
func NewPosterior(s Settings, alpha float64, seed uint64) (*Posterior, error) {
	if err := s.check(alpha); err != nil {
		return nil, err
	}
	p := &Posterior{settings: s, alpha: alpha, data: sumSides(s.trainingSet(seed))}
	p.integrate()
	return p, nil
}

func (s Settings) trainingSet(seed uint64) []float64 {
	return uniform(s.N, s.Range, ref.Key{Seed: seed, Stream: streamTrain})
}

// LogEvidence is log p(D), the likelihood's constants included.
func (p *Posterior) LogEvidence() float64 { return p.logEvidence }

// LogDensity is log p(w|D).
func (p *Posterior) LogDensity(w [2]float64) float64 {
	return p.logLikelihood(w) + p.logPrior(w) - p.logEvidence
}

func (p *Posterior) logPrior(w [2]float64) float64 {
	return logNormal(w[0], 0, p.settings.PriorStd) + logNormal(w[1], 0, p.settings.PriorStd)
}

// logLikelihood is log p(D|w) = −Σ(y − f)²/2σ² − (N/2) log 2πσ².
func (p *Posterior) logLikelihood(w [2]float64) float64 {
	return p.fit(w) + p.constants()
}

// fit is the part of the log-likelihood that depends on w.
func (p *Posterior) fit(w [2]float64) float64 {
	return -0.5 * p.data.squares(p.alpha, w) / float64(p.settings.Noise*p.settings.Noise)
}

// constants is the part that does not.
func (p *Posterior) constants() float64 {
	n := float64(p.settings.N)
	return -float64(n*ref.Log64(p.settings.Noise)) - float64(0.5*n*log2Pi)
}

// reach is how many standard deviations an integral goes; beyond 9 lies 1e-19 of a Gaussian.
const reach = 9

// integrate computes log p(D). In each quadrant the exponent is quadratic: with B = Σx²/σ² of a
// side and τ = 1/prior²,
//
//	w₁ > 0 > w₂, and exchanged:  I(B₊)·I(B₋)
//	both > 0:                    e^(−½B₋α²)·J(B₊)
//	I(B) = ∫₀^∞ exp(−½B(u − α)² − ½τu²) du
//	J(B) = ∫₀^∞ exp(−½B(u − α)² − ¼τu²) ∫₀^u exp(−¼τv²) dv du
//
// by the sum u and the difference v of the weights; both < 0 likewise.
func (p *Posterior) integrate() {
	noise := float64(p.settings.Noise * p.settings.Noise)
	right, left := p.data.right/noise, p.data.left/noise
	tau := 1 / float64(p.settings.PriorStd*p.settings.PriorStd)
	aa := float64(p.alpha * p.alpha)
	ir, er := p.logRay(right, tau, false)
	il, el := p.logRay(left, tau, false)
	jr, er2 := p.logRay(right, tau, true)
	jl, el2 := p.logRay(left, tau, true)
	opposite := math.Ln2 + ir + il
	positive := jr - float64(0.5*left*aa)
	negative := jl - float64(0.5*right*aa)
	top := math.Max(opposite, math.Max(positive, negative))
	sum := ref.Exp64(opposite-top) + ref.Exp64(positive-top) + ref.Exp64(negative-top)
	p.logEvidence = top + ref.Log64(sum) + ref.Log64(tau) - log2Pi + p.constants()
	p.uncertainty = er + el + er2 + el2
}

// logRay is log I(B), or log J(B) with both, and the relative error.
func (p *Posterior) logRay(b, tau float64, both bool) (log, uncertainty float64) {
	prior := tau
	if both {
		prior = tau / 2
	}
	precision := b + prior
	center := float64(b*p.alpha) / precision
	sd := 1 / math.Sqrt(precision)
	lo, hi := math.Max(0, center-float64(reach*sd)), center+float64(reach*sd)
	value, difference := integrate(lo, hi, sd, func(u float64) float64 {
		z := (u - center) / sd
		f := ref.Exp64(-float64(0.5 * z * z))
		if both {
			f *= halfBell(u, tau)
		}
		return f
	})
	return ref.Log64(value) - float64(0.5*float64(b*prior)/precision*float64(p.alpha*p.alpha)),
		difference / value
}

// halfBell is ∫₀^u exp(−¼τv²) dv.
func halfBell(u, tau float64) float64 {
	sd := math.Sqrt(2 / tau)
	a := panels(0, math.Min(u, float64(reach*sd)), sd)
	var s float64
	for i, v := range a.x {
		z := v / sd
		s += float64(a.weight[i] * ref.Exp64(-float64(0.5*z*z)))
	}
	return s
}

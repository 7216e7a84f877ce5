package score

import "math"

// CRPS is the continuous ranked probability score ∫(F(x) − [x ≥ y])² dx of the mixture
// for an outcome y, in the unit of y: the absolute error of a forecast that is a number,
// less the credit for admitting doubt. In closed form (Grimit et al. 2006, eq. 5), with
// A(μ, σ²) = 2σφ(μ/σ) + μ(2Φ(μ/σ) − 1) = E|N(μ, σ²)|,
//
//	CRPS = (1/S) Σ_s A(y − μ_s, σ_s²) − (1/2S²) Σ_s Σ_t A(μ_s − μ_t, σ_s² + σ_t²).
//
// The double sum does not depend on y; see spread for its cost.
func (m Mixture) CRPS(y float64) float64 {
	sum := 0.0
	for s, mean := range m.Mean {
		sum += meanAbsolute(y-mean, m.SD[s])
	}
	return sum/float64(len(m.Mean)) - m.spread()
}

// meanAbsolute is E|N(mean, sd²)|.
func meanAbsolute(mean, sd float64) float64 {
	cdf, density := Normal(mean / sd)
	return float64(2*sd*density) + float64(mean*(2*cdf-1))
}

// spread is half the mean distance of two independent draws, ½E|X − X′|: by its sum over
// S²/2 pairs, or where K·S terms of an integral over K nodes are faster: each takes about two
// thirds of a pair's time.
func (m Mixture) spread() float64 {
	if nodes := m.nodes(); nodes.count < len(m.Mean)*3/4 {
		return m.spreadByIntegral(nodes)
	}
	return m.spreadByPairs()
}

func (m Mixture) spreadByPairs() float64 {
	sum := 0.0
	for s, mean := range m.Mean {
		sd := m.SD[s]
		sum += float64(sd * invSqrtPi) // half of A(0, 2σ²); the other pairs count twice
		for t := range s {
			sum += meanAbsolute(mean-m.Mean[t], math.Sqrt(float64(sd*sd)+float64(m.SD[t]*m.SD[t])))
		}
	}
	n := float64(len(m.Mean))
	return sum / n / n
}

const invSqrtPi = 0.56418958354775628695

// grid are the nodes first, first + step, … of an integral.
type grid struct {
	first, step float64
	count       int
}

// nodes covers the mixture. With steps of half the smallest SD the trapezoidal rule is
// exact to e^(−4π²) = 7·10⁻¹⁸ for F(1 − F), whose Fourier transform falls like
// exp(−σ²ω²/4), at ω = 2π/step (Trefethen and Weideman 2014).
func (m Mixture) nodes() grid {
	const reach = 8.5 // in SD: Φ(−8.5) = 10⁻¹⁷
	lo, hi, least := math.Inf(1), math.Inf(-1), math.Inf(1)
	for s, mean := range m.Mean {
		width := float64(reach * m.SD[s])
		lo, hi, least = min(lo, mean-width), max(hi, mean+width), min(least, m.SD[s])
	}
	count := (hi - lo) / least * 2
	if !(count < math.MaxInt32) {
		return grid{count: math.MaxInt32}
	}
	return grid{lo, least / 2, int(count) + 2}
}

// spreadByIntegral is ∫F(1 − F) dx = ½E|X − X′| (Gneiting and Raftery 2007, Section 4.2).
func (m Mixture) spreadByIntegral(g grid) float64 {
	sum := 0.0
	for k := range g.count {
		f := m.CDF(g.first + float64(float64(k)*g.step))
		sum += float64(f * (1 - f))
	}
	return float64(sum * g.step)
}

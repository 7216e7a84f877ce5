package tractable

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// Exact is what quadrature says about a posterior and a q, in nats and with all constants. It
// is not normalised.
type Exact struct {
	LogEvidence   float64 `json:"log_evidence"`   // log p(D)
	LogLikelihood float64 `json:"log_likelihood"` // E_q[log p(D|w)]
	KLPrior       float64 `json:"kl_prior"`       // KL(q ‖ prior)
	Information   float64 `json:"information"`    // I = H(q^G) − H(q), between 0 and log 2
	LVI           float64 `json:"l_vi"`           // LogLikelihood − KLPrior
	LG            float64 `json:"l_g"`            // LVI + Information
	KLQ           float64 `json:"kl_q"`           // KL(q ‖ p(w|D))
	KLQG          float64 `json:"kl_qg"`          // KL(q^G ‖ p(w|D))
	Error         float64 `json:"error"`          // see Exact
}

const (
	tolerance   = 1e-9 // nats
	mostHalving = 3
)

// Exact integrates over q. The ELBOs come from one-dimensional integrals and the KLs from
// two-dimensional ones, so the identities log p(D) − KL = ELBO test all of them: Error is the
// largest violation, or change from halving the panels.
func (p *Posterior) Exact(q Gaussian) (Exact, error) {
	for k, s := range q.Sigma {
		if !(s > 0) || math.IsInf(s, 1) || math.IsNaN(q.Mu[k]) || math.IsInf(q.Mu[k], 0) {
			return Exact{}, fmt.Errorf("tractable: q = %+v is not a Gaussian", q)
		}
	}
	out := Exact{LogEvidence: p.logEvidence, KLPrior: q.klPrior(p.settings.PriorStd),
		Error: p.uncertainty}
	var difference float64
	out.LogLikelihood, difference = p.expectedLikelihood(q)
	out.Error += difference
	width := 1.0
	out.KLQ, out.KLQG = p.divergences(q, width)
	for range mostHalving {
		width /= 2
		kl, klG := p.divergences(q, width)
		difference = math.Abs(kl-out.KLQ) + math.Abs(klG-out.KLQG)
		out.KLQ, out.KLQG = kl, klG
		if difference < tolerance {
			break
		}
	}
	out.Information = out.KLQ - out.KLQG
	out.LVI = out.LogLikelihood - out.KLPrior
	out.LG = out.LVI + out.Information
	out.Error = math.Max(out.Error+difference, math.Abs(out.LogEvidence-out.KLQ-out.LVI))
	return out, nil
}

// expectedLikelihood is E_q[log p(D|w)] and its error. The weights are independent under q, so
// with u = max(w, 0) E a₊ = Σ E u and E a₊² = Σ E u² + 2 E u₁ E u₂; a₋ likewise.
func (p *Posterior) expectedLikelihood(q Gaussian) (value, difference float64) {
	var fit float64
	for _, side := range []struct{ weight, sign float64 }{{p.data.right, 1}, {p.data.left, -1}} {
		var first, second [2]float64
		for k := range first {
			mu := float64(side.sign * q.Mu[k])
			var e1, e2 float64
			first[k], e1 = positivePart(mu, q.Sigma[k], 1)
			second[k], e2 = positivePart(mu, q.Sigma[k], 2)
			difference += float64(side.weight * (float64(2*math.Abs(p.alpha)*e1) + e2))
		}
		square := second[0] + second[1] + float64(2*first[0]*first[1])
		fit += float64(side.weight *
			(float64(p.alpha*p.alpha) - float64(2*p.alpha*(first[0]+first[1])) + square))
	}
	noise := float64(p.settings.Noise * p.settings.Noise)
	return p.constants() - 0.5*fit/noise, 0.5 * difference / noise
}

// positivePart is E max(w, 0)^power for w ~ N(mu, sigma²), and its error.
func positivePart(mu, sigma float64, power int) (value, difference float64) {
	lo, hi := math.Max(0, mu-float64(reach*sigma)), mu+float64(reach*sigma)
	return integrate(lo, hi, sigma, func(w float64) float64 {
		v := w
		if power == 2 {
			v = float64(w * w)
		}
		return float64(v * ref.Exp64(logNormal(w, mu, sigma)))
	})
}

// divergences are KL(q ‖ p) and KL(q^G ‖ p) from panels of a width in standard deviations of q.
// Both are expectations over q, since log q^G − log p does not change when the weights are
// exchanged. Between them lies the information I = KL(q ‖ p) − KL(q^G ‖ p).
func (p *Posterior) divergences(q Gaussian, width float64) (kl, klG float64) {
	var at [2]axis       // nodes
	var own [2][]float64 // log-density of component k at node i of axis k
	var other [2][]float64
	for k := range at {
		mu, sigma := q.Mu[k], q.Sigma[k]
		at[k] = panels(mu-float64(reach*sigma), mu+float64(reach*sigma), float64(width*sigma))
		own[k] = make([]float64, len(at[k].x))
		other[k] = make([]float64, len(at[k].x))
		for i, x := range at[k].x {
			own[k][i] = logNormal(x, mu, sigma)
			other[k][i] = logNormal(x, q.Mu[1-k], q.Sigma[1-k])
		}
	}
	density := make([]float64, len(at[1].x))
	for j := range density {
		density[j] = float64(at[1].weight[j] * ref.Exp64(own[1][j]))
	}
	var information float64
	for i, x := range at[0].x {
		var row, rowI float64
		for j, y := range at[1].x {
			logQ := own[0][i] + own[1][j]
			row += float64(density[j] * (logQ - p.LogDensity([2]float64{x, y})))
			rowI -= float64(density[j] * logMean(other[0][i]+other[1][j]-logQ))
		}
		w := float64(at[0].weight[i] * ref.Exp64(own[0][i]))
		kl += float64(w * row)
		information += float64(w * rowI)
	}
	return kl, kl - information
}

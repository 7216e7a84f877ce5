package bnn

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/kernels"
)

// importance is what a symmetrizer needs to draw permutations from a proposal.
type importance struct {
	logOrder    float64
	adaptive    bool
	logProposal kernels.F64 // samples×count
	upper       kernels.F64 // samples; the lower bounds are the information
	spread      kernels.F64 // samples: the weights' relative variance
	deep
}

func (s Symmetrization) validateImportance() error {
	const most = 1 << 20
	if s.Permutations < 0 || s.Permutations > most {
		return fmt.Errorf("symmetrize %s: %d permutations, want at least 1 (or 0 for the default)", s.Estimator, s.Permutations)
	}
	if s.Resweep < -1 {
		return fmt.Errorf("symmetrize %s: resweep %d, want an interval, 0 for the default or -1 for never", s.Estimator, s.Resweep)
	}
	if !(s.TargetGap >= 0) || math.IsInf(s.TargetGap, 0) {
		return fmt.Errorf("symmetrize %s: target gap %g, want a positive number of nats", s.Estimator, s.TargetGap)
	}
	return nil
}

// resolve replaces Auto by what it means for a network and fills in the defaults;
// adaptive means that the number of draws is to follow their spread.
func (s Symmetrization) resolve(n Network) (r Symmetrization, adaptive bool) {
	hidden := n.Hidden()
	switch {
	case s.Estimator == Importance:
		set(&s.Permutations, DefaultPermutations)
	case s.Estimator != Auto:
		return s, false
	case len(hidden) == 0:
		return Symmetrization{Estimator: None}, false
	case len(hidden) == 1 && hidden[0] <= autoExact, len(hidden) > 1 && n.groupOrder() <= autoEnumerated:
		return Symmetrization{Estimator: Exact, Group: s.Group}, false
	default:
		s.Estimator, adaptive = Importance, true
		set(&s.Permutations, DefaultLimit)
		set(&s.TargetGap, DefaultTargetGap)
	}
	return s, adaptive
}

// newImportance allocates for the most permutations there can be.
func (z *symmetrizer) newImportance(s *scratch, n Network, samples int, adaptive bool) {
	z.capacity = z.Permutations + 1
	z.adaptive, z.logOrder = adaptive, z.LogGroupOrder(n)
	z.logProposal, z.upper, z.spread = s.f64(samples*z.capacity), s.f64(samples), s.f64(samples)
	z.setDraws(z.Permutations)
	if adaptive {
		z.setDraws(min(DefaultPermutations, z.Permutations))
	}
}

func (z *symmetrizer) draws() int         { return z.count - 1 }
func (z *symmetrizer) setDraws(draws int) { z.count = draws + 1 }

// resweep is the interval of sweeps for a layer, 0 for never.
func (z *symmetrizer) resweep(h *hiddenLayer) int {
	switch {
	case z.Resweep > 0:
		return z.Resweep
	case z.Resweep == 0 && h.n >= resweepWidth:
		return defaultResweep
	}
	return 0
}

// sampled bounds the information from draws of a proposal.
func (z *symmetrizer) sampled(w kernels.F32, samples int, key kernels.Key) {
	if len(z.middle) > 0 {
		z.proposeLayers(w, samples, key)
	} else {
		z.propose(z.hidden[0], kernels.ProposePermutations{Key: key, Batch: samples, C: z.hidden[0].c})
	}
	z.permutedDensities(w, samples)
	z.device.ImportanceAverage(kernels.ImportanceAverage{Batch: samples, K: z.count, Logs: z.logs, LogProposal: z.logProposal,
		LogOrder: z.logOrder, Weights: z.weights, Lower: z.information, Upper: z.upper, Spread: z.spread})
}

// propose draws the permutations of a layer; what is not given in p is filled in.
func (z *symmetrizer) propose(h *hiddenLayer, p kernels.ProposePermutations) {
	p.K, p.N, p.Sweep, p.Perms, p.LogProposal = z.count, h.n, z.resweep(h), h.perms, z.logProposal
	z.device.ProposePermutations(p)
}

// precision says how well the draws of an estimate served.
type precision struct {
	draws  int
	spread float64 // mean relative variance of the weights
}

// ess is the effective number of draws.
func (p precision) ess() float64 { return float64(p.draws) / (1 + p.spread) }

// variance is the relative variance without the bias of its estimate from few draws.
func (p precision) variance() float64 {
	return p.spread * float64(p.draws) / float64(max(p.draws-1, 1))
}

// gap is how far either bound is from the truth, in nats: (1/ESS − 1)/(2K) for ESS
// as a fraction of K (docs/estimators.md).
func (p precision) gap() float64 { return p.variance() / float64(2*p.draws) }

// want is the number of draws that would bring the gap down to the target.
func (p precision) want(target float64) int {
	return int(math.Ceil(math.Min(p.variance()/(2*target), 1<<30)))
}

// adapt chooses the next number of draws from the spread of those before.
func (z *symmetrizer) adapt(p precision) {
	if z.adaptive {
		z.setDraws(min(max(p.want(z.TargetGap), fewestDraws), z.Permutations))
	}
}

// warning says that Auto's limit is too low for its target, "" if it is not.
func (z *symmetrizer) warning(p precision) string {
	want := p.want(z.TargetGap)
	if !z.adaptive || want <= z.Permutations || p.draws < z.Permutations {
		return ""
	}
	return fmt.Sprintf("a gap of %.2g nats needs about %d permutations, but the limit is %d: the bounds of the symmetrised ELBO are about %.2g nats off",
		z.TargetGap, want, z.Permutations, p.gap())
}

package bnn

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/kernels"
)

// importance draws permutations nearly in proportion to their density and weights them:
// with the identity among them a lower bound of the information in expectation, without
// it an upper one. Permutation 0 of every sample is the identity, the others are draws.
type importance struct {
	permuted
	most        int // draws
	sweep       int // Symmetrization.Resweep
	target      float64
	adaptive    bool
	logOrder    float64
	logProposal kernels.F64 // samples×count
	bounds      kernels.F64 // the information, upper and spread
	upper       kernels.F64 // samples; the lower bounds are the information
	spread      kernels.F64 // samples: the weights' relative variance
}

// newImportance allocates for the most permutations there can be.
func newImportance(s *scratch, layers *neurons, pairs pairing, y Symmetrization, logOrder float64,
	adaptive bool, samples int) *importance {
	capacity := y.Permutations + 1
	bounds := s.f64(3 * samples)
	e := &importance{permuted: newPermuted(s, layers, pairs, capacity, bounds.Slice(0, samples)),
		most: y.Permutations, sweep: y.Resweep, target: y.TargetGap, adaptive: adaptive,
		logOrder:    logOrder,
		logProposal: s.f64(samples * capacity), bounds: bounds, upper: bounds.Slice(samples, 2*samples),
		spread: bounds.Slice(2*samples, 3*samples)}
	if adaptive {
		e.setDraws(min(DefaultPermutations, e.most))
	}
	return e
}

func (e *importance) found() found {
	return found{information: e.information, upper: e.upper, spread: e.spread, bounds: e.bounds}
}

func (e *importance) draws() int         { return e.count - 1 }
func (e *importance) setDraws(draws int) { e.count = draws + 1 }
func (e *importance) limit() int         { return e.most }
func (e *importance) follows() bool      { return e.adaptive }

// resweep is the interval of sweeps for a layer whose draws share a matrix, 0 for never.
func (e *importance) resweep(h *hiddenLayer) int {
	switch {
	case e.sweep > 0:
		return e.sweep
	case e.sweep == 0 && h.n >= resweepWidth:
		return defaultResweep
	}
	return 0
}

func (e *importance) evaluate(w kernels.F32, samples int, key drawKey, gradient bool) {
	e.pairs.densities(w, samples)
	h := e.hidden[0]
	p := kernels.ImportanceLayer{Key: key.Key, State: key.state, Batch: samples, K: e.count, N: h.n,
		Sweep: e.resweep(h), C: h.c, Perms: h.perms, LogProposal: e.logProposal, Logs: e.logs,
		LogOrder: e.logOrder, Weights: e.weights, Lower: e.information, Upper: e.upper, Spread: e.spread}
	if gradient {
		p.Coefficients = h.coefficients
	}
	kernels.RunImportanceLayer(e.device, p)
	e.correct(samples)
}

func (e *importance) addGradient(w, dw kernels.F32, samples int, scale float64) {
	e.pairs.addGradient(w, dw, samples, scale)
}

// correct corrects both bounds.
func (e *importance) correct(samples int) {
	e.pairs.correct(e.information, samples)
	e.pairs.correct(e.upper, samples)
}

// propose draws the permutations of a layer; what is not given in p is filled in.
func (e *importance) propose(h *hiddenLayer, p kernels.ProposePermutations) {
	p.K, p.N, p.Sweep, p.Perms, p.LogProposal = e.count, h.n, e.resweep(h), h.perms, e.logProposal
	e.device.ProposePermutations(p)
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

func (e *importance) adapt(p precision) {
	if e.adaptive {
		e.setDraws(min(max(p.want(e.target), fewestDraws), e.most))
	}
}

func (e *importance) warning(p precision) string {
	want := p.want(e.target)
	if !e.adaptive || want <= e.most || p.draws < e.most {
		return ""
	}
	return fmt.Sprintf("a gap of %.2g nats needs about %d permutations, but the limit is %d: the "+
		"bounds of the symmetrised ELBO are about %.2g nats off",
		e.target, want, e.most, p.gap())
}

package bnn

import "github.com/symvi/symvi/kernels"

// estimator finds the information I(ω) = log q(ω) − log q^G(ω) of sampled weights, and
// its path derivative with respect to them (docs/math.md).
type estimator interface {
	// prepare reads the posterior; it must be called again whenever μ or σ changed.
	prepare()
	// evaluate finds I(ω) of the first samples weight vectors in w, and with gradient what
	// addGradient needs; random permutations are those of key.
	evaluate(w kernels.F32, samples int, key drawKey, gradient bool)
	// addGradient adds scale times the path derivative of I(ω) to dw, after evaluate.
	addGradient(w, dw kernels.F32, samples int, scale float64)
	// found are the buffers that evaluate fills.
	found() found
}

// drawKey is the key of an estimator's draws; state, if it is not nil, adds its step's number.
type drawKey struct {
	kernels.Key
	state kernels.I32
}

// found is what an estimator finds, one value for each sample.
type found struct {
	// information is I(ω), or a lower bound in expectation; nil for none.
	information kernels.F64
	// exact says that it is unbiased, and so its own upper bound.
	exact bool
	// upper is an upper bound in expectation, and spread the relative variance of
	// the weights behind it; nil if nothing is drawn from a proposal.
	upper, spread kernels.F64
	// bounds holds information, upper and spread one after the other where they are drawn.
	bounds kernels.F64
}

// drawn is an estimator that draws permutations from a proposal, as many as serve.
type drawn interface {
	draws() int
	// setDraws sets the number of draws, at least 1 and at most limit.
	setDraws(n int)
	limit() int
	// follows reports whether the number of draws follows their precision.
	follows() bool
	// adapt chooses the next number of draws from the precision of those before.
	adapt(p precision)
	// warning says that the limit is too low for the target, "" if it is not.
	warning(p precision) string
}

// newEstimator allocates for samples weight vectors at a time.
func newEstimator(s *scratch, n Network, q gaussian, y Symmetrization, samples int) estimator {
	y, adaptive := y.resolve(n)
	if y.Estimator == EstimatorNone {
		return none{}
	}
	layers := newNeurons(s, n, q, samples)
	pairs := y.pairing(s, n, layers, samples)
	deep := len(layers.middle) > 0
	switch {
	case y.Estimator == EstimatorUniform:
		return newUniform(s, layers, pairs, y.Permutations, samples)
	case y.Estimator == EstimatorExact && deep:
		return newEnumerated(s, layers, pairs, n.groupOrder(), samples)
	case y.Estimator == EstimatorExact:
		return newPermanent(s, layers, pairs, samples)
	case deep:
		one := newImportance(s, layers, pairs, y, y.LogGroupOrder(n), adaptive, samples)
		return newDeep(s, one, samples)
	}
	return newImportance(s, layers, pairs, y, y.LogGroupOrder(n), adaptive, samples)
}

// permuted averages over listed permutations: what uniform, enumerated and importance share.
type permuted struct {
	*neurons
	pairs       pairing
	count       int         // permutations of each sample
	logs        kernels.F64 // samples×count
	weights     kernels.F64
	information kernels.F64 // samples
}

// newPermuted allocates for at most capacity permutations of as many samples as there is room for
// their information.
func newPermuted(s *scratch, layers *neurons, pairs pairing, capacity int,
	information kernels.F64) permuted {
	samples := information.Len()
	for _, h := range layers.hidden {
		h.perms = s.i32(samples * capacity * h.n)
	}
	size := samples * capacity
	return permuted{layers, pairs, capacity, s.f64(size), s.f64(size), information}
}

func (p *permuted) prepare() { p.pairs.prepare() }

func (p *permuted) found() found { return found{information: p.information} }

// logDensities computes logs[s, k] = log q(g_k⁻¹ω_s), up to a constant, from the layers' perms.
func (p *permuted) logDensities(w kernels.F32, samples int) {
	for i, h := range p.hidden {
		p.device.PermutationLogDensity(kernels.PermutationLogDensity{Batch: samples, K: p.count, N: h.n,
			C: h.c, Perms: h.perms, Logs: p.logs, Accumulate: i > 0})
	}
	for _, m := range p.middle {
		p.device.PermutedLogDensity(kernels.PermutedLogDensity{Batch: samples, K: p.count,
			Rows: m.rows, Cols: m.cols,
			W: m.weights.from(w, m.at), StrideW: p.parameters, Mu: m.mu, InvSigma: m.inv,
			RowPerms: m.upper.perms, ColPerms: m.lower.perms, Logs: p.logs})
	}
}

// average is the log-mean-exp of all listed permutations.
func (p *permuted) average(w kernels.F32, samples int) {
	p.logDensities(w, samples)
	p.device.PermutationAverage(kernels.PermutationAverage{Batch: samples, K: p.count,
		Logs: p.logs, Weights: p.weights, Information: p.information})
	p.pairs.correct(p.information, samples)
}

func (p *permuted) addGradient(w, dw kernels.F32, samples int, scale float64) {
	for _, h := range p.hidden {
		p.device.PermutationMarginals(kernels.PermutationMarginals{Batch: samples, K: p.count, N: h.n,
			Weights: p.weights, Perms: h.perms, Coefficients: h.coefficients})
	}
	p.pairs.addGradient(w, dw, samples, scale)
	for _, m := range p.middle {
		p.device.PermutedGrad(kernels.PermutedGrad{Batch: samples, K: p.count, Rows: m.rows, Cols: m.cols,
			W: m.weights.from(w, m.at), DW: m.gradients.from(dw, m.at), StrideW: p.parameters,
			Mu: m.mu, InvSigma: m.inv,
			RowPerms: m.upper.perms, ColPerms: m.lower.perms, Weights: p.weights, Scale: scale})
	}
}

// layerKey gives every hidden layer its own permutations; layers lie 2¹⁶ streams apart.
func layerKey(key drawKey, layer int) drawKey {
	key.Stream += uint32(layer) << 16
	return key
}

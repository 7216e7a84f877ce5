package bnn

import "github.com/symvi/symvi/kernels"

// deep draws the permutations of several hidden layers one after another, the first
// hidden layer first. Given the permutations below, a layer is again a matrix of pair
// log-densities; what the layers above will say is replaced by its expectation under
// mean-field probabilities. Which of these serve is not known beforehand, so the
// first layer is drawn from an equal mixture of two proposals (docs/estimators.md).
type deep struct {
	*importance
	layers []layerPairs
}

// layerPairs are the matrices of one hidden layer of n neurons.
type layerPairs struct {
	// expected is, of the first layer, the mixture's components: samples×components×n×n.
	// Of the others it is c with the expectation of the layer above: samples×n×n.
	expected kernels.F64
	// conditional is block×n×n, given as many draws of the permutations below.
	conditional kernels.F64
	block       int
	// one is the place of one sample's mean-field matrix.
	one kernels.F64
}

const (
	// components of the mixture: the layer's own densities alone, and with five sweeps of
	// expectations through all layers.
	components  = 2
	fieldSweeps = 5
	// conditionalFloats bounds the conditional matrices that are kept at a time.
	conditionalFloats = 1 << 20
)

func newDeep(s *scratch, e *importance, samples int) *deep {
	z := &deep{importance: e}
	for i, h := range z.hidden {
		p := layerPairs{one: s.f64(h.n * h.n)}
		if i == 0 {
			p.expected = s.f64(samples * components * h.n * h.n)
		} else {
			p.block = min(z.most+1, max(1, conditionalFloats/(h.n*h.n)))
			p.expected, p.conditional = s.f64(samples*h.n*h.n), s.f64(p.block*h.n*h.n)
		}
		z.layers = append(z.layers, p)
	}
	return z
}

func (z *deep) evaluate(w kernels.F32, samples int, key drawKey, _ bool) {
	z.pairs.densities(w, samples)
	z.proposeLayers(w, samples, key)
	z.logDensities(w, samples)
	z.device.ImportanceAverage(kernels.ImportanceAverage{Batch: samples, K: z.count,
		Logs: z.logs, LogProposal: z.logProposal, LogOrder: z.logOrder, Weights: z.weights,
		Lower: z.information, Upper: z.upper, Spread: z.spread})
	z.correct(samples)
}

// addGradient is not that of one layer.
func (z *deep) addGradient(w, dw kernels.F32, samples int, scale float64) {
	z.permuted.addGradient(w, dw, samples, scale)
}

// proposeLayers draws all layers' permutations.
func (z *deep) proposeLayers(w kernels.F32, samples int, key drawKey) {
	for s := range samples {
		z.expect(w, s)
	}
	z.propose(z.hidden[0], kernels.ProposePermutations{Key: key.Key, State: key.state, Batch: samples,
		C: z.layers[0].expected, Components: components})
	for i := range z.middle {
		for s := range samples {
			key := layerKey(key, i+1)
			key.Sample += uint32(s)
			for first := 0; first < z.count; first += z.layers[i+1].block {
				z.proposeGiven(w, i, s, first, key)
			}
		}
	}
}

// proposeGiven draws a block of one sample's permutations of the layer above a middle
// matrix, given those of the layer below it.
func (z *deep) proposeGiven(w kernels.F32, middle, s, first int, key drawKey) {
	m, p := z.middle[middle], &z.layers[middle+1]
	k := min(p.block, z.count-first)
	at := s*z.count + first
	z.device.ConditionalPairs(kernels.ConditionalPairs{Batch: 1, K: k, Rows: m.rows, Cols: m.cols,
		W: w.Slice(s*z.parameters+m.at, w.Len()), Mu: m.mu, InvSigma: m.inv,
		Perms: m.lower.perms.Slice(at*m.cols, (at+k)*m.cols),
		Base:  p.expected.Slice(s*m.rows*m.rows, (s+1)*m.rows*m.rows), C: p.conditional})
	z.device.ProposePermutations(kernels.ProposePermutations{Key: key.Key, State: key.state,
		Batch: 1, K: k, N: m.rows,
		First: first, Sweep: max(z.sweep, 0), // only if asked for: they change little here
		C: p.conditional, PerPermutation: true, Perms: m.upper.perms.Slice(at*m.rows, (at+k)*m.rows),
		LogProposal: z.logProposal.Slice(at, at+k), Accumulate: true})
}

// expect fills in the expected matrices of one sample.
func (z *deep) expect(w kernels.F32, s int) {
	first := z.hidden[0].n * z.hidden[0].n
	component := func(m int) kernels.F64 {
		at := (s*components + m) * first
		return z.layers[0].expected.Slice(at, at+first)
	}
	for i := range z.hidden {
		z.own(i, s)
	}
	z.copy(z.layers[0].one, component(0))
	for i := len(z.middle) - 1; i >= 0; i-- { // from above
		z.expectFrom(w, s, i, true)
	}
	for i, h := range z.hidden[1:] {
		z.copy(z.layers[i+1].one, z.layers[i+1].expected.Slice(s*h.n*h.n, (s+1)*h.n*h.n))
	}
	for range fieldSweeps {
		for i := 1; i < len(z.hidden); i++ {
			z.refresh(w, s, i)
		}
		for i := len(z.hidden) - 2; i >= 0; i-- {
			z.refresh(w, s, i)
		}
	}
	z.copy(z.layers[0].one, component(1))
}

// refresh computes a layer's matrix from its own densities and both neighbours.
func (z *deep) refresh(w kernels.F32, s, layer int) {
	z.own(layer, s)
	if layer > 0 {
		z.expectFrom(w, s, layer-1, false)
	}
	if layer < len(z.middle) {
		z.expectFrom(w, s, layer, true)
	}
}

// own is a layer's matrix without its neighbours.
func (z *deep) own(layer, s int) {
	h := z.hidden[layer]
	z.copy(h.c.Slice(s*h.n*h.n, (s+1)*h.n*h.n), z.layers[layer].one)
}

// expectFrom adds what a middle matrix is expected to contribute to the layer below it,
// or above it.
func (z *deep) expectFrom(w kernels.F32, s, middle int, below bool) {
	m := z.middle[middle]
	to, from := z.layers[middle+1].one, z.layers[middle].one
	if below {
		to, from = from, to
	}
	z.device.ExpectedPairs(kernels.ExpectedPairs{Batch: 1, Rows: m.rows, Cols: m.cols, Below: below,
		W: w.Slice(s*z.parameters+m.at, w.Len()), Mu: m.mu, InvSigma: m.inv, Neighbor: from, C: to})
}

// copy copies a float64 buffer.
func (z *deep) copy(src, dst kernels.F64) {
	z.device.Sum(kernels.Sum{Batch: dst.Len(), N: 1, Src64: src, Dst: dst, Scale: 1})
}

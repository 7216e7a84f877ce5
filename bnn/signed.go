package bnn

import "github.com/symvi/symvi/kernels"

// signed pairs the neurons of the only hidden layer up to their sign. The sum over the signs
// of a neuron can be done for every pair on its own, before any sum over permutations:
// log N(ω_j; μ_i) becomes log(N(ω_j; μ_i) + N(−ω_j; μ_i)), and N(−ω; μ) = N(ω; −μ).
type signed struct {
	unsigned
	offset       float64     // log 2ⁿ, or 0 where the estimator knows the group's order
	mu           kernels.F32 // −μ, n×d
	shares       kernels.F64 // samples×n×n
	correction   kernels.F64 // samples
	coefficients kernels.F32 // samples×n×n
}

func newSigned(s *scratch, layers *neurons, offset float64, samples int) *signed {
	h := layers.hidden[0]
	h.inPlace = false // −μ is sorted, too
	return &signed{unsigned: unsigned{layers}, offset: offset, mu: s.f32(h.n * h.d),
		shares: s.f64(samples * h.n * h.n), correction: s.f64(samples),
		coefficients: s.f32(samples * h.n * h.n)}
}

// prepare also computes −μ = μ − 2μ, exactly.
func (g *signed) prepare() {
	g.unsigned.prepare()
	if h := g.hidden[0]; h.stale {
		g.pack(h, nil, 0)
	}
	size := g.mu.Len()
	c := kernels.Copy2D{Batch: 1, Rows: 1, Cols: size,
		Src: g.hidden[0].mu, SrcRow: size, SrcCol: 1, Dst: g.mu, DstRow: size, DstCol: 1}
	g.device.Copy2D(c)
	c.Accumulate, c.Scale = true, -2
	g.device.Copy2D(c)
}

func (g *signed) densities(w kernels.F32, samples int) {
	g.unsigned.densities(w, samples)
	h := g.hidden[0]
	g.device.PairLogDensity(kernels.PairLogDensity{Batch: samples, N: h.n, D: h.d,
		W: h.w, Mu: g.mu, InvSigma: h.inv, C: g.shares})
	g.device.CombineSigns(kernels.CombineSigns{Batch: samples, N: h.n,
		Positive: h.c, Negative: g.shares, Offset: g.offset, Correction: g.correction})
}

// correct turns the information about neurons up to their sign into that about neurons.
func (g *signed) correct(information kernels.F64, samples int) {
	g.device.Sum(kernels.Sum{Batch: samples, N: 1, Src64: g.correction, Dst: information,
		Scale: 1, Accumulate: true})
}

// addGradient divides the coefficients between the signs, in the shares of their densities.
func (g *signed) addGradient(w, dw kernels.F32, samples int, scale float64) {
	h := g.hidden[0]
	g.device.SplitSigns(kernels.SplitSigns{Batch: samples, N: h.n,
		Shares: g.shares, Coefficients: h.coefficients, Negative: g.coefficients})
	g.device.PairGrad(kernels.PairGrad{Batch: samples, N: h.n, D: h.d,
		Coefficients: g.coefficients, W: h.w, Mu: g.mu, InvSigma: h.inv, DW: h.dw})
	g.scatterAdd(h, dw, samples, scale)
	g.unsigned.addGradient(w, dw, samples, scale)
}

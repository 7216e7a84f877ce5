package bnn

import (
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// Estimator says how the average of the posterior over permutations is estimated.
type Estimator string

const (
	// None leaves the posterior as it is: plain mean-field variational inference.
	None Estimator = "none"
	// Uniform is the paper's estimator (Theorem 4.3): the identity and K − 1 uniform
	// permutations. It adds at most log K nats. Any depth.
	Uniform Estimator = "uniform"
	// Exact sums over all permutations: of one hidden layer of at most
	// kernels.MaxPermanent neurons with the subset dynamic programme, of several small
	// ones one after another, at most MaxEnumerated in all.
	Exact Estimator = "exact"
	// Importance draws permutations nearly in proportion to their density and weights
	// them, which bounds the information from both sides. Any width.
	Importance Estimator = "importance"
	// Auto is Exact where that is cheap and else Importance with as many permutations
	// as keep the bounds within TargetGap.
	Auto Estimator = "auto"
)

// The defaults and limits of Importance and Auto.
const (
	// DefaultPermutations is what Importance draws, and what Auto draws first.
	DefaultPermutations = 20
	// DefaultLimit is the most that Auto draws.
	DefaultLimit = 200
	// DefaultTargetGap is Auto's, in nats.
	DefaultTargetGap = 0.1
	// MaxEnumerated is the largest group of several hidden layers that Exact serves.
	MaxEnumerated = 5040
	// autoExact is the widest layer that Auto averages exactly.
	autoExact = 16
	// defaultResweep is the interval of the sweeps over layers from resweepWidth neurons.
	defaultResweep = 8
	resweepWidth   = 32
	// fewestDraws is what Auto never goes below, because their spread must be estimated.
	fewestDraws = 4
)

// Symmetrization chooses the symmetrised posterior q^G(ω) = (1/|G|) Σ_g q(g⁻¹ω)
// (paper, eq. 4) and how the information I(ω) = log q(ω) − log q^G(ω) that it adds to
// the ELBO is estimated: L^G = L + E[I(ω)].
type Symmetrization struct {
	Estimator Estimator
	// Permutations is K: for Uniform the number of permutations, the identity among
	// them; for Importance the number of draws (0: DefaultPermutations); for Auto the
	// most that it may draw (0: DefaultLimit).
	Permutations int
	// Resweep is the number of neurons after which Importance scales what is left of
	// the matrix once more: 1 is the most accurate, larger is faster, −1 is never. 0 is
	// 8 for layers of 32 neurons and more, and never for smaller ones.
	Resweep int
	// TargetGap is how far Auto lets each bound be from the truth, in nats, about (0: DefaultTargetGap).
	TargetGap float64
	// Group is what to average over; "" is Permutations.
	Group Group
}

// Validate reports why a network cannot be symmetrised so.
func (s Symmetrization) Validate(n Network) error {
	hidden := n.Hidden()
	if err := s.validateGroup(n); err != nil {
		return err
	}
	switch s.Estimator {
	case None:
		return nil
	case Uniform:
		if s.Permutations < 1 {
			return fmt.Errorf("symmetrize uniform: %d permutations, want at least 1", s.Permutations)
		}
	case Exact:
		if len(hidden) > 1 && n.groupOrder() > MaxEnumerated {
			return fmt.Errorf("symmetrize exact: the network has %d hidden layers %v with more than %d permutations; use importance", len(hidden), hidden, MaxEnumerated)
		}
		if len(hidden) == 1 && hidden[0] > kernels.MaxPermanent {
			return fmt.Errorf("symmetrize exact: the hidden layer has %d neurons, but exact serves at most %d (it needs 2^n sets); use importance", hidden[0], kernels.MaxPermanent)
		}
	case Importance, Auto:
		if err := s.validateImportance(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("symmetrize %q: unknown; want %s, %s, %s, %s or %s", s.Estimator, None, Uniform, Exact, Importance, Auto)
	}
	if len(hidden) == 0 && s.Estimator != Auto {
		return fmt.Errorf("symmetrize %s: the network has no hidden layer to permute; use none", s.Estimator)
	}
	return nil
}

// hiddenLayer is what symmetrisation needs of one hidden layer of n neurons. The
// D parameters that only this layer's permutation moves form an n×D matrix: the
// bias, the incoming weights if the layer below is the input, and the outgoing
// weights if the layer above is the output.
type hiddenLayer struct {
	n, d         int
	blocks       []block
	mu, inv, w   kernels.F32 // n×D of the posterior, samples×n×D of the weights
	dw           kernels.F32
	c            kernels.F64 // samples×n×n pair log-densities
	perms        kernels.I32 // samples×K×n
	coefficients kernels.F32 // samples×n×n, P − I
}

// block is a strided part of ω that goes to columns column … column+cols−1 of a
// neuron matrix.
type block struct{ at, row, col, column, cols int }

// middle is the weight matrix between two hidden layers, moved by both permutations.
type middle struct {
	rows, cols int
	mu, inv    kernels.F32
	at         int
	lower      *hiddenLayer
	upper      *hiddenLayer
}

// symmetrizer computes the information I(ω) of sampled weights, and adds its path
// derivative to their gradients (docs/math.md).
type symmetrizer struct {
	Symmetrization
	device      kernels.Device
	parameters  int
	hidden      []*hiddenLayer
	middle      []middle
	count       int         // permutations per sample, the identity included
	capacity    int         // the most that the buffers hold
	logs        kernels.F64 // samples×count
	weights     kernels.F64
	information kernels.F64 // samples
	importance
	signs *signs // nil for unsigned permutations
}

// newSymmetrizer returns nil for None.
func newSymmetrizer(s *scratch, n Network, q gaussian, y Symmetrization, samples int) *symmetrizer {
	y, adaptive := y.resolve(n)
	if y.Estimator == None {
		return nil
	}
	z := &symmetrizer{Symmetrization: y, device: s.device, parameters: n.Parameters(), information: s.f64(samples)}
	switch y.Estimator {
	case Uniform:
		z.count, z.capacity = y.Permutations, y.Permutations
	case Exact:
		if len(n.Hidden()) > 1 {
			z.count = n.groupOrder()
			z.capacity = z.count
		}
	case Importance:
		z.newImportance(s, n, samples, adaptive)
	}
	layers := n.layers()
	last := len(layers) - 1
	for i, l := range layers[:last] {
		h := &hiddenLayer{n: l.out}
		if i == 0 {
			h.add(block{at: l.weight, row: l.in, col: 1, cols: l.in})
		}
		h.add(block{at: l.bias, row: 1, col: 1, cols: 1})
		above := layers[i+1]
		if i+1 == last {
			h.add(block{at: above.weight, row: 1, col: above.in, cols: above.out})
		}
		h.mu, h.inv = s.f32(h.n*h.d), s.f32(h.n*h.d)
		h.w, h.dw = s.f32(samples*h.n*h.d), s.f32(samples*h.n*h.d)
		h.c, h.coefficients = s.f64(samples*h.n*h.n), s.f32(samples*h.n*h.n)
		h.perms = s.i32(samples * z.capacity * h.n)
		z.hidden = append(z.hidden, h)
		if i > 0 {
			size := l.in * l.out
			z.middle = append(z.middle, middle{l.out, l.in, q.mu.Slice(l.weight, l.weight+size), q.inv.Slice(l.weight, l.weight+size), l.weight, z.hidden[i-1], h})
		}
	}
	z.logs, z.weights = s.f64(samples*z.capacity), s.f64(samples*z.capacity)
	if len(z.middle) > 0 {
		z.prepareLayers(s, samples)
	}
	if z.Group == SignedPermutations {
		z.signs = z.newSigns(s, n, samples)
	}
	return z
}

func (h *hiddenLayer) add(b block) {
	b.column = h.d
	h.blocks = append(h.blocks, b)
	h.d += b.cols
}

// gather copies the parameters of count vectors ω into neuron matrices.
func (z *symmetrizer) gather(h *hiddenLayer, src, dst kernels.F32, count int) {
	for _, b := range h.blocks {
		z.device.Copy2D(kernels.Copy2D{Batch: count, Rows: h.n, Cols: b.cols,
			Src: src.Slice(b.at, src.Len()), StrideSrc: z.parameters, SrcRow: b.row, SrcCol: b.col,
			Dst: dst.Slice(b.column, dst.Len()), StrideDst: h.n * h.d, DstRow: h.d, DstCol: 1})
	}
}

// scatterAdd adds scale times neuron matrices to the gradients of count vectors ω.
func (z *symmetrizer) scatterAdd(h *hiddenLayer, dw kernels.F32, count int, scale float64) {
	for _, b := range h.blocks {
		z.device.Copy2D(kernels.Copy2D{Batch: count, Rows: h.n, Cols: b.cols, Accumulate: true, Scale: float32(scale),
			Src: h.dw.Slice(b.column, h.dw.Len()), StrideSrc: h.n * h.d, SrcRow: h.d, SrcCol: 1,
			Dst: dw.Slice(b.at, dw.Len()), StrideDst: z.parameters, DstRow: b.row, DstCol: b.col})
	}
}

// prepare reads the posterior; it must be called again whenever μ or σ changed.
func (z *symmetrizer) prepare(q gaussian) {
	for _, h := range z.hidden {
		z.gather(h, q.mu, h.mu, 1)
		z.gather(h, q.inv, h.inv, 1)
	}
	if z.signs != nil {
		z.signs.prepare(z)
	}
}

// evaluate computes I(ω) of the first samples weight vectors in w; the random
// permutations are those of key.
func (z *symmetrizer) evaluate(w kernels.F32, samples int, key kernels.Key, gradient bool) {
	for _, h := range z.hidden {
		z.gather(h, w, h.w, samples)
		z.device.PairLogDensity(kernels.PairLogDensity{Batch: samples, N: h.n, D: h.d, W: h.w, Mu: h.mu, InvSigma: h.inv, C: h.c})
	}
	if z.signs != nil {
		z.signs.combine(z, samples)
		defer z.signs.correct(z, samples)
	}
	switch z.Estimator {
	case Exact:
		z.exact(w, samples, gradient)
	case Uniform:
		z.uniform(w, samples, key)
	case Importance:
		z.sampled(w, samples, key)
	}
}

// exact averages over all permutations.
func (z *symmetrizer) exact(w kernels.F32, samples int, gradient bool) {
	if len(z.middle) > 0 {
		z.permutedDensities(w, samples)
		z.device.PermutationAverage(kernels.PermutationAverage{Batch: samples, K: z.count, Logs: z.logs, Weights: z.weights, Information: z.information})
		return
	}
	h := z.hidden[0]
	p := kernels.Permanent{Batch: samples, N: h.n, C: h.c, Information: z.information}
	if gradient {
		p.Coefficients = h.coefficients
	}
	z.device.Permanent(p)
}

// uniform is the paper's estimator: K permuted log-densities and their log-mean-exp.
func (z *symmetrizer) uniform(w kernels.F32, samples int, key kernels.Key) {
	for i, h := range z.hidden {
		z.device.RandomPermutations(kernels.RandomPermutations{Key: z.layerKey(key, i), Batch: samples, Count: z.count, N: h.n, IdentityFirst: true, Dst: h.perms})
	}
	z.permutedDensities(w, samples)
	z.device.PermutationAverage(kernels.PermutationAverage{Batch: samples, K: z.count, Logs: z.logs, Weights: z.weights, Information: z.information})
}

// permutedDensities computes logs[s, k] = log q(g_k⁻¹ω_s), up to a constant, from the layers' perms.
func (z *symmetrizer) permutedDensities(w kernels.F32, samples int) {
	for i, h := range z.hidden {
		z.device.PermutationLogDensity(kernels.PermutationLogDensity{Batch: samples, K: z.count, N: h.n, C: h.c, Perms: h.perms, Logs: z.logs, Accumulate: i > 0})
	}
	for _, m := range z.middle {
		z.device.PermutedLogDensity(kernels.PermutedLogDensity{Batch: samples, K: z.count, Rows: m.rows, Cols: m.cols,
			W: w.Slice(m.at, w.Len()), StrideW: z.parameters, Mu: m.mu, InvSigma: m.inv,
			RowPerms: m.upper.perms, ColPerms: m.lower.perms, Logs: z.logs})
	}
}

// layerKey gives every hidden layer its own permutations; layers lie 2¹⁶ streams apart.
func (z *symmetrizer) layerKey(key kernels.Key, layer int) kernels.Key {
	key.Stream += uint32(layer) << 16
	return key
}

// addGradient adds scale times the path derivative of I(ω) with respect to ω to dw,
// after evaluate with gradient.
func (z *symmetrizer) addGradient(w, dw kernels.F32, samples int, scale float64) {
	for _, h := range z.hidden {
		if z.count > 0 {
			z.device.PermutationMarginals(kernels.PermutationMarginals{Batch: samples, K: z.count, N: h.n, Weights: z.weights, Perms: h.perms, Coefficients: h.coefficients})
		}
		if z.signs != nil {
			z.signs.addGradient(z, dw, samples, scale)
		}
		z.device.PairGrad(kernels.PairGrad{Batch: samples, N: h.n, D: h.d, Coefficients: h.coefficients, W: h.w, Mu: h.mu, InvSigma: h.inv, DW: h.dw})
		z.scatterAdd(h, dw, samples, scale)
	}
	for _, m := range z.middle {
		z.device.PermutedGrad(kernels.PermutedGrad{Batch: samples, K: z.count, Rows: m.rows, Cols: m.cols,
			W: w.Slice(m.at, w.Len()), DW: dw.Slice(m.at, dw.Len()), StrideW: z.parameters, Mu: m.mu, InvSigma: m.inv,
			RowPerms: m.upper.perms, ColPerms: m.lower.perms, Weights: z.weights, Scale: scale})
	}
}

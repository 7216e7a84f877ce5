package bnn

import "github.com/symvi/symvi/kernels"

// neurons is how the parameters of a network belong to its hidden neurons, and the
// buffers that hold them sorted so.
type neurons struct {
	device     kernels.Device
	parameters int
	hidden     []*hiddenLayer
	middle     []middle
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

func newNeurons(s *scratch, n Network, q gaussian, samples int) *neurons {
	z := &neurons{device: s.device, parameters: n.Parameters()}
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
		z.hidden = append(z.hidden, h)
		if i > 0 {
			end := l.weight + l.in*l.out
			z.middle = append(z.middle, middle{l.out, l.in, q.mu.Slice(l.weight, end),
				q.inv.Slice(l.weight, end), l.weight, z.hidden[i-1], h})
		}
	}
	return z
}

func (h *hiddenLayer) add(b block) {
	b.column = h.d
	h.blocks = append(h.blocks, b)
	h.d += b.cols
}

// gather copies the parameters of count vectors ω into neuron matrices.
func (z *neurons) gather(h *hiddenLayer, src, dst kernels.F32, count int) {
	for _, b := range h.blocks {
		z.device.Copy2D(kernels.Copy2D{Batch: count, Rows: h.n, Cols: b.cols,
			Src: src.Slice(b.at, src.Len()), StrideSrc: z.parameters, SrcRow: b.row, SrcCol: b.col,
			Dst: dst.Slice(b.column, dst.Len()), StrideDst: h.n * h.d, DstRow: h.d, DstCol: 1})
	}
}

// scatterAdd adds scale times neuron matrices to the gradients of count vectors ω.
func (z *neurons) scatterAdd(h *hiddenLayer, dw kernels.F32, count int, scale float64) {
	for _, b := range h.blocks {
		z.device.Copy2D(kernels.Copy2D{Batch: count, Rows: h.n, Cols: b.cols,
			Accumulate: true, Scale: float32(scale),
			Src: h.dw.Slice(b.column, h.dw.Len()), StrideSrc: h.n * h.d, SrcRow: h.d, SrcCol: 1,
			Dst: dw.Slice(b.at, dw.Len()), StrideDst: z.parameters, DstRow: b.row, DstCol: b.col})
	}
}

// pairing computes the pair log-densities c of all hidden layers, and turns the
// layers' coefficients into gradients: for neurons as they are, or up to their sign.
type pairing interface {
	// prepare reads the posterior.
	prepare(q gaussian)
	// densities fills every layer's c from samples weight vectors.
	densities(w kernels.F32, samples int)
	// correct turns information about what was paired into that about neurons.
	correct(information kernels.F64, samples int)
	// addGradient adds scale times the gradients that belong to the coefficients.
	addGradient(dw kernels.F32, samples int, scale float64)
}

// unsigned pairs neurons as they are.
type unsigned struct{ *neurons }

func (u unsigned) prepare(q gaussian) {
	for _, h := range u.hidden {
		u.gather(h, q.mu, h.mu, 1)
		u.gather(h, q.inv, h.inv, 1)
	}
}

func (u unsigned) densities(w kernels.F32, samples int) {
	for _, h := range u.hidden {
		u.gather(h, w, h.w, samples)
		u.device.PairLogDensity(kernels.PairLogDensity{Batch: samples, N: h.n, D: h.d,
			W: h.w, Mu: h.mu, InvSigma: h.inv, C: h.c})
	}
}

func (u unsigned) correct(kernels.F64, int) {}

func (u unsigned) addGradient(dw kernels.F32, samples int, scale float64) {
	for _, h := range u.hidden {
		u.device.PairGrad(kernels.PairGrad{Batch: samples, N: h.n, D: h.d,
			Coefficients: h.coefficients, W: h.w, Mu: h.mu, InvSigma: h.inv, DW: h.dw})
		u.scatterAdd(h, dw, samples, scale)
	}
}

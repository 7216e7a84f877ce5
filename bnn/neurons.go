package bnn

import "github.com/symvi/symvi/kernels"

// neurons is how the parameters of a network belong to its hidden neurons, and the
// buffers that hold them sorted so.
type neurons struct {
	device     kernels.Device
	sorter     kernels.NeuronSorter // the device, if it sorts a layer at once
	pairer     kernels.NeuronPairer // the device, if it compares neurons where they lie
	q          gaussian
	parameters int
	hidden     []*hiddenLayer
	middle     []*middle
}

// hiddenLayer is what symmetrisation needs of one hidden layer of n neurons. The
// D parameters that only this layer's permutation moves form an n×D matrix: the
// bias, the incoming weights if the layer below is the input, and the outgoing
// weights if the layer above is the output.
type hiddenLayer struct {
	n, d         int
	blocks       []block
	places       kernels.NeuronBlocks // of the blocks
	stale        bool                 // mu and inv are still to be read
	inPlace      bool                 // neurons are compared where they lie
	mu, inv, w   kernels.F32          // n×D of the posterior, samples×n×D of the weights
	dw           kernels.F32
	c            kernels.F64 // samples×n×n pair log-densities
	perms        kernels.I32 // samples×K×n
	coefficients kernels.F32 // samples×n×n, P − I
}

// block is a strided part of ω that goes to columns column … column+cols−1 of a
// neuron matrix.
type block struct {
	at, row, col, column, cols int

	ofMu, ofInv        kernels.F32 // the posterior from at on
	mu, inv, w, dw     kernels.F32 // the neuron matrices from column on
	weights, gradients view        // ω and its gradient from at on
}

// view is the part of a buffer from a place on. It is remembered as long as the buffer stays the
// same, because making one allocates.
type view struct{ of, part kernels.F32 }

func (v *view) from(b kernels.F32, at int) kernels.F32 {
	if v.of != b {
		v.of, v.part = b, b.Slice(at, b.Len())
	}
	return v.part
}

// middle is the weight matrix between two hidden layers, moved by both permutations.
type middle struct {
	rows, cols         int
	mu, inv            kernels.F32
	at                 int
	lower, upper       *hiddenLayer
	weights, gradients view // ω and its gradient from at on
}

func newNeurons(s *scratch, n Network, q gaussian, samples int) *neurons {
	z := &neurons{device: s.device, q: q, parameters: n.Parameters()}
	z.sorter, _ = s.device.(kernels.NeuronSorter)
	z.pairer, _ = s.device.(kernels.NeuronPairer)
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
		h.cut(q)
		h.places = kernels.NeuronBlocks{N: h.n, D: h.d, Parameters: z.parameters}
		for _, b := range h.blocks {
			h.places.Blocks = append(h.places.Blocks,
				kernels.NeuronBlock{At: b.at, Row: b.row, Col: b.col, Column: b.column, Cols: b.cols})
		}
		h.inPlace = z.pairer != nil && z.pairer.PairsNeurons(h.places, samples)
		z.hidden = append(z.hidden, h)
		if i > 0 {
			end := l.weight + l.in*l.out
			z.middle = append(z.middle, &middle{rows: l.out, cols: l.in, mu: q.mu.Slice(l.weight, end),
				inv: q.inv.Slice(l.weight, end), at: l.weight, lower: z.hidden[i-1], upper: h})
		}
	}
	return z
}

func (h *hiddenLayer) add(b block) {
	b.column = h.d
	h.blocks = append(h.blocks, b)
	h.d += b.cols
}

// cut makes the blocks' parts of the buffers.
func (h *hiddenLayer) cut(q gaussian) {
	for i := range h.blocks {
		b := &h.blocks[i]
		from := func(x kernels.F32, at int) kernels.F32 { return x.Slice(at, x.Len()) }
		b.ofMu, b.ofInv = from(q.mu, b.at), from(q.inv, b.at)
		b.mu, b.inv = from(h.mu, b.column), from(h.inv, b.column)
		b.w, b.dw = from(h.w, b.column), from(h.dw, b.column)
	}
}

// gather copies a block of count vectors, from src on, into the neuron matrices from dst on.
func (z *neurons) gather(h *hiddenLayer, b *block, src, dst kernels.F32, count int) {
	z.device.Copy2D(kernels.Copy2D{Batch: count, Rows: h.n, Cols: b.cols,
		Src: src, StrideSrc: z.parameters, SrcRow: b.row, SrcCol: b.col,
		Dst: dst, StrideDst: h.n * h.d, DstRow: h.d, DstCol: 1})
}

// gatherPosterior sorts μ and 1/σ by neurons, at once or, where the device sorts a layer at once,
// with the next weights.
func (z *neurons) gatherPosterior(h *hiddenLayer) {
	if z.sorter != nil {
		h.stale = true
		return
	}
	for i := range h.blocks {
		b := &h.blocks[i]
		z.gather(h, b, b.ofMu, b.mu, 1)
		z.gather(h, b, b.ofInv, b.inv, 1)
	}
}

// gatherWeights sorts count vectors ω by neurons.
func (z *neurons) gatherWeights(h *hiddenLayer, w kernels.F32, count int) {
	if z.sorter != nil {
		z.pack(h, w, count)
		return
	}
	for i := range h.blocks {
		b := &h.blocks[i]
		z.gather(h, b, b.weights.from(w, b.at), b.w, count)
	}
}

// pack sorts count vectors ω, and the posterior if that has not been done.
func (z *neurons) pack(h *hiddenLayer, w kernels.F32, count int) {
	p := kernels.PackNeurons{NeuronBlocks: h.places, Batch: count, W: w, ToW: h.w}
	if h.stale {
		p.Mu, p.ToMu, p.InvSigma, p.ToInvSigma = z.q.mu, h.mu, z.q.inv, h.inv
		h.stale = false
	}
	z.sorter.PackNeurons(p)
}

// scatterAdd adds scale times neuron matrices to the gradients of count vectors ω.
func (z *neurons) scatterAdd(h *hiddenLayer, dw kernels.F32, count int, scale float64) {
	if z.sorter != nil {
		z.sorter.AddNeurons(kernels.AddNeurons{NeuronBlocks: h.places, Batch: count,
			Scale: float32(scale), Src: h.dw, DW: dw})
		return
	}
	for i := range h.blocks {
		b := &h.blocks[i]
		z.device.Copy2D(kernels.Copy2D{Batch: count, Rows: h.n, Cols: b.cols,
			Accumulate: true, Scale: float32(scale),
			Src: b.dw, StrideSrc: h.n * h.d, SrcRow: h.d, SrcCol: 1,
			Dst: b.gradients.from(dw, b.at), StrideDst: z.parameters, DstRow: b.row, DstCol: b.col})
	}
}

// pairing computes the pair log-densities c of all hidden layers, and turns the
// layers' coefficients into gradients: for neurons as they are, or up to their sign.
type pairing interface {
	// prepare reads the posterior.
	prepare()
	// densities fills every layer's c from samples weight vectors.
	densities(w kernels.F32, samples int)
	// correct turns information about what was paired into that about neurons.
	correct(information kernels.F64, samples int)
	// addGradient adds scale times the gradients that belong to the coefficients, of the same w.
	addGradient(w, dw kernels.F32, samples int, scale float64)
}

// unsigned pairs neurons as they are.
type unsigned struct{ *neurons }

func (u unsigned) prepare() {
	for _, h := range u.hidden {
		if !h.inPlace {
			u.gatherPosterior(h)
		}
	}
}

func (u unsigned) densities(w kernels.F32, samples int) {
	for _, h := range u.hidden {
		if h.inPlace {
			u.pairer.NeuronPairs(kernels.NeuronPairs{NeuronBlocks: h.places, Batch: samples,
				W: w, Mu: u.q.mu, InvSigma: u.q.inv, C: h.c})
			continue
		}
		u.gatherWeights(h, w, samples)
		u.device.PairLogDensity(kernels.PairLogDensity{Batch: samples, N: h.n, D: h.d,
			W: h.w, Mu: h.mu, InvSigma: h.inv, C: h.c})
	}
}

func (u unsigned) correct(kernels.F64, int) {}

func (u unsigned) addGradient(w, dw kernels.F32, samples int, scale float64) {
	for _, h := range u.hidden {
		if h.inPlace {
			u.pairer.NeuronGrad(kernels.NeuronGrad{NeuronBlocks: h.places, Batch: samples,
				Scale: float32(scale), Coefficients: h.coefficients, W: w, Mu: u.q.mu,
				InvSigma: u.q.inv, DW: dw})
			continue
		}
		u.device.PairGrad(kernels.PairGrad{Batch: samples, N: h.n, D: h.d,
			Coefficients: h.coefficients, W: h.w, Mu: h.mu, InvSigma: h.inv, DW: h.dw})
		u.scatterAdd(h, dw, samples, scale)
	}
}

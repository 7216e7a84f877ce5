//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

var (
	_ kernels.NeuronSorter = (*Device)(nil)
	_ kernels.NeuronPairer = (*Device)(nil)
)

// PackNeurons implements kernels.NeuronSorter: a thread an element of a matrix.
func (d *Device) PackNeurons(p kernels.PackNeurons) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	toMu, toInv := ptr(p.ToMu), ptr(p.ToInvSigma)
	if p.Mu == nil {
		toMu = cell{}
	}
	if p.InvSigma == nil {
		toInv = cell{}
	}
	b := neuronCells(&p.NeuronBlocks)
	d.launch(kernel{"neurons", "neurons_pack"}, neuronGrid(&p.NeuronBlocks, p.Batch), dim3{x: 256}, 0,
		toMu, source(p.Mu), toInv, source(p.InvSigma), ptr(p.ToW), source(p.W), num(p.Batch),
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
		replicaStride)
}

// AddNeurons implements kernels.NeuronSorter: a thread an element of a matrix.
func (d *Device) AddNeurons(a kernels.AddNeurons) {
	a.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	b := neuronCells(&a.NeuronBlocks)
	d.launch(kernel{"neurons", "neurons_add"}, neuronGrid(&a.NeuronBlocks, a.Batch), dim3{x: 256}, 0,
		ptr(a.DW), source(a.Src), f32(a.Scale), num(a.Batch),
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
		replicaStride)
}

// The tile of pair_neurons: see pair.cu.
const (
	fewComponents = 4
	fewNeurons    = 8
	fewThreads    = 192
	fewRows       = 2*fewComponents + fewNeurons
)

// PairsNeurons implements kernels.NeuronPairer: where each tile has a multiprocessor for itself,
// and room for its rows. With more of them larger tiles of sorted neurons take fewer instructions.
func (d *Device) PairsNeurons(z kernels.NeuronBlocks, batch int) bool {
	tiles := batch * blocks(z.N, fewComponents) * blocks(z.N, fewNeurons)
	return tiles > 0 && tiles <= d.processors() && pairMemory(z.D) <= limits.shared
}

// pairStride is the distance of rows of d floats in shared memory, 4 more than a multiple of 8, and
// pairMemory their memory.
func pairStride(d int) int { return blocks(d+4, 8)*8 - 4 }
func pairMemory(d int) int { return 4 * fewRows * pairStride(d) }

// NeuronPairs implements kernels.NeuronPairer: tiles of 4 components × 8 neurons.
func (d *Device) NeuronPairs(p kernels.NeuronPairs) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	b := neuronCells(&p.NeuronBlocks)
	d.launch(kernel{"pair", "pair_neurons"},
		dim3{x: p.Batch * blocks(p.N, fewComponents), y: blocks(p.N, fewNeurons)}, dim3{x: fewThreads},
		pairMemory(p.D), ptr(p.C), source(p.W), source(p.Mu), source(p.InvSigma), num(pairStride(p.D)),
		flag(vectors(&p)),
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
		replicaStride)
}

// vectors reports whether the first block's rows begin at multiples of 16 bytes.
func vectors(p *kernels.NeuronPairs) bool {
	if len(p.Blocks) == 0 || p.Batch > 1 && p.Parameters%4 != 0 {
		return false
	}
	b := p.Blocks[0]
	starts := uint64(4*b.At) | ptr(p.W).bits | ptr(p.Mu).bits | ptr(p.InvSigma).bits
	return b.Col == 1 && b.Row%4 == 0 && starts%16 == 0
}

// NeuronGrad implements kernels.NeuronPairer: a thread an element.
func (d *Device) NeuronGrad(g kernels.NeuronGrad) {
	g.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	b, rows := neuronCells(&g.NeuronBlocks), g.Batch*g.N
	d.launch(kernel{"pair", "pair_neurons_grad"}, dim3{x: blocks(g.D, 32), y: blocks(rows, 8)},
		dim3{x: 32, y: 8}, 0,
		ptr(g.DW), source(g.Coefficients), source(g.W), source(g.Mu), source(g.InvSigma), f32(g.Scale),
		num(rows),
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
		replicaStride)
}

// neuronGrid has a thread for every element of a matrix and the vectors along y.
func neuronGrid(z *kernels.NeuronBlocks, batch int) dim3 {
	return dim3{x: blocks(z.N*z.D, 256), y: min(max(batch, 1), maxGridYZ)}
}

// neuronCells are the arguments NEURON_BLOCKS of neurons.cuh.
func neuronCells(z *kernels.NeuronBlocks) (c [14]cell) {
	var b [3]kernels.NeuronBlock
	for i := range b {
		b[i] = kernels.NeuronBlock{Column: z.D}
	}
	copy(b[:], z.Blocks)
	c = [14]cell{num(z.N), num(z.D), num(z.Parameters), num(b[0].At), num(b[0].Row), num(b[0].Col)}
	for i, b := range b[1:] {
		copy(c[6+4*i:], []cell{num(b.Column), num(b.At), num(b.Row), num(b.Col)})
	}
	return c
}

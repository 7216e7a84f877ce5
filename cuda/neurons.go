//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

var _ kernels.NeuronSorter = (*Device)(nil)

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

// neuronGrid has a thread for every element of a matrix and the vectors along y.
func neuronGrid(z *kernels.NeuronBlocks, batch int) dim3 {
	return dim3{x: blocks(z.N*z.D, 256), y: min(max(batch, 1), maxGridYZ)}
}

// neuronCells are the arguments BLOCKS of neurons.cu.
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

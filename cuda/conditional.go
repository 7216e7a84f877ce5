//go:build cuda

package cuda

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// ConditionalPairs implements kernels.Device: a thread an element of C.
func (d *Device) ConditionalPairs(p kernels.ConditionalPairs) {
	p.Check()
	if p.Rows == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(kernel{"conditional", "conditional_pairs"},
		dim3{x: p.Batch * p.K * blocks(p.Rows, 16), y: blocks(p.Rows, 16)}, dim3{x: 256}, 0,
		ptr(p.C), source(p.Base), source(p.W), num(p.StrideW), source(p.Mu), source(p.InvSigma),
		source(p.Perms),
		varies(p.K), varies(p.Batch*p.K), num(p.Rows), num(p.Cols), replicaStride, replicaCounts)
}

// ExpectedPairs implements kernels.Device: a block an item scales the neighbour's matrix,
// then a thread computes a mean and a variance, then a thread an element of C.
func (d *Device) ExpectedPairs(p kernels.ExpectedPairs) {
	p.Check()
	if p.Rows == 0 || p.Cols == 0 {
		return
	}
	n, m := p.Rows, p.Cols
	neuron, element := p.Cols, 1
	if p.Below {
		n, m, neuron, element = m, n, element, neuron
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	ld, pairs, elements := scaleStride(m), p.Batch*n*m, p.Batch*n*n
	scaled, probability, moments := d.scratch(0, 8*p.Batch*m*ld), d.scratch(1, 8*p.Batch*m*m),
		d.scratch(2, 16*pairs)
	memory, shared := d.scaleMemory(3, p.Batch, m)
	d.launch(kernel{"conditional", "conditional_sinkhorn"}, dim3{x: p.Batch},
		d.scaleThreads(p.Batch, m, mostScaling), shared,
		probability, scaled, ptr(p.Neighbor), memory, num(ref.ProposalSweeps), num(m), num(ld),
		replicaStride)
	mean, variance := moments, offset(moments, 8*pairs)
	block := dim3{x: 256}
	d.launch(kernel{"conditional", "conditional_moments"}, dim3{x: blocks(pairs, block.x)}, block, 0,
		mean, variance, probability, source(p.W), num(p.StrideW), num(neuron), num(element), num(n),
		num(m), num(pairs), replicaStride)
	d.launch(kernel{"conditional", "conditional_expected"}, dim3{x: blocks(elements, block.x)},
		block, 0, ptr(p.C), mean, variance, source(p.Mu), source(p.InvSigma), num(neuron),
		num(element), num(n), num(m), num(elements), replicaStride)
}

//go:build cuda

package cuda

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// GaussianScale implements kernels.Device: an element a thread.
func (d *Device) GaussianScale(g kernels.GaussianScale) {
	g.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(kernel{"gaussian", "gaussian_scale"}, dim3{x: blocks(g.N, 256)}, dim3{x: 256}, 0,
		ptr(g.Sigma), ptr(g.InvSigma), ptr(g.Rho), num(g.N))
}

// GaussianScaleGrad implements kernels.Device: an element a thread.
func (d *Device) GaussianScaleGrad(g kernels.GaussianScaleGrad) {
	g.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(kernel{"gaussian", "gaussian_scale_grad"}, dim3{x: blocks(g.N, 256)}, dim3{x: 256}, 0,
		ptr(g.DRho), ptr(g.DSigma), ptr(g.Rho), num(g.N))
}

// KLGaussian implements kernels.Device: a block a chunk, then one thread to add the chunks.
func (d *Device) KLGaussian(k kernels.KLGaussian) {
	k.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.divergence(&k)
}

// divergence is KLGaussian; without DMu and DSigma there is no gradient. The caller holds d.mu.
func (d *Device) divergence(k *kernels.KLGaussian) {
	chunks := blocks(k.N, ref.Chunk)
	partial := d.scratch(scratchDivergence, 8*chunks)
	d.launch(kernel{"gaussian", "gaussian_kl"}, dim3{x: chunks}, dim3{x: 512}, 0,
		partial, ptr(k.DMu), ptr(k.DSigma), source(k.Mu), source(k.Sigma), source(k.InvPrior),
		f32(1/k.PriorStd), f32(k.Weight), num(k.N), replicaStride)
	d.launch(kernel{"gaussian", "gaussian_kl_finish"}, dim3{x: 1}, dim3{x: 32}, 0, ptr(k.KL),
		partial, num(chunks), replicaStride)
}

// divergenceAlong has the divergence's chunks computed by more blocks of an output_backward
// that has been recorded in this step, where there is one and nothing since has to do with its
// memory; the caller adds them up, and holds d.mu.
func (d *Device) divergenceAlong(k *kernels.KLGaussian) (partial cell, chunks int, ok bool) {
	b := d.recording
	if b == nil {
		return cell{}, 0, false
	}
	chunks = blocks(k.N, ref.Chunk)
	partial = d.scratch(scratchDivergence, 8*chunks)
	mu := source(k.Mu)
	mu.bytes = 4 * k.N // what comes after it is something else
	args := [...]cell{partial, mu, source(k.Sigma), source(k.InvPrior), f32(1 / k.PriorStd), num(k.N)}
	host := b.host()
	if host == nil || partial.missing || !b.apart(args[:]) {
		return cell{}, 0, false
	}
	own := b.cells[host.hi-len(args) : host.hi]
	if own[0] != 0 { // taken
		return cell{}, 0, false
	}
	host.grid.x += chunks
	for i, a := range args {
		own[i] = a.bits
		host.note(host.hi-host.lo-len(args)+i, a)
	}
	return partial, chunks, true
}

//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// The tile of pair_log_density: see pair.cuh.
const (
	pairComponents = 8
	pairNeurons    = 16
	pairThreads    = 256
)

// fewTiles is the number of tiles of a component up to which each computes its normaliser itself.
const fewTiles = 8

// PairLogDensity implements kernels.Device: tiles of 8 components × 16 neurons; where there are
// many, sixteen threads a component compute its normaliser before.
func (d *Device) PairLogDensity(p kernels.PairLogDensity) {
	p.Check()
	if p.Batch == 0 || p.N == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var logNorm cell
	if p.Batch*blocks(p.N, pairNeurons) > fewTiles {
		logNorm = d.scratch(0, 8*p.N)
		d.launch(kernel{"pair", "pair_normaliser"}, dim3{x: blocks(p.N, 8)}, dim3{x: 128}, 0,
			logNorm, source(p.InvSigma), num(p.N), num(p.D), replicaStride)
	}
	grid := dim3{x: p.Batch * blocks(p.N, pairComponents), y: blocks(p.N, pairNeurons)}
	d.launch(kernel{"pair", "pair_log_density"}, grid, dim3{x: pairThreads}, 0,
		ptr(p.C), source(p.W), source(p.Mu), source(p.InvSigma), logNorm, num(p.N), num(p.D),
		replicaStride)
}

// PairGrad implements kernels.Device: blocks of 32 parameters × 8 times 4 neurons.
func (d *Device) PairGrad(p kernels.PairGrad) {
	p.Check()
	rows := p.Batch * p.N
	if rows == 0 || p.D == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(kernel{"pair", "pair_grad"},
		dim3{x: blocks(p.D, 32), y: min(blocks(rows, 32), maxGridYZ)}, dim3{x: 32, y: 8}, 0,
		ptr(p.DW), source(p.Coefficients), source(p.W), source(p.Mu), source(p.InvSigma), num(rows),
		num(p.N), num(p.D), replicaStride)
}

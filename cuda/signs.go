//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// CombineSigns implements kernels.Device: a thread an element, then a thread an item for
// the traces.
func (d *Device) CombineSigns(p kernels.CombineSigns) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	total := p.Batch * p.N * p.N
	before := d.scratch(0, 8*p.Batch*p.N)
	block := dim3{x: 256}
	d.launch(kernel{"signs", "signs_combine"}, dim3{x: blocks(total, block.x)}, block, 0,
		ptr(p.Positive), ptr(p.Negative), before, num(p.N), num(total), replicaStride)
	d.launch(kernel{"signs", "signs_correction"}, dim3{x: blocks(p.Batch, block.x)}, block, 0,
		ptr(p.Correction), ptr(p.Positive), before, f64(p.Offset), num(p.N), num(p.Batch),
		replicaStride)
}

// SplitSigns implements kernels.Device: a thread an element.
func (d *Device) SplitSigns(p kernels.SplitSigns) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	total := p.Batch * p.N * p.N
	block := dim3{x: 256}
	d.launch(kernel{"signs", "signs_split"}, dim3{x: blocks(total, block.x)}, block, 0,
		ptr(p.Coefficients), ptr(p.Negative), ptr(p.Shares), num(p.N), num(total),
		replicaStride)
}

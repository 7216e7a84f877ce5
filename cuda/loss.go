//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// rowsPerBlock is the number of rows of one block of the losses' kernels, 16 threads each.
const rowsPerBlock = 8

func lossGrid(rows int) (grid, block dim3) {
	return dim3{x: blocks(rows, rowsPerBlock)}, dim3{x: 16 * rowsPerBlock}
}

// SoftmaxCrossEntropy implements kernels.Device: 16 threads a row. The loss of a label
// outside 0 … Classes−1 is NaN.
func (d *Device) SoftmaxCrossEntropy(s kernels.SoftmaxCrossEntropy) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	grid, block := lossGrid(s.Batch * s.Rows)
	d.launch(kernel{"loss", "loss_softmax_cross_entropy"}, grid, block, 0, ptr(s.Loss), ptr(s.Grad),
		ptr(s.Logits), ptr(s.Labels), num(s.Batch*s.Rows), num(s.Rows), num(s.Classes),
		f32(s.Scale), replicaStride)
}

// GaussianNLL implements kernels.Device: 16 threads a row.
func (d *Device) GaussianNLL(s kernels.GaussianNLL) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	grid, block := lossGrid(s.Batch * s.Rows)
	invNoise, constant := s.Constants()
	d.launch(kernel{"loss", "loss_gaussian_nll"}, grid, block, 0, ptr(s.Loss), ptr(s.Grad),
		ptr(s.Prediction), ptr(s.Target), num(s.Batch*s.Rows), num(s.Rows), num(s.Outputs),
		f32(invNoise), f32(constant), f32(s.Scale), replicaStride)
}

// Softmax implements kernels.Device: 16 threads a row.
func (d *Device) Softmax(s kernels.Softmax) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	grid, block := lossGrid(s.Rows)
	d.launch(kernel{"loss", "loss_softmax"}, grid, block, 0, ptr(s.Dst), ptr(s.Src), num(s.Rows),
		num(s.Classes))
}

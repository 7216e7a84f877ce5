//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// ActivationGrad implements kernels.Device: an element a thread.
func (d *Device) ActivationGrad(a kernels.ActivationGrad) {
	a.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	grid, block := dim3{x: blocks(a.N, 256)}, dim3{x: 256}
	switch a.Activation {
	case kernels.Identity:
		d.copy2D(&kernels.Copy2D{Batch: 1, Rows: 1, Cols: a.N, Src: a.DY, SrcCol: 1, Dst: a.DX,
			DstCol: 1})
	case kernels.ReLU:
		d.launch(kernel{"activation", "activation_relu_grad"}, grid, block, 0, ptr(a.DX), ptr(a.Y),
			ptr(a.DY), num(a.N), replicaStride)
	case kernels.Tanh:
		d.launch(kernel{"activation", "activation_tanh_grad"}, grid, block, 0, ptr(a.DX), ptr(a.Y),
			ptr(a.DY), num(a.N), replicaStride)
	}
}

//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// unaryPerBlock is the number of elements of one block of the unary kernels.
const unaryPerBlock = 4 * 256

var unaryKernels = map[kernels.Function]kernel{
	kernels.Exp:          {"unary", "unary_exp"},
	kernels.Log:          {"unary", "unary_log"},
	kernels.Log1p:        {"unary", "unary_log1p"},
	kernels.TanhFunction: {"unary", "unary_tanh"},
	kernels.Softplus:     {"unary", "unary_softplus"},
	kernels.Sigmoid:      {"unary", "unary_sigmoid"},
}

// Unary implements kernels.Device: four elements a thread.
func (d *Device) Unary(u kernels.Unary) {
	u.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(unaryKernels[u.Function], dim3{x: blocks(u.N, unaryPerBlock)}, dim3{x: 256}, 0, ptr(u.Dst), ptr(u.Src), num(u.N))
}

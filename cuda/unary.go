//go:build cuda

package cuda

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// unaryPerBlock is the number of elements of one block of the unary kernels.
const unaryPerBlock = 4 * 256

// unaryKernels are those of unary.cu, in the order of the functions.
var unaryKernels = func() (all [len(ref.Unary)]kernel) {
	for i, f := range ref.Unary {
		all[i] = kernel{"unary", "unary_" + f.Name}
	}
	return all
}()

// Unary implements kernels.Device: four elements a thread.
func (d *Device) Unary(u kernels.Unary) {
	u.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(unaryKernels[u.Function], dim3{x: blocks(u.N, unaryPerBlock)}, dim3{x: 256}, 0,
		ptr(u.Dst), ptr(u.Src), num(u.N))
}

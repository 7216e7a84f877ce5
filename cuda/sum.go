//go:build cuda

package cuda

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Sum implements kernels.Device: a block a chunk and, where an item has several, a thread
// an item to add them; a block an item for float64.
func (d *Device) Sum(s kernels.Sum) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	block := dim3{x: 128}
	if s.Src64 != nil {
		d.launch(kernel{"sum", "sum_chain"}, dim3{x: s.Batch}, block, 0, ptr(s.Dst), source(s.Src64),
			num(s.N), f64(s.Scale), flag(s.Accumulate), replicaStride)
		return
	}
	chunks := max(1, blocks(s.N, ref.Chunk))
	partial := d.scratch(0, 8*s.Batch*chunks)
	d.launch(kernel{"sum", "sum_chunks"}, dim3{x: s.Batch * chunks}, block, 0,
		ptr(s.Dst), partial, ptr(s.Src), num(s.N), num(chunks), f64(s.Scale), flag(s.Accumulate),
		replicaStride)
	if chunks > 1 {
		d.launch(kernel{"sum", "sum_finish"}, dim3{x: blocks(s.Batch, 128)}, block, 0,
			ptr(s.Dst), partial, num(chunks), num(s.Batch), f64(s.Scale), flag(s.Accumulate), replicaStride)
	}
}

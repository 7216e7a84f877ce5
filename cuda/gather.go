//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// GatherRows implements kernels.Device: a block a row. A row whose index is outside Src is NaN.
func (d *Device) GatherRows(g kernels.GatherRows) {
	g.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	if g.Cols == 0 {
		return
	}
	d.launch(kernel{"gather", "gather_rows"}, dim3{x: g.Rows}, dim3{x: 256}, 0,
		ptr(g.Dst), ptr(g.Src), ptr(g.Index), num(g.Cols), num(g.SrcRows))
}

// GatherLabels implements kernels.Device: a thread a label. A label whose index is outside Src
// is −1.
func (d *Device) GatherLabels(g kernels.GatherLabels) {
	g.Check()
	if g.N == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(kernel{"gather", "gather_labels"}, dim3{x: blocks(g.N, 256)}, dim3{x: 256}, 0,
		ptr(g.Dst), ptr(g.Src), ptr(g.Index), num(g.N), num(g.Src.Len()))
}

var _ kernels.Bytes = (*Device)(nil)

// Uint8 allocates a zeroed buffer.
func (d *Device) Uint8(n int) kernels.U8 { return newBuffer[uint8](d, n) }

// GatherBytes implements kernels.Bytes: a block a row. A row whose index is outside Src is NaN.
func (d *Device) GatherBytes(g kernels.GatherBytes) {
	g.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	if g.Cols == 0 {
		return
	}
	d.launch(kernel{"gather", "gather_bytes"}, dim3{x: g.Rows}, dim3{x: 256}, 0,
		ptr(g.Dst), ptr(g.Src), ptr(g.Table), ptr(g.Index), num(g.Cols), num(g.SrcRows))
}

var _ kernels.Minibatches = (*Device)(nil)

// Minibatch implements kernels.Minibatches: a block a row.
func (d *Device) Minibatch(m kernels.Minibatch) {
	m.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(kernel{"gather", "gather_minibatch"}, dim3{x: m.Rows}, dim3{x: 256}, 0,
		ptr(m.DstX), common(m.X), common(m.Bytes), common(m.Table), ptr(m.DstLabels), common(m.Labels),
		ptr(m.DstTargets), common(m.Targets), ptr(m.Index), num(m.Cols), num(m.TargetCols),
		num(m.SrcRows), source(m.State), replicaStride)
}

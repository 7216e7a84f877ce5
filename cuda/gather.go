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

// GatherLabels implements kernels.Device: a thread a label. A label whose index is outside Src is −1.
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

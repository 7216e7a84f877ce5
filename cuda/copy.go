//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// Copy2D implements kernels.Device: tiles through shared memory where one matrix lies
// along its rows and the other along its columns, else an element a thread.
func (d *Device) Copy2D(c kernels.Copy2D) {
	c.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.copy2D(&c)
}

// copyTile is the edge of the tiles of transposes; smaller matrices are not worth them.
const copyTile = 32

// copy2D is Copy2D on checked arguments; the caller holds d.mu.
func (d *Device) copy2D(c *kernels.Copy2D) { d.launchCopy(c, ptr(c.Dst), source(c.Src)) }

// launchCopy is copy2D between these places.
func (d *Device) launchCopy(c *kernels.Copy2D, dst, src cell) {
	if c.Batch == 0 || c.Rows == 0 || c.Cols == 0 {
		return
	}
	// neighbouring threads write along the nearer dimension
	if c.DstCol > c.DstRow && c.Rows > 1 || c.Cols == 1 {
		c.Rows, c.Cols = c.Cols, c.Rows
		c.SrcRow, c.SrcCol = c.SrcCol, c.SrcRow
		c.DstRow, c.DstCol = c.DstCol, c.DstRow
	}
	name, grid, block := "copy_rows", blocks(c.Rows*c.Cols, 256), dim3{x: 256}
	if c.SrcRow < c.SrcCol && min(c.Rows, c.Cols) >= copyTile/4 {
		name, grid, block = "copy_tiles", blocks(c.Rows, copyTile)*blocks(c.Cols, copyTile),
			dim3{x: copyTile, y: 8}
	}
	d.launch(kernel{"copy", name}, dim3{x: grid, y: min(c.Batch, maxGridYZ)}, block, 0, dst, src,
		num(c.Batch), num(c.Rows), num(c.Cols), num(c.StrideSrc), num(c.SrcRow), num(c.SrcCol),
		num(c.StrideDst), num(c.DstRow), num(c.DstCol), flag(c.Accumulate), f32(c.Scale), replicaStride)
}

//go:build cuda

package cuda

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// What importance_layer has room for, and its shared memory.
const (
	layerNeurons = 32
	layerDraws   = 128
	layerMemory  = 65 << 10
)

var _ kernels.ImportanceLayers = (*Device)(nil)

// ImportanceLayer implements kernels.ImportanceLayers: a block an item does all that a small layer
// without sweeps between its draws needs; anything else goes operation by operation.
func (d *Device) ImportanceLayer(p kernels.ImportanceLayer) {
	p.Check()
	swept := p.Sweep > 0 && p.Sweep < p.N
	if p.N == 0 || p.N > layerNeurons || p.K > layerDraws || swept || limits.shared < layerMemory {
		p.Compose(d)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	k := p.Key
	d.launch(kernel{"importance_layer", "importance_layer"}, dim3{x: p.Batch}, dim3{x: 512},
		layerMemory,
		ptr(p.Perms), ptr(p.LogProposal), ptr(p.Logs), ptr(p.Weights), ptr(p.Lower), ptr(p.Upper),
		ptr(p.Spread), ptr(p.Coefficients), source(p.C), f64(p.LogOrder), u64(k.Seed), u32(k.Stream),
		u32(k.Step), u32(k.Sample), num(ref.ProposalSweeps), varies(p.K), num(p.N), source(p.State),
		replicaStride, replicaCounts)
}

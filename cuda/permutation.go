//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// shuffled is the number of permutations that a block makes together, and shuffleStride the
// distance of a permutation's elements in shared memory.
const (
	shuffled      = 32
	shuffleStride = shuffled + 1
)

// RandomPermutations implements kernels.Device: a thread a permutation, blocks of one warp.
func (d *Device) RandomPermutations(r kernels.RandomPermutations) {
	r.Check()
	if r.N == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	total, stride, shared := r.Batch*r.Count, shuffleStride, 4*shuffleStride*r.N
	if shared > limits.shared {
		stride, shared = 0, 0
	}
	k := r.Key
	d.launch(kernel{"permutation", "permutation_random"}, dim3{x: blocks(total, shuffled)},
		dim3{x: shuffled}, shared, ptr(r.Dst), u64(k.Seed), u32(k.Stream), u32(k.Step), u32(k.Sample),
		num(r.Count), num(r.N), flag(r.IdentityFirst), num(total), num(stride), source(r.State),
		replicaStride)
}

// PermutationLogDensity implements kernels.Device: a thread a permutation.
func (d *Device) PermutationLogDensity(p kernels.PermutationLogDensity) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	total := p.Batch * p.K
	d.launch(kernel{"permutation", "permutation_log_density"}, dim3{x: blocks(total, 128)},
		dim3{x: 128}, 0, ptr(p.Logs), ptr(p.C), ptr(p.Perms), varies(p.K), num(p.N),
		flag(p.Accumulate), varies(total), replicaStride, replicaCounts)
}

// PermutedLogDensity implements kernels.Device: a block a permutation.
func (d *Device) PermutedLogDensity(p kernels.PermutedLogDensity) {
	p.Check()
	if p.Rows == 0 || p.Cols == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(kernel{"permutation", "permutation_permuted"}, dim3{x: p.Batch * p.K}, dim3{x: 128}, 0,
		ptr(p.Logs), source(p.W), num(p.StrideW), source(p.Mu), source(p.InvSigma), source(p.RowPerms),
		source(p.ColPerms), varies(p.K), varies(p.Batch*p.K), num(p.Rows), num(p.Cols), replicaStride,
		replicaCounts)
}

// PermutedGrad implements kernels.Device: the inverse permutations, then a thread an element of DW.
func (d *Device) PermutedGrad(p kernels.PermutedGrad) {
	p.Check()
	if p.Rows == 0 || p.Cols == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	total, elements := p.Batch*p.K, p.Batch*p.Rows*p.Cols
	rows, cols, a := d.scratch(0, 4*total*p.Rows), d.scratch(1, 4*total*p.Cols), d.scratch(2, 4*total)
	block := dim3{x: 256}
	d.launch(kernel{"permutation", "permutation_invert"},
		dim3{x: blocks(total*(p.Rows+p.Cols+1), block.x)}, block, 0, rows, cols, a, ptr(p.RowPerms),
		ptr(p.ColPerms), ptr(p.Weights), f64(p.Scale), varies(p.K), num(p.Rows), num(p.Cols),
		varies(total), replicaStride, replicaCounts)
	d.launch(kernel{"permutation", "permutation_permuted_grad"}, dim3{x: blocks(elements, block.x)},
		block, 0, ptr(p.DW), source(p.W), num(p.StrideW), source(p.Mu), source(p.InvSigma), rows, cols, a,
		varies(p.K), num(p.Rows), num(p.Cols), num(elements), replicaStride, replicaCounts)
}

// averageThreads is the block of a mean over k terms.
func averageThreads(k int) dim3 { return dim3{x: min(32*blocks(k, 32), 256)} }

// PermutationAverage implements kernels.Device: a block an item.
func (d *Device) PermutationAverage(p kernels.PermutationAverage) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(kernel{"permutation", "permutation_average"}, dim3{x: p.Batch}, averageThreads(p.K), 0,
		ptr(p.Weights), ptr(p.Information), ptr(p.Logs), num(p.K), replicaStride)
}

// PermutationMarginals implements kernels.Device: a thread an element of the coefficients.
func (d *Device) PermutationMarginals(p kernels.PermutationMarginals) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	total := p.Batch * p.N * p.N
	d.launch(kernel{"permutation", "permutation_marginals"}, dim3{x: blocks(total, 256)},
		dim3{x: 256}, 0, ptr(p.Coefficients), ptr(p.Weights), ptr(p.Perms), varies(p.K), num(p.N),
		num(total), replicaStride, replicaCounts)
}

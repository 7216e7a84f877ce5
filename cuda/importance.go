//go:build cuda

package cuda

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// scaleStride is the length of a row of a scaled n×n matrix: whole groups of lanes.
func scaleStride(n int) int { return ref.Lanes * blocks(n, ref.Lanes) }

// scaleThreads is the block that scales one of count n×n matrices (proposal.cuh): at least eight
// rows at a time, and no more threads than have something to do; where each has a multiprocessor
// for itself, as many of the rows at a time as a block of most threads can.
func (d *Device) scaleThreads(count, n, most int) dim3 {
	threads := 512
	switch {
	case n <= 64:
		threads = 128
	case n <= 256:
		threads = 256
	}
	if count <= d.processors() {
		threads = max(threads, 32*blocks(n, 2))
	}
	return dim3{x: min(threads, most)}
}

// The most threads of a block that scales, and of one that draws.
const (
	mostScaling = 512
	mostDrawing = 256
)

// scaleMemory is the vectors of count such blocks: shared memory, or global memory from a
// slot where that is too little.
func (d *Device) scaleMemory(slot, count, n int) (global cell, shared int) {
	bytes := 8 * (2*n + scaleStride(n))
	if bytes > limits.shared {
		return d.scratch(slot, count*bytes), 0
	}
	return cell{}, bytes
}

// globalDraws is the number of blocks that draw where a draw's memory is global.
const globalDraws = 1024

// ProposePermutations implements kernels.Device: a block prepares a proposal, a block draws
// a permutation.
func (d *Device) ProposePermutations(p kernels.ProposePermutations) {
	p.Check()
	total := p.Batch * p.K
	if total == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !p.PerPermutation {
		d.propose(p, p.Batch*max(p.Components, 1), 0, total)
		return
	}
	most := max(1, limits.proposals/max(1, proposalBytes(p.N)))
	for from := 0; from < total; from += most {
		until := min(from+most, total)
		q := p
		q.C = p.C.Slice(from*p.N*p.N, until*p.N*p.N)
		d.propose(q, until-from, from, until)
	}
}

// proposalBytes is the memory of the two matrices of a proposal.
func proposalBytes(n int) int { return 16 * n * scaleStride(n) }

// propose prepares the first proposals from C and makes the permutations from … until−1.
func (d *Device) propose(p kernels.ProposePermutations, proposals, from, until int) {
	n, ld, components := p.N, scaleStride(p.N), max(p.Components, 1)
	sweep := p.Sweep
	if sweep >= n {
		sweep = 0 // there is no row to sweep for
	}
	sweeps := ref.ProposalSweeps
	if p.PerPermutation {
		sweeps = ref.ProposalSweepsAlone
	}
	matrices, orders := d.scratch(0, proposals*proposalBytes(n)), d.scratch(1, 4*proposals*n)
	if n > 0 {
		memory, shared := d.scaleMemory(2, proposals, n)
		d.launch(kernel{"importance", "importance_prepare"}, dim3{x: proposals},
			d.scaleThreads(proposals, n, mostScaling), shared,
			matrices, orders, ptr(p.C), memory, num(sweeps), num(n), num(ld), varies(proposals),
			replicaStride, replicaCounts)
	}
	size, threads := drawSize(n, sweep, components), dim3{x: 32}
	if sweep > 0 {
		threads = d.scaleThreads(until-from, n, mostDrawing)
	}
	memory, shared, grid := cell{}, 8*size, dim3{x: until - from}
	if shared > limits.shared {
		grid.x = min(grid.x, globalDraws)
		memory, shared = d.scratch(3, grid.x*shared), 0
	}
	k, count, last := p.Key, varies(p.K), varies(until)
	if until-from < p.Batch*p.K { // a part of them
		count, last = num(p.K), num(until)
	}
	d.launch(kernel{"importance", "importance_draw"}, grid, threads, shared,
		ptr(p.Perms), ptr(p.LogProposal), matrices, orders, memory, num(size), u64(k.Seed),
		u32(k.Stream), u32(k.Step), u32(k.Sample), count, num(n), num(ld), num(sweep),
		num(components), num(p.First), flag(p.PerPermutation), flag(p.Accumulate), num(from), last,
		source(p.State), replicaStride, replicaCounts)
}

// drawSize is the number of float64 values of a draw's memory, see Draw in importance.cu.
func drawSize(n, sweep, components int) int {
	ld := scaleStride(n)
	size := ld + components + blocks(n, 2)
	if sweep > 0 {
		size += ld + n + sweep*ld
	}
	return size
}

// fewDensities is the number of log-densities of an item up to which its block computes them.
const fewDensities = 512

// ImportanceAverage implements kernels.Device: a block an item.
func (d *Device) ImportanceAverage(p kernels.ImportanceAverage) {
	p.Check()
	if p.Perms != nil && p.K > fewDensities {
		d.PermutationLogDensity(p.LogDensity())
		p.Perms = nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.launch(kernel{"importance", "importance_average"}, dim3{x: p.Batch}, averageThreads(p.K), 0,
		ptr(p.Weights), ptr(p.Lower), ptr(p.Upper), ptr(p.Spread), d.scratch(0, 8*p.Batch*p.K),
		ptr(p.Logs), ptr(p.LogProposal), f64(p.LogOrder), varies(p.K), source(p.C), source(p.Perms),
		num(p.N), replicaStride, replicaCounts)
}

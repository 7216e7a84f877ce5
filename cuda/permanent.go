//go:build cuda

package cuda

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Permanent implements kernels.Device: a warp scales a matrix, a block (from limits.levels
// neurons on: a launch a level) adds up the sets, a thread adds up a marginal sum.
func (d *Device) Permanent(p kernels.Permanent) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	size := 16 << max(p.N, 3) // both tables of a matrix
	for from, most := 0, max(1, limits.sets/size); from < p.Batch; from += most {
		q := p
		q.Batch = min(most, p.Batch-from)
		until, square := from+q.Batch, p.N*p.N
		q.C, q.Information = p.C.Slice(from*square, until*square), p.Information.Slice(from, until)
		if p.Coefficients != nil {
			q.Coefficients = p.Coefficients.Slice(from*square, until*square)
		}
		d.permanents(q, d.scratch(0, q.Batch*size))
	}
}

// permanents computes as many as fit in sets.
func (d *Device) permanents(p kernels.Permanent, fs cell) {
	n, columns := p.N, max(p.N-3, 0)
	levels := columns + 1
	scaled := d.scratch(1, 16*p.Batch*(n*n+1))
	scales := offset(scaled, 16*p.Batch*n*n)
	table := d.scratch(2, 4*(levels+1+1<<columns))
	starts, sets := table, offset(table, 4*(levels+1))
	d.launch(kernel{"permanent", "permanent_prepare"}, dim3{x: p.Batch + blocks(1<<columns, 32)},
		dim3{x: 32}, 0, scaled, scales, sets, starts, ptr(p.C), num(n), num(p.Batch),
		replicaStride)
	passes := 1
	var sums cell
	if p.Coefficients != nil {
		passes = 2
		sums = d.scratch(3, 64*p.Batch*levels*n)
	}
	forward := func(share, threads, from, until int) {
		d.launch(kernel{"permanent", "permanent_forward"}, dim3{x: p.Batch * passes, y: share},
			dim3{x: threads}, 0, fs, scaled, sets, starts, num(n), num(passes), num(from), num(until),
			replicaStride)
	}
	if n < limits.levels {
		forward(1, min(max(32, 1<<columns/2), 512), 0, levels)
	} else {
		for h, sets := 0, 1; h < levels; h++ { // sets is the number of subsets of h columns
			forward(blocks(sets, 256), 256, h, h+1)
			sets = sets * (columns - h) / (h + 1)
		}
	}
	if p.Coefficients != nil {
		d.launch(kernel{"permanent", "permanent_marginals"}, dim3{x: p.Batch, y: levels},
			dim3{x: 32 * blocks(8*n, 32)}, 0, sums, fs, sets, starts, num(n), replicaStride)
	}
	d.launch(kernel{"permanent", "permanent_finish"}, dim3{x: p.Batch}, dim3{x: 128}, 0,
		ptr(p.Information), ptr(p.Coefficients), ptr(p.C), fs, scaled, scales, sums,
		f64(ref.LogFactorial(n)), num(n), replicaStride)
}

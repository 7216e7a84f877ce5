package cpu

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// proposal is ref.Proposal on microkernels and in memory that is given: rows are padded to whole
// groups of lanes.
type proposal struct {
	loops        *proposalLoops
	n, ld, sweep int
	order        []int32   // the row that chooses in step t
	a, b         []float64 // n×ld, row t for step t; columns n … ld−1 are 0
}

// proposalLoops are the inner loops of a proposal; their slices are whole groups of lanes.
type proposalLoops struct {
	maskedLanes func(acc, b, free []float64)
	sweepRow    func(mass, a, cols []float64) float64
	shares      func(b, a, mass []float64, r float64)
	expScaled   func(b, c, v []float64, u float64) // of any length
	maxima      func(v, c []float64) (u float64)   // see portableMaxima
	sweepTwo    func(mass, r, a, cols []float64)   // sweepRow of two rows, the second first, or nil
}

// sweep is sweepRow of all rows of a, the last one first; r is what it returns of each.
func (l *proposalLoops) sweep(mass, r, a, cols []float64) {
	i, ld := len(r), len(mass)
	if l.sweepTwo != nil {
		for ; i >= 2; i -= 2 {
			l.sweepTwo(mass, r[i-2:i], a[(i-2)*ld:i*ld], cols)
		}
	}
	for ; i > 0; i-- {
		r[i-1] = l.sweepRow(mass, a[(i-1)*ld:i*ld], cols)
	}
}

// newProposal lays a proposal for n×n matrices out in memory; sweep ≥ 0.
func newProposal(loops *proposalLoops, n, sweep int, floats []float64, ints []int32) proposal {
	ld := roundUp(n, ref.Lanes)
	return proposal{loops, n, ld, sweep, ints[:n], floats[:n*ld], floats[n*ld : 2*n*ld]}
}

// proposalSize is the number of float64 and of int32 values that a proposal needs,
// and of float64 values of scratch that prepare and draw need.
func proposalSize(n, sweep int) (floats, ints, scratch int) {
	ld := roundUp(n, ref.Lanes)
	return 2 * n * ld, n, n + 3*ld + min(sweep, n)*ld + ref.Lanes
}

// prepare computes the proposal for c, which may hold −∞, but not NaN or +∞, with so many sweeps
// at most.
func (p *proposal) prepare(c []float64, sweeps int, scratch []float64) {
	n, ld := p.n, p.ld
	acc, scratch := scratch[:ref.Lanes], scratch[ref.Lanes:]
	key, cols, mass := scratch[:n], scratch[n:n+ld], scratch[n+ld:n+2*ld]
	p.balance(c, sweeps, key, cols, mass, acc)
	for i := range n {
		b := p.b[i*ld : (i+1)*ld]
		key[i] = p.dot(b, b, acc)
	}
	p.sort(key)
	clear(mass)
	for t := n - 1; t >= 0; t-- {
		a := p.a[t*ld : (t+1)*ld]
		for j, x := range a {
			mass[j] += x
		}
		p.share(p.b[t*ld:(t+1)*ld], a, mass, 1)
	}
}

// balance writes the scaled matrix to b, by Sinkhorn's sweeps and a last one over the rows.
func (p *proposal) balance(c []float64, sweeps int, u, cols, mass, acc []float64) {
	n, ld := p.n, p.ld
	p.exponentiate(c, u, cols)
	for j := range cols {
		cols[j] = 0
		if j < n {
			cols[j] = 1
		}
	}
	for range sweeps {
		clear(mass)
		p.loops.sweep(mass, u, p.b, cols)
		balanced := isBalanced(cols, mass)
		for j, m := range mass {
			if cols[j] != 0 {
				cols[j] = reciprocal(m)
			}
		}
		if balanced {
			break
		}
	}
	for i := range n {
		b := p.b[i*ld : (i+1)*ld]
		r := reciprocal(p.dot(b, cols, acc))
		for j := range b {
			b[j] = float64(b[j]*cols[j]) * r
		}
	}
}

// isBalanced reports whether all columns in use have sums near 1.
func isBalanced(cols, mass []float64) bool {
	for j, m := range mass {
		if cols[j] != 0 && math.Abs(float64(m*cols[j])-1) > ref.ProposalBalance {
			return false
		}
	}
	return true
}

// exponentiate writes exp(c − u − v) to b, u and v being the maxima of first the rows
// and then the columns: every entry is at most 1, every row and column has a 1.
func (p *proposal) exponentiate(c, u, v []float64) {
	n, ld := p.n, p.ld
	for j := range v {
		v[j] = math.Inf(-1)
	}
	for i := range n {
		u[i] = p.loops.maxima(v, c[i*n:(i+1)*n])
	}
	for i := range n {
		b := p.b[i*ld : (i+1)*ld]
		clear(b[n:])
		p.loops.expScaled(b, c[i*n:(i+1)*n], v, u[i])
	}
}

// sort copies the rows of b to a, those with the largest key first, equal ones in
// their order. The key is Σ_j p_j² of a row's probabilities, so e^−entropy
// for Rényi's entropy of order 2.
func (p *proposal) sort(key []float64) {
	for i := range p.n {
		at := i
		for ; at > 0 && key[p.order[at-1]] < key[i]; at-- {
			p.order[at] = p.order[at-1]
		}
		p.order[at] = int32(i)
	}
	for t, i := range p.order {
		copy(p.a[t*p.ld:(t+1)*p.ld], p.b[int(i)*p.ld:(int(i)+1)*p.ld])
	}
}

// share writes to b which part of the columns' mass is row a, scaled by r.
func (p *proposal) share(b, a, mass []float64, r float64) {
	p.loops.shares(b, a, mass, r)
	clear(b[p.n:])
}

// dot is Σ x·y.
func (p *proposal) dot(x, y, acc []float64) float64 {
	clear(acc)
	p.loops.maskedLanes(acc, x, y)
	return tree((*[ref.Lanes]float64)(acc))
}

// draw fills tau with the proposal's permutation of the given index, a function of
// (key, index) alone, and returns the logarithm of its probability. When tau is
// given it is left as it is, and only the logarithm is computed.
//
// Step t uses 53 bits of words 2(t mod 2) and 2(t mod 2)+1 of block
// index·⌈n/2⌉ + ⌊t/2⌋, so index·⌈n/2⌉ must stay below 2³².
func (p *proposal) draw(tau []int32, given bool, key kernels.Key, index uint32,
	scratch []float64) float64 {
	n, ld := p.n, p.ld
	acc, scratch := scratch[:ref.Lanes], scratch[ref.Lanes:]
	rest, scratch := scratch[:n], scratch[n:]
	free, cols, mass, shares := scratch[:ld], scratch[ld:2*ld], scratch[2*ld:3*ld], scratch[3*ld:]
	for j := range free {
		free[j], cols[j] = 0, 0
		if j < n {
			free[j], cols[j] = 1, 1
		}
	}
	block := index * uint32((n+1)/2)
	var words [4]uint32
	log, product := 0.0, 1.0 // the logarithm is taken when the product becomes small
	for t, row := range p.order {
		b := p.b[t*ld : (t+1)*ld]
		if p.sweep > 0 && t >= p.sweep {
			if t%p.sweep == 0 {
				p.rescale(t, free, cols, mass, shares, rest)
			}
			b = shares[t%p.sweep*ld:][:ld]
		}
		clear(acc)
		p.loops.maskedLanes(acc, b, free)
		total := 0.0
		for l, x := range acc {
			total += x
			acc[l] = total
		}
		if !given {
			if t%2 == 0 {
				words = key.Words(block + uint32(t/2))
			}
			tau[row] = int32(choose(acc, b, free, uniform(words[t%2*2], words[t%2*2+1])*total))
		}
		j := tau[row]
		free[j] = 0
		product *= b[j] / total
		if product < ref.ProposalTiny {
			log += ref.Log64(product)
			product = 1
		}
	}
	return log + ref.Log64(product)
}

// rescale sweeps once over the rows t … n−1 and the free columns, and writes what
// prepare computed for the rows t … t+sweep−1 anew. rest is room for n values.
func (p *proposal) rescale(t int, free, cols, mass, shares, rest []float64) {
	n, ld := p.n, p.ld
	for j := range cols {
		cols[j] *= free[j]
	}
	clear(mass)
	last := min(t+p.sweep, n)
	p.loops.sweep(mass, rest[last:], p.a[last*ld:], cols)
	for s := last - 1; s >= t; s-- {
		a := p.a[s*ld : (s+1)*ld]
		p.share(shares[(s-t)*ld:(s-t+1)*ld], a, mass, p.loops.sweepRow(mass, a, cols))
	}
	for j, m := range mass {
		cols[j] = reciprocal(m) * free[j]
	}
}

// uniform returns the 53 high bits of two words as a number in [0, 1).
func uniform(high, low uint32) float64 {
	return float64((uint64(high)<<32|uint64(low))>>11) * 0x1p-53
}

// choose returns the element at which the running sum of b·free, lane after lane,
// first exceeds the threshold; sums are the running sums at the lanes' ends, the
// last of them above the threshold.
func choose(sums, b, free []float64, threshold float64) int {
	lane, before := 0, 0.0
	for ; lane < ref.Lanes-1 && sums[lane] <= threshold; lane++ {
		before = sums[lane]
	}
	sum, last := 0.0, lane
	for j := lane; j < len(b); j += ref.Lanes {
		if x := float64(b[j] * free[j]); x > 0 {
			sum += x
			last = j
			if before+sum > threshold {
				break
			}
		}
	}
	return last
}

// reciprocal is 1/x, and 0 where that would be huge.
func reciprocal(x float64) float64 {
	if x > ref.ProposalTiny {
		return 1 / x
	}
	return 0
}

// sinkhorn is ref.Sinkhorn: it writes the scaled n×n matrix to p. scratch holds what
// sinkhornScratch says.
func sinkhorn(loops *proposalLoops, p, c []float64, n int, scratch []float64) {
	ld := roundUp(n, ref.Lanes)
	q := proposal{loops: loops, n: n, ld: ld, b: scratch[:n*ld]}
	scratch = scratch[n*ld:]
	q.balance(c, ref.ProposalSweeps, scratch[:n], scratch[n:n+ld], scratch[n+ld:n+2*ld],
		scratch[n+2*ld:n+2*ld+ref.Lanes])
	for i := range n {
		copy(p[i*n:(i+1)*n], q.b[i*ld:i*ld+n])
	}
}

// sinkhornScratch is the number of float64 values that sinkhorn needs.
func sinkhornScratch(n int) int {
	ld := roundUp(n, ref.Lanes)
	return n*ld + n + 2*ld + ref.Lanes
}

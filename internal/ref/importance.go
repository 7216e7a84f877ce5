package ref

import (
	"math"
	"slices"
	"sort"
)

// Proposal draws permutations τ nearly in proportion to exp Σ_i c[i, τ(i)] and
// knows the probability of each: sequential importance sampling of the terms of a
// permanent (Kou & McCullagh, "Approximating the α-permanent", 2009).
//
// c is scaled to A = exp(c − u − v), whose rows and columns have sums near 1. The
// rows choose one after another, those of the least entropy first: in step t a row
// takes the column j among the free ones with
//
//	p(j) ∝ b[t, j] = A[t, j] / Σ_{s≥t} A[s, j] + 2⁻⁶⁰
//
// its share of the column's mass that is left. The order is fixed, so b does not
// depend on the draw, and a draw costs n masked sums, n² operations. With
// sweep = s > 0, every s steps the rows that are left are scaled once more to the
// columns that are left, n³/s operations a draw. The 2⁻⁶⁰ gives every permutation
// a positive probability, so that no weight is infinite, and makes the choice
// uniform where nothing is left.
//
// The probabilities depend on the columns through c only: permuting the columns
// of c permutes the draws. The bounds made from them require that.
type Proposal struct {
	n, sweep int
	order    []int       // the row that chooses in step t
	a, b     [][]float64 // of step t
}

const (
	// ProposalSweeps is the most Sinkhorn sweeps in the preparation of a matrix that all draws
	// of an item share; they end when every column's sum is within ProposalBalance of 1. Where
	// neurons of several scales overlap the matrix is nearly triangular, the sweeps converge
	// slowly, and they pay.
	ProposalSweeps = 100
	// ProposalSweepsAlone is the most for a matrix that serves one draw: in several hidden layers
	// more of them cost most of the time and change no effective sample size.
	ProposalSweepsAlone = 4

	ProposalBalance = 0x1p-6
	proposalFloor   = 0x1p-60
	// ProposalTiny and less count as 0, so that no reciprocal overflows.
	ProposalTiny = 0x1p-512
)

// NewProposal is the proposal for the n×n matrix c, which may hold −∞, but not NaN or +∞, with so
// many sweeps at most; sweep ≥ 0.
func NewProposal(c []float64, n, sweep, sweeps int) *Proposal {
	p := &Proposal{n: n, sweep: sweep, order: make([]int, n)}
	scaled := balance(c, n, sweeps)
	key := make([]float64, n)
	for i, row := range scaled {
		p.order[i] = i
		key[i] = dot(row, row)
	}
	// The key is Σ_j p_j² of a row's probabilities, so e^−entropy for Rényi's entropy of order 2.
	sort.SliceStable(p.order, func(s, t int) bool { return key[p.order[s]] > key[p.order[t]] })
	for _, i := range p.order {
		p.a = append(p.a, scaled[i])
	}
	p.b = square(n)
	mass := make([]float64, n)
	for t := n - 1; t >= 0; t-- {
		for j, x := range p.a[t] {
			mass[j] += x
		}
		Shares(p.b[t], p.a[t], mass, 1)
	}
	return p
}

func square(n int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
	}
	return m
}

// balance returns c scaled by Sinkhorn's sweeps and a last one over the rows.
func balance(c []float64, n, sweeps int) [][]float64 {
	b := exponentiate(c, n)
	cols, mass := slices.Repeat([]float64{1}, n), make([]float64, n)
	for range sweeps {
		clear(mass)
		for i := n - 1; i >= 0; i-- {
			SweepRow(mass, b[i], cols)
		}
		balanced := true
		for j, m := range mass {
			if cols[j] != 0 && math.Abs(float64(m*cols[j])-1) > ProposalBalance {
				balanced = false
			}
		}
		reciprocals(cols, cols, mass)
		if balanced {
			break
		}
	}
	for _, row := range b {
		r := reciprocal(dot(row, cols))
		for j := range row {
			row[j] = float64(row[j]*cols[j]) * r
		}
	}
	return b
}

// exponentiate returns exp(c − u − v), u and v being the maxima of first the rows
// and then the columns: every entry is at most 1, every row and column has a 1.
func exponentiate(c []float64, n int) [][]float64 {
	u, v := slices.Repeat([]float64{math.Inf(-1)}, n), slices.Repeat([]float64{math.Inf(-1)}, n)
	for i := range n {
		for _, x := range c[i*n : (i+1)*n] {
			if x > u[i] {
				u[i] = x
			}
		}
		for j, x := range c[i*n : (i+1)*n] {
			if x -= u[i]; x > v[j] { // not where −∞ − −∞ is NaN
				v[j] = x
			}
		}
	}
	b := square(n)
	for i, row := range b {
		ExpScaled(row, c[i*n:(i+1)*n], v, u[i])
	}
	return b
}

// ExpScaled writes exp(c − u − v) to b, 0 where c is −∞ whatever u and v are.
func ExpScaled(b, c, v []float64, u float64) {
	for j, x := range c {
		b[j] = 0
		if x != math.Inf(-1) {
			b[j] = Exp64(x - u - v[j])
		}
	}
}

// Draw fills tau with the proposal's permutation of the given index, a function of
// (key, index) alone, and returns the logarithm of its probability. When tau is
// given it is left as it is, and only the logarithm is computed.
//
// Step t uses 53 bits of words 2(t mod 2) and 2(t mod 2)+1 of block
// index·⌈n/2⌉ + ⌊t/2⌋, so index·⌈n/2⌉ must stay below 2³².
func (p *Proposal) Draw(tau []int32, given bool, key Key, index uint32) float64 {
	free, cols := slices.Repeat([]float64{1}, p.n), slices.Repeat([]float64{1}, p.n)
	var shares [][]float64   // of the steps since the last sweep
	log, product := 0.0, 1.0 // the logarithm is taken when the product becomes small
	for t, row := range p.order {
		b := p.b[t]
		if p.sweep > 0 && t >= p.sweep {
			if t%p.sweep == 0 {
				shares = p.rescale(t, free, cols)
			}
			b = shares[t%p.sweep]
		}
		sums := maskedLanes(b, free)
		total := 0.0
		for l, x := range sums {
			total += x
			sums[l] = total
		}
		if !given {
			words := key.Words(index*uint32((p.n+1)/2) + uint32(t/2))
			tau[row] = int32(choose(&sums, b, free, uniform(words[t%2*2], words[t%2*2+1])*total))
		}
		j := tau[row]
		free[j] = 0
		product *= b[j] / total
		if product < ProposalTiny {
			log += Log64(product)
			product = 1
		}
	}
	return log + Log64(product)
}

// rescale sweeps once over the rows t … n−1 and the free columns, and returns b of the
// steps t … t+sweep−1 anew.
func (p *Proposal) rescale(t int, free, cols []float64) (shares [][]float64) {
	for j := range cols {
		cols[j] *= free[j]
	}
	mass := make([]float64, p.n)
	shares = square(p.n)
	for s := p.n - 1; s >= t; s-- {
		r := SweepRow(mass, p.a[s], cols)
		Shares(shares[s-t], p.a[s], mass, r)
	}
	reciprocals(cols, free, mass)
	return shares
}

// uniform returns the 53 high bits of two words as a number in [0, 1).
func uniform(high, low uint32) float64 {
	return float64((uint64(high)<<32|uint64(low))>>11) * 0x1p-53
}

// maskedLanes sums b·free, rounded, in lanes.
func maskedLanes(b, free []float64) (acc [Lanes]float64) {
	for j, x := range b {
		acc[j%Lanes] += float64(x * free[j])
	}
	return acc
}

// dot is Σ x·y.
func dot(x, y []float64) float64 {
	acc := maskedLanes(x, y)
	return tree64(&acc)
}

// choose returns the element at which the running sum of b·free, lane after lane,
// first exceeds the threshold; sums are the running sums at the lanes' ends, the
// last of them above the threshold.
func choose(sums *[Lanes]float64, b, free []float64, threshold float64) int {
	lane, before := 0, 0.0
	for ; lane < Lanes-1 && sums[lane] <= threshold; lane++ {
		before = sums[lane]
	}
	sum, last := 0.0, lane
	for j := lane; j < len(b); j += Lanes {
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

// Shares writes 2⁻⁶⁰ + a·r/mass to b, the quotient 0 where mass is 0.
func Shares(b, a, mass []float64, r float64) {
	for j, m := range mass {
		q := 0.0
		if m > 0 {
			q = float64(a[j]*r) / m
		}
		b[j] = q + proposalFloor
	}
}

// SweepRow adds row a, divided by its sum Σ a·cols, to the columns' mass, and returns
// the reciprocal of that sum; products are rounded before they are added.
func SweepRow(mass, a, cols []float64) float64 {
	r := reciprocal(dot(a, cols))
	for j, x := range a {
		mass[j] += float64(x * r)
	}
	return r
}

// reciprocal is 1/x, and 0 where that would be huge.
func reciprocal(x float64) float64 {
	if x > ProposalTiny {
		return 1 / x
	}
	return 0
}

// reciprocals writes those of x where mask is not 0, and 0 elsewhere.
func reciprocals(dst, mask, x []float64) {
	for j := range dst {
		if mask[j] != 0 {
			dst[j] = reciprocal(x[j])
		} else {
			dst[j] = 0
		}
	}
}

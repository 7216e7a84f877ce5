package kernels

import "github.com/symvi/symvi/internal/ref"

// ProposePermutations draws K permutations τ_k of each item nearly in proportion to
// their density exp Σ_i C[item, i, τ(i)] and computes their probabilities r:
//
//	LogProposal[item, k] = log r(τ_k)   (with Accumulate, added to it)
//
// Number 0 is the identity; number k is a pure function of Key, with its Sample
// advanced by the item, of k and of C. It costs O(N²) an item and a permutation,
// and with Sweep = s > 0 another O(N³/s) a permutation, which makes the proposal
// better: see ref.Proposal. With PerPermutation every permutation has its own
// matrix, and C holds Batch×K of them; preparing each costs some 50 N² operations.
// C may hold −∞, but not NaN or +∞.
type ProposePermutations struct {
	Key            Key
	Batch, K, N    int
	Sweep          int
	C              F64
	PerPermutation bool
	Perms          I32
	LogProposal    F64
	Accumulate     bool
}

// Check panics unless the buffers hold the shapes and Sweep ≥ 0.
func (p *ProposePermutations) Check() {
	const op = "ProposePermutations"
	checkArg(p.Sweep >= 0, op, "Sweep = %d, want at least 0", p.Sweep)
	matrices := p.Batch
	if p.PerPermutation {
		matrices *= p.K
	}
	check(op, "C", p.C, dense(matrices*p.N, p.N))
	check(op, "Perms", p.Perms, dense(p.Batch*p.K, p.N))
	check(op, "LogProposal", p.LogProposal, dense(p.Batch, p.K))
}

// drawBlock is the number of permutations that one task draws from a shared matrix.
const drawBlock = 8

type proposeJob struct {
	d           *CPU
	p           ProposePermutations
	c           []float64
	perms       []int32
	logProposal []float64
	floats      []float64 // the items' proposals
	ints        []int32
	preparing   bool
}

// ProposePermutations implements Device.
func (d *CPU) ProposePermutations(p ProposePermutations) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.propose
	*j = proposeJob{d, p, hostSlice(p.C), hostSlice(p.Perms), hostSlice(p.LogProposal), j.floats, j.ints, true}
	if p.PerPermutation {
		d.pool.runIf(p.Batch*p.K*p.N*p.N, j, p.Batch*p.K)
		return
	}
	floats, ints, _ := ref.ProposalSize(p.N, p.Sweep)
	j.floats, j.ints = grow(&j.floats, p.Batch*floats), grow(&j.ints, p.Batch*ints)
	d.pool.runIf(p.Batch*p.N*p.N, j, p.Batch)
	j.preparing = false
	d.pool.runIf(p.Batch*p.K*p.N*p.N, j, p.Batch*j.blocks())
}

// blocks is the number of tasks that draw an item's permutations.
func (j *proposeJob) blocks() int { return (j.p.K + drawBlock - 1) / drawBlock }

func (j *proposeJob) task(worker, t int) {
	n, s := j.p.N, &j.d.scratch[worker]
	floats, ints, scratch := ref.ProposalSize(n, j.p.Sweep)
	switch {
	case j.p.PerPermutation:
		memory := grow(&s.f64, floats+scratch)
		q := ref.NewProposal(n, j.p.Sweep, memory[:floats], grow(&s.i32, ints))
		q.Prepare(j.c[t*n*n:(t+1)*n*n], memory[floats:])
		j.draw(&q, t/j.p.K, t%j.p.K, memory[floats:])
	case j.preparing:
		q := j.shared(t, floats, ints)
		q.Prepare(j.c[t*n*n:(t+1)*n*n], grow(&s.f64, scratch))
	default:
		item, first := t/j.blocks(), t%j.blocks()*drawBlock
		q := j.shared(item, floats, ints)
		for k := first; k < min(first+drawBlock, j.p.K); k++ {
			j.draw(&q, item, k, grow(&s.f64, scratch))
		}
	}
}

// shared is the proposal of an item.
func (j *proposeJob) shared(item, floats, ints int) ref.Proposal {
	return ref.NewProposal(j.p.N, j.p.Sweep, j.floats[item*floats:(item+1)*floats], j.ints[item*ints:(item+1)*ints])
}

func (j *proposeJob) draw(q *ref.Proposal, item, k int, scratch []float64) {
	t := item*j.p.K + k
	tau := j.perms[t*j.p.N : (t+1)*j.p.N]
	if k == 0 {
		for i := range tau {
			tau[i] = int32(i)
		}
	}
	log := q.Draw(tau, k == 0, advance(j.p.Key, item), uint32(k), scratch)
	if j.p.Accumulate {
		log += j.logProposal[t]
	}
	j.logProposal[t] = log
}

// ImportanceAverage bounds the information of each item from K permuted densities,
// number 0 the identity's and the others drawn from a proposal. With
// log w_k = Logs[item, k] − LogProposal[item, k] − LogOrder, LogOrder = log |G|,
//
//	Lower[item] = Logs[item, 0] − log (1/(K−1)) Σ_{k<K−1} w_k
//	Upper[item] = Logs[item, 0] − log (1/(K−1)) Σ_{k≥1} w_k      (nats)
//	Spread[item] = (K−1)·Σ_{k≥1} w_k² / (Σ_{k≥1} w_k)² − 1
//	Weights[item, k] = w_k / Σ_{l≥1} w_l, Weights[item, 0] = 0
//
// In expectation over ω ~ q, Lower ≤ I ≤ Upper; either is off by about Spread/(2K−2), and
// the effective number of draws is (K−1)/(1 + Spread). The weights leave the identity out,
// because the gradient's coefficients P would shrink with it. K is at least 2.
// Where every draw has density 0 the weights are equal and Upper is +∞.
type ImportanceAverage struct {
	Batch, K          int
	Logs, LogProposal F64
	LogOrder          float64
	Weights           F64
	// results, one an item
	Lower, Upper, Spread F64
}

// Check panics unless the buffers hold the shapes and K ≥ 2.
func (p *ImportanceAverage) Check() {
	const op = "ImportanceAverage"
	checkArg(p.K >= 2, op, "K = %d, want at least 2", p.K)
	check(op, "Logs", p.Logs, dense(p.Batch, p.K))
	check(op, "LogProposal", p.LogProposal, dense(p.Batch, p.K))
	check(op, "Weights", p.Weights, dense(p.Batch, p.K))
	check(op, "Lower", p.Lower, vector(p.Batch))
	check(op, "Upper", p.Upper, vector(p.Batch))
	check(op, "Spread", p.Spread, vector(p.Batch))
}

// ImportanceAverage implements Device.
func (d *CPU) ImportanceAverage(p ImportanceAverage) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	logs, proposal, weights := hostSlice(p.Logs), hostSlice(p.LogProposal), hostSlice(p.Weights)
	lower, upper, spread := hostSlice(p.Lower), hostSlice(p.Upper), hostSlice(p.Spread)
	scratch := grow(&d.scratch[0].f64, p.K)
	for item := range p.Batch {
		lo, hi := item*p.K, (item+1)*p.K
		lower[item], upper[item], spread[item] = ref.ImportanceAverage(weights[lo:hi], scratch, logs[lo:hi], proposal[lo:hi], p.LogOrder)
	}
}

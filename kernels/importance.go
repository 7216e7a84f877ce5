package kernels

import "github.com/symvi/symvi/internal/ref"

// ProposePermutations draws K permutations τ_k of each item nearly in proportion to
// their density exp Σ_i C[item, i, τ(i)] and computes their probabilities r:
//
//	LogProposal[item, k] = log r(τ_k)   (with Accumulate, added to it)
//
// They have the numbers k = First … First+K−1. Number 0 is the identity; number k is a
// pure function of Key, with its Sample advanced by the item, of k and of C. It costs O(N²) an item and a permutation,
// and with Sweep = s > 0 another O(N³/s) a permutation, which makes the proposal
// better: see ref.Proposal. With PerPermutation every permutation has its own
// matrix, and C holds Batch×K of them; preparing each costs some 50 N² operations.
// C may hold −∞, but not NaN or +∞.
type ProposePermutations struct {
	Key            Key
	Batch, K, N    int
	First          int
	Sweep          int
	C              F64
	Components     int // 0 is 1
	PerPermutation bool
	Perms          I32
	LogProposal    F64
	Accumulate     bool
}

// Check panics unless the buffers hold the shapes and Sweep ≥ 0.
func (p *ProposePermutations) Check() {
	const op = "ProposePermutations"
	checkArg(p.Sweep >= 0, op, "Sweep = %d, want at least 0", p.Sweep)
	checkArg(p.First >= 0, op, "First = %d, want at least 0", p.First)
	checkArg(p.Components >= 0, op, "Components = %d, want at least 0", p.Components)
	checkArg(p.Components <= 1 || !p.PerPermutation, op, "Components = %d, want at most 1 with PerPermutation", p.Components)
	matrices := p.Batch * p.components()
	if p.PerPermutation {
		matrices = p.Batch * p.K
	}
	check(op, "C", p.C, dense(matrices*p.N, p.N))
	check(op, "Perms", p.Perms, dense(p.Batch*p.K, p.N))
	check(op, "LogProposal", p.LogProposal, dense(p.Batch, p.K))
}

func (p *ProposePermutations) components() int { return max(p.Components, 1) }

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
	proposals := p.Batch * p.components()
	j.floats, j.ints = grow(&j.floats, proposals*floats), grow(&j.ints, proposals*ints)
	d.pool.runIf(proposals*p.N*p.N, j, proposals)
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
		q := ref.NewProposal(j.d.row.proposal, n, j.p.Sweep, memory[:floats], grow(&s.i32, ints))
		q.Prepare(j.c[t*n*n:(t+1)*n*n], memory[floats:])
		number := j.p.First + t%j.p.K
		j.store(t, q.Draw(j.permutation(t), number == 0, advance(j.p.Key, t/j.p.K), uint32(number), memory[floats:]))
	case j.preparing:
		q := j.shared(t, floats, ints)
		q.Prepare(j.c[t*n*n:(t+1)*n*n], grow(&s.f64, scratch))
	default:
		item, first := t/j.blocks(), t%j.blocks()*drawBlock
		memory := grow(&s.f64, scratch+2*j.p.components())
		for k := first; k < min(first+drawBlock, j.p.K); k++ {
			j.draw(item, k, memory[:scratch], memory[scratch:])
		}
	}
}

// shared is a proposal that all draws of an item use.
func (j *proposeJob) shared(i, floats, ints int) ref.Proposal {
	return ref.NewProposal(j.d.row.proposal, j.p.N, j.p.Sweep, j.floats[i*floats:(i+1)*floats], j.ints[i*ints:(i+1)*ints])
}

// draw makes the k-th permutation of an item from its proposals. Which one is chosen by word
// 0 of block 2³²−1−number.
func (j *proposeJob) draw(item, k int, scratch, logs []float64) {
	t, number, components := item*j.p.K+k, j.p.First+k, j.p.components()
	floats, ints, _ := ref.ProposalSize(j.p.N, j.p.Sweep)
	key, tau := advance(j.p.Key, item), j.permutation(t)
	logs, weights := logs[:components], logs[components:]
	chosen := -1 // the identity is given
	if number > 0 {
		chosen = int(uint64(key.Words(^uint32(number))[0]) * uint64(components) >> 32)
		q := j.shared(item*components+chosen, floats, ints)
		logs[chosen] = q.Draw(tau, false, key, uint32(number), scratch)
	}
	for m := range components {
		if m != chosen {
			q := j.shared(item*components+m, floats, ints)
			logs[m] = q.Draw(tau, true, key, uint32(number), scratch)
		}
	}
	if components == 1 {
		j.store(t, logs[0])
		return
	}
	j.store(t, ref.LogMeanExp(weights, logs))
}

// permutation is the place of a permutation, already the identity if it is number 0.
func (j *proposeJob) permutation(t int) []int32 {
	tau := j.perms[t*j.p.N : (t+1)*j.p.N]
	if t%j.p.K+j.p.First == 0 {
		for i := range tau {
			tau[i] = int32(i)
		}
	}
	return tau
}

func (j *proposeJob) store(t int, log float64) {
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
// the effective number of draws is (K−1)/(1 + Spread). The weights leave the identity
// out, because the gradient's coefficients P would shrink with it, unless it outweighs
// all draws a thousand times: then they missed it, and Weights[item, k] = w_k / Σ_{l≥0} w_l.
// K is at least 2. Where every draw has density 0, Upper is +∞; where the identity too
// has none, the results are NaN.
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

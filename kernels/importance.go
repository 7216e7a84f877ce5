package kernels

// ProposePermutations draws K permutations τ_k of each item nearly in proportion to
// their density exp Σ_i C[item, i, τ(i)] and computes their probabilities r:
//
//	LogProposal[item, k] = log r(τ_k)   (with Accumulate, added to it)
//
// They have the numbers k = First … First+K−1. Number 0 is the identity; number k is a
// pure function of Key, with its Sample advanced by the item, of k and of C. It costs O(N²) an
// item and a permutation, and with Sweep = s > 0 another O(N³/s) a permutation, which makes the
// proposal better: see ref.Proposal. With PerPermutation every permutation has its own
// matrix, and C holds Batch×K of them; preparing each costs some 12 N² operations, because at
// most ref.ProposalSweepsAlone sweeps scale it.
// C may hold −∞, but not NaN or +∞. With a State, Key.Step is increased by its
// Step and Key.Seed by its Seed.
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
	State          I32
}

// Resolve puts what the state says into the key.
func (p *ProposePermutations) Resolve() { resolve(&p.Key, &p.State) }

// Check panics unless the buffers hold the shapes and Sweep ≥ 0.
func (p *ProposePermutations) Check() {
	const op = "ProposePermutations"
	checkArg(p.Sweep >= 0, op, "Sweep = %d, want at least 0", p.Sweep)
	checkArg(p.First >= 0, op, "First = %d, want at least 0", p.First)
	checkArg(p.Components >= 0, op, "Components = %d, want at least 0", p.Components)
	checkArg(p.Components <= 1 || !p.PerPermutation, op, "Components = %d, want at most 1 with "+
		"PerPermutation", p.Components)
	matrices := p.Batch * p.Proposals()
	if p.PerPermutation {
		matrices = p.Batch * p.K
	}
	check(op, "C", p.C, dense(matrices*p.N, p.N))
	check(op, "Perms", p.Perms, dense(p.Batch*p.K, p.N))
	check(op, "LogProposal", p.LogProposal, dense(p.Batch, p.K))
	checkState(op, p.State)
}

// Proposals is the number of proposals, and so of matrices C, of an item without PerPermutation.
func (p *ProposePermutations) Proposals() int { return max(p.Components, 1) }

// Scratch is about how many bytes a device needs beside the buffers: two matrices a proposal,
// their rows padded to 16, and what one draw works with.
func (p *ProposePermutations) Scratch() int {
	ld := (p.N + 15) / 16 * 16
	proposals := p.Batch * p.Proposals()
	if p.PerPermutation {
		proposals = 1 // made anew for each draw
	}
	return 8 * (2*p.N*ld*proposals + (4+min(p.Sweep, p.N))*ld + 16)
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
//
// With Perms, Logs is computed first, from Batch×K permutations of N elements and Batch N×N
// matrices C, as PermutationLogDensity does it.
type ImportanceAverage struct {
	Batch, K          int
	N                 int
	C                 F64
	Perms             I32
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
	checkArg(p.N >= 0, op, "N = %d, want at least 0", p.N)
	if p.Perms != nil {
		check(op, "C", p.C, dense(p.Batch*p.N, p.N))
		check(op, "Perms", p.Perms, dense(p.Batch*p.K, p.N))
	}
	check(op, "Weights", p.Weights, dense(p.Batch, p.K))
	check(op, "Lower", p.Lower, vector(p.Batch))
	check(op, "Upper", p.Upper, vector(p.Batch))
	check(op, "Spread", p.Spread, vector(p.Batch))
}

// LogDensity is what comes first where there are Perms.
func (p *ImportanceAverage) LogDensity() PermutationLogDensity {
	return PermutationLogDensity{Batch: p.Batch, K: p.K, N: p.N, C: p.C, Perms: p.Perms, Logs: p.Logs}
}

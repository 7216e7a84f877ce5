package kernels

import "github.com/symvi/symvi/internal/ref"

// PairLogDensity computes the pair log-density matrices of Batch sampled layers,
//
//	C[item, i, j] = Σ_p log N(W[item, j, p]; Mu[i, p], 1/InvSigma[i, p]²)   (nats)
//
// for i, j < N neurons of D parameters each: i is the component, j the sampled
// neuron. W holds Batch contiguous N×D matrices. Differences are float32, their
// squares are summed in float64 (docs/estimators.md: float32 sums cost 4e-4 nats).
type PairLogDensity struct {
	Batch, N, D     int
	W, Mu, InvSigma F32
	C               F64
}

// Check panics unless the buffers hold the shapes.
func (p *PairLogDensity) Check() {
	const op = "PairLogDensity"
	check(op, "W", p.W, dense(p.Batch*p.N, p.D))
	check(op, "Mu", p.Mu, dense(p.N, p.D))
	check(op, "InvSigma", p.InvSigma, dense(p.N, p.D))
	check(op, "C", p.C, dense(p.Batch*p.N, p.N))
}

// PairGrad computes, for neuron j of every item,
//
//	DW[item, j, p] = Σ_i A[item, i, j]·(W[item, j, p] − Mu[i, p])·InvSigma[i, p]²
//
// a chain of fused multiply-adds in increasing i that leaves out coefficients
// of exactly 0. With A = P − I this is the path derivative of the information
// I(ω) with respect to ω (docs/estimators.md, "Gradient of the entropy term").
type PairGrad struct {
	Batch, N, D     int
	Coefficients    F32
	W, Mu, InvSigma F32
	DW              F32
}

// Check panics unless the buffers hold the shapes.
func (p *PairGrad) Check() {
	const op = "PairGrad"
	check(op, "Coefficients", p.Coefficients, dense(p.Batch*p.N, p.N))
	check(op, "W", p.W, dense(p.Batch*p.N, p.D))
	check(op, "Mu", p.Mu, dense(p.N, p.D))
	check(op, "InvSigma", p.InvSigma, dense(p.N, p.D))
	check(op, "DW", p.DW, dense(p.Batch*p.N, p.D))
}

// Permanent averages over all permutations of one layer: for every item's C (N×N),
//
//	Information[item] = tr C − log perm(e^C) + log N!  = log q(ω) − log q^G(ω)   (nats)
//	Coefficients[item] = P − I, P_ij the probability that component i explains neuron j
//
// by the subset dynamic programme, O(2^N·N) time and memory. Coefficients may be nil.
// C may hold −∞, but not NaN or +∞. Where every permutation has weight 0 there is
// nothing to average: Information and Coefficients are NaN.
type Permanent struct {
	Batch, N     int
	C            F64
	Information  F64
	Coefficients F32
}

// MaxPermanent is the largest N that Permanent takes.
const MaxPermanent = ref.MaxPermanent

// Check panics unless the buffers hold the shapes and 1 ≤ N ≤ MaxPermanent.
func (p *Permanent) Check() {
	const op = "Permanent"
	checkArg(p.N >= 1 && p.N <= MaxPermanent, op, "N = %d, want 1 … 22", p.N)
	check(op, "C", p.C, dense(p.Batch*p.N, p.N))
	check(op, "Information", p.Information, vector(p.Batch))
	checkOptional(op, "Coefficients", p.Coefficients, dense(p.Batch*p.N, p.N))
}

// Scratch is about how many bytes a device needs beside the buffers for each item that it works
// on at a time: two tables of all sets of neurons, and vectors of matrices.
func (p *Permanent) Scratch() int {
	return 8 * (2<<p.N + 2*p.N*p.N + 8*(p.N+1)*p.N + 3*(p.N+1))
}

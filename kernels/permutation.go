package kernels

// RandomPermutations fills Dst with Batch×Count permutations of 0 … N−1, uniform
// and independent: permutation k of an item is the k-th of Key with its Sample
// advanced by the item. With IdentityFirst, number 0 is the identity instead. With a State,
// Key.Step is increased by its Step and Key.Seed by its Seed.
type RandomPermutations struct {
	Key             Key
	Batch, Count, N int
	IdentityFirst   bool
	Dst             I32
	State           I32
}

// Resolve puts what the state says into the key.
func (r *RandomPermutations) Resolve() { resolve(&r.Key, &r.State) }

// Check panics unless Dst holds the shape.
func (r *RandomPermutations) Check() {
	check("RandomPermutations", "Dst", r.Dst, matrices{r.Batch, r.Count * r.N, r.Count, r.N, r.N})
	checkState("RandomPermutations", r.State)
}

// PermutationLogDensity evaluates K permuted log-densities per item from the pair
// matrices, N additions each: Logs[item, k] = Σ_i C[item, i, τ_k(i)], or with
// Accumulate Logs[item, k] + Σ. Perms holds Batch×K permutations τ_k. Here and below
// permutations are not checked: other indices give wrong numbers or a panic, but
// nothing outside the buffers is touched.
type PermutationLogDensity struct {
	Batch, K, N int
	C           F64
	Perms       I32
	Logs        F64
	Accumulate  bool
}

// Check panics unless the buffers hold the shapes.
func (p *PermutationLogDensity) Check() {
	const op = "PermutationLogDensity"
	check(op, "C", p.C, dense(p.Batch*p.N, p.N))
	check(op, "Perms", p.Perms, dense(p.Batch*p.K, p.N))
	check(op, "Logs", p.Logs, dense(p.Batch, p.K))
}

// PermutedLogDensity adds, for the weights between two hidden layers that are both
// permuted, the part of K log-densities that depends on the permutations:
//
//	Logs[item, k] −= ½ Σ_{a,b} ((W[item, τ_k(a), π_k(b)] − Mu[a, b])·InvSigma[a, b])²
//
// with τ_k from RowPerms and π_k from ColPerms. W holds Batch matrices Rows×Cols,
// StrideW apart. It costs Rows·Cols a permutation.
type PermutedLogDensity struct {
	Batch, K, Rows, Cols int
	W                    F32
	StrideW              int
	Mu, InvSigma         F32
	RowPerms, ColPerms   I32
	Logs                 F64
}

// Check panics unless the buffers hold the shapes.
func (p *PermutedLogDensity) Check() {
	const op = "PermutedLogDensity"
	check(op, "W", p.W, matrices{p.Batch, p.StrideW, p.Rows, p.Cols, p.Cols})
	check(op, "Mu", p.Mu, dense(p.Rows, p.Cols))
	check(op, "InvSigma", p.InvSigma, dense(p.Rows, p.Cols))
	check(op, "RowPerms", p.RowPerms, dense(p.Batch*p.K, p.Rows))
	check(op, "ColPerms", p.ColPerms, dense(p.Batch*p.K, p.Cols))
	check(op, "Logs", p.Logs, dense(p.Batch, p.K))
}

// PermutedGrad adds the path derivative of the information that such weights carry,
//
//	DW[item, τ_k(a), π_k(b)] += A_k·(W[item, τ_k(a), π_k(b)] − Mu[a, b])·InvSigma[a, b]²
//
// with A_k = Scale·(Weights[item, k] − [k = 0]), rounded once to float32, in increasing k:
// permutation 0 must be the identity.
type PermutedGrad struct {
	Batch, K, Rows, Cols int
	W, DW                F32
	StrideW              int
	Mu, InvSigma         F32
	RowPerms, ColPerms   I32
	Weights              F64
	Scale                float64
}

// Check panics unless the buffers hold the shapes.
func (p *PermutedGrad) Check() {
	const op = "PermutedGrad"
	w := matrices{p.Batch, p.StrideW, p.Rows, p.Cols, p.Cols}
	check(op, "W", p.W, w)
	checkOutput(op, "DW", p.DW, w)
	check(op, "Mu", p.Mu, dense(p.Rows, p.Cols))
	check(op, "InvSigma", p.InvSigma, dense(p.Rows, p.Cols))
	check(op, "RowPerms", p.RowPerms, dense(p.Batch*p.K, p.Rows))
	check(op, "ColPerms", p.ColPerms, dense(p.Batch*p.K, p.Cols))
	check(op, "Weights", p.Weights, dense(p.Batch, p.K))
}

// PermutationAverage averages K permuted densities per item, number 0 being the
// identity (paper, Theorem 4.3):
//
//	Information[item] = Logs[item, 0] − log (1/K) Σ_k exp Logs[item, k]   (nats)
//	Weights[item, k]  = exp Logs[item, k] / Σ exp Logs[item]
type PermutationAverage struct {
	Batch, K             int
	Logs                 F64
	Weights, Information F64
}

// Check panics unless the buffers hold the shapes and K ≥ 1.
func (p *PermutationAverage) Check() {
	const op = "PermutationAverage"
	checkArg(p.K >= 1, op, "K = %d, want at least 1", p.K)
	check(op, "Logs", p.Logs, dense(p.Batch, p.K))
	check(op, "Weights", p.Weights, dense(p.Batch, p.K))
	check(op, "Information", p.Information, vector(p.Batch))
}

// PermutationMarginals computes Coefficients[item] = P − I with
// P_ij = Σ_k Weights[item, k]·[τ_k(i) = j], the coefficients of PairGrad.
type PermutationMarginals struct {
	Batch, K, N  int
	Weights      F64
	Perms        I32
	Coefficients F32
}

// Check panics unless the buffers hold the shapes.
func (p *PermutationMarginals) Check() {
	const op = "PermutationMarginals"
	check(op, "Weights", p.Weights, dense(p.Batch, p.K))
	check(op, "Perms", p.Perms, dense(p.Batch*p.K, p.N))
	check(op, "Coefficients", p.Coefficients, dense(p.Batch*p.N, p.N))
}

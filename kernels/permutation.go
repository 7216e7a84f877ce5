package kernels

import "github.com/symvi/symvi/internal/ref"

// RandomPermutations fills Dst with Batch×Count permutations of 0 … N−1, uniform
// and independent: permutation k of an item is the k-th of Key with its Sample
// advanced by the item. With IdentityFirst, number 0 is the identity instead.
type RandomPermutations struct {
	Key             Key
	Batch, Count, N int
	IdentityFirst   bool
	Dst             I32
}

// Check panics unless Dst holds the shape.
func (r *RandomPermutations) Check() {
	check("RandomPermutations", "Dst", r.Dst, matrices{r.Batch, r.Count * r.N, r.Count, r.N, r.N})
}

// permutationBlock is the number of permutations of one task.
const permutationBlock = 64

type permutationsJob struct {
	row    *row
	r      RandomPermutations
	blocks int // of one item
	dst    []int32
}

// RandomPermutations implements Device.
func (d *CPU) RandomPermutations(r RandomPermutations) {
	r.Check()
	if r.N == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.permutations
	*j = permutationsJob{d.row, r, (r.Count + permutationBlock - 1) / permutationBlock, hostSlice(r.Dst)}
	d.pool.runIf(r.Batch*r.Count*r.N, j, r.Batch*j.blocks)
}

func (j *permutationsJob) task(_, t int) {
	item, n := t/j.blocks, j.r.N
	lo := t % j.blocks * permutationBlock
	hi := min(lo+permutationBlock, j.r.Count)
	dst := j.dst[(item*j.r.Count+lo)*n : (item*j.r.Count+hi)*n]
	j.row.permutations(dst, n, advance(j.r.Key, item), uint32(lo))
	if lo == 0 && j.r.IdentityFirst {
		for i := range n {
			dst[i] = int32(i)
		}
	}
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

type gatherJob struct {
	row     *row
	p       PermutationLogDensity
	c, logs []float64
	perms   []int32
}

// PermutationLogDensity implements Device.
func (d *CPU) PermutationLogDensity(p PermutationLogDensity) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.gather
	*j = gatherJob{d.row, p, hostSlice(p.C), hostSlice(p.Logs), hostSlice(p.Perms)}
	d.pool.runIf(p.Batch*p.K*p.N, j, p.Batch)
}

func (j *gatherJob) task(_, item int) {
	n, k := j.p.N, j.p.K
	logs := j.logs[item*k : (item+1)*k]
	if !j.p.Accumulate {
		clear(logs)
	}
	j.row.gatherAdd(logs, j.c[item*n*n:(item+1)*n*n], j.perms[item*k*n:(item+1)*k*n], n)
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

type permutedJob struct {
	row                *row
	p                  PermutedLogDensity
	w, mu, invSigma    []float32
	rowPerms, colPerms []int32
	logs               []float64
}

// PermutedLogDensity implements Device.
func (d *CPU) PermutedLogDensity(p PermutedLogDensity) {
	p.Check()
	if p.Rows == 0 || p.Cols == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.permuted
	*j = permutedJob{d.row, p, hostSlice(p.W), hostSlice(p.Mu), hostSlice(p.InvSigma), hostSlice(p.RowPerms), hostSlice(p.ColPerms), hostSlice(p.Logs)}
	d.pool.runIf(p.Batch*p.K*p.Rows*p.Cols, j, p.Batch*p.K)
}

func (j *permutedJob) task(_, t int) {
	rows, cols := j.p.Rows, j.p.Cols
	w := j.w[t/j.p.K*j.p.StrideW:]
	columns := j.colPerms[t*cols : (t+1)*cols]
	total := 0.0
	for a, to := range j.rowPerms[t*rows : (t+1)*rows] {
		lo, hi := a*cols, (a+1)*cols
		total += j.row.permutedPair(w[int(to)*cols:int(to+1)*cols], j.mu[lo:hi], j.invSigma[lo:hi], columns)
	}
	j.logs[t] -= float64(0.5 * total)
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

type permutedGradJob struct {
	row                 *row
	p                   PermutedGrad
	w, dw, mu, invSigma []float32
	rowPerms, colPerms  []int32
	weights             []float64
}

// PermutedGrad implements Device.
func (d *CPU) PermutedGrad(p PermutedGrad) {
	p.Check()
	if p.Rows == 0 || p.Cols == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.permutedGrad
	*j = permutedGradJob{d.row, p, hostSlice(p.W), hostSlice(p.DW), hostSlice(p.Mu), hostSlice(p.InvSigma), hostSlice(p.RowPerms), hostSlice(p.ColPerms), hostSlice(p.Weights)}
	d.pool.runIf(p.Batch*p.K*p.Rows*p.Cols, j, p.Batch)
}

func (j *permutedGradJob) task(_, item int) {
	rows, cols := j.p.Rows, j.p.Cols
	w, dw := j.w[item*j.p.StrideW:], j.dw[item*j.p.StrideW:]
	for k := range j.p.K {
		t := item*j.p.K + k
		weight := j.weights[t]
		if k == 0 {
			weight--
		}
		coefficient := float32(j.p.Scale * weight)
		columns := j.colPerms[t*cols : (t+1)*cols]
		for a, to := range j.rowPerms[t*rows : (t+1)*rows] {
			lo, hi := a*cols, (a+1)*cols
			from, until := int(to)*cols, int(to+1)*cols
			j.row.permutedGradAdd(dw[from:until], w[from:until], j.mu[lo:hi], j.invSigma[lo:hi], columns, coefficient)
		}
	}
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

// PermutationAverage implements Device.
func (d *CPU) PermutationAverage(p PermutationAverage) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	logs, weights, information := hostSlice(p.Logs), hostSlice(p.Weights), hostSlice(p.Information)
	for item := range p.Batch {
		lo, hi := item*p.K, (item+1)*p.K
		largest, sum := d.row.weights(weights[lo:hi], logs[lo:hi])
		information[item] = logs[lo] - ref.LogMean(largest, sum, p.K)
	}
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

type marginalsJob struct {
	d            *CPU
	p            PermutationMarginals
	weights      []float64
	perms        []int32
	coefficients []float32
}

// PermutationMarginals implements Device.
func (d *CPU) PermutationMarginals(p PermutationMarginals) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.marginals
	*j = marginalsJob{d, p, hostSlice(p.Weights), hostSlice(p.Perms), hostSlice(p.Coefficients)}
	d.pool.runIf(p.Batch*(p.K*p.N+p.N*p.N), j, p.Batch)
}

func (j *marginalsJob) task(worker, item int) {
	n, k := j.p.N, j.p.K
	scratch := grow(&j.d.scratch[worker].f64, n*n)
	ref.MarginalsMinusIdentityBy(j.d.row.scatterAdd, j.coefficients[item*n*n:(item+1)*n*n], scratch, j.weights[item*k:(item+1)*k], j.perms[item*k*n:(item+1)*k*n], n)
}

package kernels

import "github.com/symvi/symvi/internal/ref"

// ConditionalPairs computes the pair log-densities of a hidden layer given the
// permutations of the one below, up to a constant, for each of K permutations an item:
//
//	C[item, k, a, i] = Base[item, a, i] − ½ Σ_b ((W[item, i, τ_k(b)] − Mu[a, b])·InvSigma[a, b])²
//
// W holds Batch matrices Rows×Cols, StrideW apart: the weights from the Cols neurons
// below to the Rows neurons of the layer. Perms holds Batch×K permutations τ_k of the
// columns. It costs Rows²·Cols a permutation.
type ConditionalPairs struct {
	Batch, K, Rows, Cols int
	W                    F32
	StrideW              int
	Mu, InvSigma         F32
	Perms                I32
	Base                 F64
	C                    F64
}

// Check panics unless the buffers hold the shapes.
func (p *ConditionalPairs) Check() {
	const op = "ConditionalPairs"
	check(op, "W", p.W, matrices{p.Batch, p.StrideW, p.Rows, p.Cols, p.Cols})
	check(op, "Mu", p.Mu, dense(p.Rows, p.Cols))
	check(op, "InvSigma", p.InvSigma, dense(p.Rows, p.Cols))
	check(op, "Perms", p.Perms, dense(p.Batch*p.K, p.Cols))
	check(op, "Base", p.Base, dense(p.Batch*p.Rows, p.Rows))
	check(op, "C", p.C, dense(p.Batch*p.K*p.Rows, p.Rows))
}

type conditionalJob struct {
	row             *row
	p               ConditionalPairs
	w, mu, invSigma []float32
	perms           []int32
	base, c         []float64
}

// ConditionalPairs implements Device.
func (d *CPU) ConditionalPairs(p ConditionalPairs) {
	p.Check()
	if p.Rows == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.conditional
	*j = conditionalJob{d.row, p, hostSlice(p.W), hostSlice(p.Mu), hostSlice(p.InvSigma), hostSlice(p.Perms), hostSlice(p.Base), hostSlice(p.C)}
	d.pool.runIf(p.Batch*p.K*p.Rows*p.Rows*p.Cols, j, p.Batch*p.K)
}

func (j *conditionalJob) task(_, t int) {
	n, cols := j.p.Rows, j.p.Cols
	item := t / j.p.K
	base, c := j.base[item*n*n:(item+1)*n*n], j.c[t*n*n:(t+1)*n*n]
	if cols == 0 {
		copy(c, base)
		return
	}
	w, tau := j.w[item*j.p.StrideW:], j.perms[t*cols:(t+1)*cols]
	for a := range n {
		mu, inv := j.mu[a*cols:(a+1)*cols], j.invSigma[a*cols:(a+1)*cols]
		for i := range n {
			c[a*n+i] = base[a*n+i] - float64(0.5*j.row.permutedPair(w[i*cols:(i+1)*cols], mu, inv, tau))
		}
	}
}

// ExpectedPairs is what is expected of ConditionalPairs when a neighbouring layer is
// not matched yet, but has probabilities P = Sinkhorn(exp Neighbour): it adds
//
//	C[item, a, i] −= ½ Σ_b E((x_b − Mu[a, b])²)·InvSigma[a, b]²
//
// where x_b = W[item, i, j] with probability P[b, j]: the columns are the neighbour's. With
// Below the rows are the neighbour's, and the layer is that of the columns, the one below.
// It costs O(Rows·Cols·(Rows + Cols)) an item.
type ExpectedPairs struct {
	Batch, Rows, Cols int
	Below             bool
	W                 F32
	StrideW           int
	Mu, InvSigma      F32
	Neighbour         F64
	C                 F64
}

// Check panics unless the buffers hold the shapes.
func (p *ExpectedPairs) Check() {
	const op = "ExpectedPairs"
	check(op, "W", p.W, matrices{p.Batch, p.StrideW, p.Rows, p.Cols, p.Cols})
	check(op, "Mu", p.Mu, dense(p.Rows, p.Cols))
	check(op, "InvSigma", p.InvSigma, dense(p.Rows, p.Cols))
	n, m := p.sizes()
	check(op, "Neighbour", p.Neighbour, dense(p.Batch*m, m))
	check(op, "C", p.C, dense(p.Batch*n, n))
}

// sizes are the widths of the layer and of its neighbour.
func (p *ExpectedPairs) sizes() (n, m int) {
	if p.Below {
		return p.Cols, p.Rows
	}
	return p.Rows, p.Cols
}

type expectedJob struct {
	d               *CPU
	p               ExpectedPairs
	w, mu, invSigma []float32
	neighbour, c    []float64
}

// ExpectedPairs implements Device.
func (d *CPU) ExpectedPairs(p ExpectedPairs) {
	p.Check()
	if p.Rows == 0 || p.Cols == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.expected
	*j = expectedJob{d, p, hostSlice(p.W), hostSlice(p.Mu), hostSlice(p.InvSigma), hostSlice(p.Neighbour), hostSlice(p.C)}
	d.pool.run(j, p.Batch)
}

func (j *expectedJob) task(worker, item int) {
	n, m := j.p.sizes()
	scratch := grow(&j.d.scratch[worker].f64, m*m+max(ref.SinkhornScratch(m), 2*m))
	p, scratch := scratch[:m*m], scratch[m*m:]
	ref.Sinkhorn(j.d.row.proposal, p, j.neighbour[item*m*m:(item+1)*m*m], m, scratch)
	expected := ref.ExpectedRows
	if j.p.Below {
		expected = ref.ExpectedCols
	}
	expected(j.c[item*n*n:(item+1)*n*n], p, j.w[item*j.p.StrideW:], j.mu, j.invSigma, j.p.Rows, j.p.Cols, scratch)
}

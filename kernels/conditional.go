package kernels

// ConditionalPairs computes the pair log-densities of a hidden layer given the
// permutations of the one below, up to a constant, for each of K permutations an item:
//
//	C[item, k, a, i] = Base[item, a, i] − ½ Σ_b ((W[item, i, τ_k(b)] − Mu[a, b])·InvSigma[a, b])²
//
// where the sum is a float32 chain over b (internal/ref, ConditionalSquares).
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

// ExpectedPairs is what is expected of ConditionalPairs when a neighbouring layer is
// not matched yet, but has probabilities P = Sinkhorn(exp Neighbor): it adds
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
	Neighbor          F64
	C                 F64
}

// Check panics unless the buffers hold the shapes.
func (p *ExpectedPairs) Check() {
	const op = "ExpectedPairs"
	check(op, "W", p.W, matrices{p.Batch, p.StrideW, p.Rows, p.Cols, p.Cols})
	check(op, "Mu", p.Mu, dense(p.Rows, p.Cols))
	check(op, "InvSigma", p.InvSigma, dense(p.Rows, p.Cols))
	n, m := p.Sizes()
	check(op, "Neighbor", p.Neighbor, dense(p.Batch*m, m))
	check(op, "C", p.C, dense(p.Batch*n, n))
}

// Sizes are the widths of the layer and of its neighbour.
func (p *ExpectedPairs) Sizes() (n, m int) {
	if p.Below {
		return p.Cols, p.Rows
	}
	return p.Rows, p.Cols
}

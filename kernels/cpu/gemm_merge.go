package cpu

import "github.com/symvi/symvi/kernels"

// A product with 5 columns costs what one with a whole vector of them does. When the items
// of a batch share A, as the samples of a narrow layer's weights do, the columns of
// several items are put side by side in one product and the result is taken apart. No
// element's chain of operations changes.

const (
	// mergeCols is about how many columns are put side by side: their product stays in the cache.
	mergeCols = 256
	// mergeTerms and mergeRows are the K and M from which that pays for the copies.
	mergeTerms, mergeRows = 64, 32
)

// mergeable reports whether a product of the batch's items would waste lanes that a merged one
// uses.
func mergeable(g *kernels.Gemm, kernel *gemmKernel) bool {
	return g.Transpose == kernels.NT && g.Batch > 1 && g.StrideA == 0 && !g.Accumulate &&
		g.K >= mergeTerms && g.M >= mergeRows && 4*roundUp(g.N, kernel.lanes) >= 5*g.N
}

// mergeJob holds some items' B and bias side by side, and their C; a task copies one item's.
type mergeJob struct {
	g          kernels.Gemm
	from, bias []float32 // of the first item
	b, biases  []float32
}

func (m *mergeJob) task(_, item int) {
	g := &m.g
	for row := range g.N {
		copy(m.b[(item*g.N+row)*g.K:][:g.K], m.from[item*g.StrideB+row*g.LDB:])
	}
	if m.bias != nil {
		copy(m.biases[item*g.N:][:g.N], m.bias[item*g.StrideBias:])
	}
}

// splitJob takes a merged C apart; a task copies splitRows rows.
type splitJob struct {
	g     kernels.Gemm
	items int
	c, to []float32 // to begins at the first item
}

const splitRows = 64

func (s *splitJob) task(_, block int) {
	g, ld := &s.g, s.items*s.g.N
	for row := block * splitRows; row < min((block+1)*splitRows, g.M); row++ {
		merged := s.c[row*ld:][:ld]
		for item := range s.items {
			copy(s.to[item*g.StrideC+row*g.LDC:][:g.N], merged[item*g.N:])
		}
	}
}

// mergedGemm computes a mergeable product, mergeCols columns at a time.
func (d *Device) mergedGemm(g kernels.Gemm) {
	a, b, c, bias := hostSlice(g.A), hostSlice(g.B), hostSlice(g.C), hostSlice(g.Bias)
	most := min(max(1, mergeCols/g.N), g.Batch)
	scratch := grow(&d.merged, most*g.N*(g.K+1+g.M))
	for first := 0; first < g.Batch; first += most {
		items := min(most, g.Batch-first)
		cols := items * g.N
		m, s := &d.jobs.merge, &d.jobs.split
		*m = mergeJob{g: g, from: b[first*g.StrideB:], b: scratch[:cols*g.K],
			biases: scratch[cols*g.K:][:cols]}
		*s = splitJob{g: g, items: items, c: scratch[cols*(g.K+1):][:cols*g.M], to: c[first*g.StrideC:]}
		d.jobs.gemm = gemmJob{a: a, b: m.b, c: s.c,
			g: kernels.Gemm{Batch: 1, M: g.M, N: cols, K: g.K, LDA: g.LDA, LDB: g.K, LDC: cols,
				Activation: g.Activation}}
		if bias != nil {
			m.bias = bias[first*g.StrideBias:]
			d.jobs.gemm.bias = m.biases
		}
		d.pool.runIf(cols*g.K, m, items)
		d.gemm(false, true)
		d.pool.runIf(cols*g.M, s, ceilDiv(g.M, splitRows))
	}
}

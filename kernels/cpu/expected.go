package cpu

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// expectedJob is ExpectedPairs, three jobs one after another. The layer has n neurons, the
// neighbour m; neurons stand side by side in rows of ld, so that a vector holds several.
type expectedJob struct {
	d              *Device
	p              kernels.ExpectedPairs
	phase          expectedPhase
	n, m, ld       int
	neuron         int // elements of W from one neuron of the layer to the next
	element        int // and from one of the neighbour's to the next
	w, mu, inv     []float32
	neighbor, c    []float64
	x              []float64 // W of each item, m rows of ld
	probability    []float64 // of the neighbour's matches, m×m an item
	mean, variance []float64 // m rows of ld an item
}

type expectedPhase int

const (
	// expectedScale makes an item's probabilities, and its x.
	expectedScale expectedPhase = iota
	// expectedMoments makes two rows of mean and variance.
	expectedMoments
	// expectedSums makes two rows of C.
	expectedSums
)

// ExpectedPairs implements kernels.Device.
func (d *Device) ExpectedPairs(p kernels.ExpectedPairs) {
	p.Check()
	if p.Rows == 0 || p.Cols == 0 {
		return
	}
	defer d.lock()()
	j := &d.jobs.expected
	n, m := p.Sizes()
	ld := roundUp(n, ref.Lanes)
	*j = expectedJob{d: d, p: p, n: n, m: m, ld: ld, neuron: p.Cols, element: 1,
		w: hostSlice(p.W), mu: hostSlice(p.Mu), inv: hostSlice(p.InvSigma),
		neighbor: hostSlice(p.Neighbor), c: hostSlice(p.C)}
	if p.Below {
		j.neuron, j.element = j.element, j.neuron
	}
	room := grow(&d.expected, p.Batch*m*(3*ld+m))
	take := func(size int) []float64 { s := room[:p.Batch*size]; room = room[p.Batch*size:]; return s }
	j.x, j.mean, j.variance, j.probability = take(m*ld), take(m*ld), take(m*ld), take(m*m)
	work := p.Batch * n * m
	d.pool.runIf(p.Batch*m*m*m, j, p.Batch)
	j.phase = expectedMoments
	d.pool.runIf(work*m, j, p.Batch*ceilDiv(m, 2))
	j.phase = expectedSums
	d.pool.runIf(work*n, j, p.Batch*ceilDiv(n, 2))
}

func (j *expectedJob) task(worker, t int) {
	switch j.phase {
	case expectedScale:
		j.scale(worker, t)
	case expectedMoments:
		pairs := ceilDiv(j.m, 2)
		j.moments(t/pairs, t%pairs*2)
	case expectedSums:
		pairs := ceilDiv(j.n, 2)
		j.sums(worker, t/pairs, t%pairs*2)
	}
}

// scale makes an item's probabilities and puts its neurons side by side.
func (j *expectedJob) scale(worker, item int) {
	m := j.m
	sinkhorn(&j.d.row.proposal, j.probability[item*m*m:(item+1)*m*m],
		j.neighbor[item*m*m:(item+1)*m*m], m, grow(&j.d.scratch[worker].f64, sinkhornScratch(m)))
	w := j.w[item*j.p.StrideW:]
	for k := range m {
		x := j.x[(item*m+k)*j.ld:][:j.ld]
		clear(x[j.n:])
		for i := range j.n {
			x[i] = float64(w[i*j.neuron+k*j.element])
		}
	}
}

// moments makes mean and variance of the weights to the neighbour's component k, and to the one
// after it if there is one.
func (j *expectedJob) moments(item, k int) {
	m, ld, row := j.m, j.ld, j.d.row
	rows, at := min(2, m-k), item*m+k
	mean, variance := j.mean[at*ld:(at+rows)*ld], j.variance[at*ld:(at+rows)*ld]
	x, p := j.x[item*m*ld:(item+1)*m*ld], j.probability[at*m:(at+rows)*m]
	if rows == 2 && row.expectedMomentsOfTwo != nil {
		row.expectedMomentsOfTwo(mean, variance, x, p)
	} else {
		for r := range rows {
			row.expectedMoments(mean[r*ld:(r+1)*ld], variance[r*ld:(r+1)*ld], x, p[r*m:(r+1)*m])
		}
	}
	for i, first := range mean {
		variance[i] = max(variance[i]-float64(first*first), 0)
	}
}

// sums makes row a of an item's C, and the row after it if there is one.
func (j *expectedJob) sums(worker, item, a int) {
	n, m, ld := j.n, j.m, j.ld
	rows, row := min(2, n-a), j.d.row
	room := grow(&j.d.scratch[worker].f64, rows*(ld+2*m))
	total, mu, precision := room[:rows*ld], room[rows*ld:][:rows*m], room[rows*(ld+m):]
	for r := range rows {
		for k := range m {
			e := (a+r)*j.neuron + k*j.element
			inv := float64(j.inv[e])
			mu[r*m+k], precision[r*m+k] = float64(j.mu[e]), float64(inv*inv)
		}
	}
	at := item * m * ld
	mean, variance := j.mean[at:at+m*ld], j.variance[at:at+m*ld]
	if rows == 2 && row.expectedSquaresOfTwo != nil {
		row.expectedSquaresOfTwo(total, mean, variance, mu, precision)
	} else {
		for r := range rows {
			row.expectedSquares(total[r*ld:(r+1)*ld], mean, variance, mu[r*m:(r+1)*m],
				precision[r*m:(r+1)*m])
		}
	}
	for r := range rows {
		c := j.c[(item*n+a+r)*n:][:n]
		for i, x := range total[r*ld:][:n] {
			c[i] -= float64(0.5 * x)
		}
	}
}

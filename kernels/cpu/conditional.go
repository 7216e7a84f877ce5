package cpu

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

type conditionalJob struct {
	d               *Device
	p               kernels.ConditionalPairs
	w, mu, invSigma []float32
	perms           []int32
	base, c         []float64
	ld              int
	columns         []float32 // w with a neuron's weights in a column: Batch×Cols rows of ld
}

// ConditionalPairs implements kernels.Device.
func (d *Device) ConditionalPairs(p kernels.ConditionalPairs) {
	p.Check()
	if p.Rows == 0 {
		return
	}
	defer d.lock()()
	j := &d.jobs.conditional
	*j = conditionalJob{d: d, p: p, w: hostSlice(p.W), mu: hostSlice(p.Mu),
		invSigma: hostSlice(p.InvSigma), perms: hostSlice(p.Perms),
		base: hostSlice(p.Base), c: hostSlice(p.C), ld: roundUp(p.Rows, ref.Lanes)}
	j.transpose()
	d.pool.runIf(p.Batch*p.K*p.Rows*p.Rows*p.Cols, j, p.Batch*p.K)
}

// transpose fills in columns, with zeros behind the neurons.
func (j *conditionalJob) transpose() {
	p := &j.p
	j.columns = grow(&j.d.packed, p.Batch*p.Cols*j.ld)
	clear(j.columns)
	if p.Cols == 0 {
		return
	}
	for item := range p.Batch {
		columns := j.columns[item*p.Cols*j.ld:]
		for i := range p.Rows {
			for b, x := range j.w[item*p.StrideW+i*p.Cols:][:p.Cols] {
				columns[b*j.ld+i] = x
			}
		}
	}
}

func (j *conditionalJob) task(worker, t int) {
	n, cols := j.p.Rows, j.p.Cols
	item := t / j.p.K
	columns := j.columns[item*cols*j.ld : (item+1)*cols*j.ld]
	tau := grow(&j.d.scratch[worker].i32, cols)
	for b, from := range j.perms[t*cols : (t+1)*cols] {
		tau[b] = min(max(from, 0), int32(cols-1)) // no permutation leads outside the matrix
	}
	row, sums := j.d.row, grow(&j.d.scratch[worker].f32, 2*j.ld)
	for a := 0; a < n; {
		k, squares := 1, row.conditionalSquares
		if a+2 <= n && row.conditionalSquaresOfTwo != nil {
			k, squares = 2, row.conditionalSquaresOfTwo
		}
		squares(sums[:k*j.ld], columns, tau, j.mu[a*cols:(a+k)*cols], j.invSigma[a*cols:(a+k)*cols])
		for r := range k {
			base, c := j.base[(item*n+a+r)*n:][:n], j.c[(t*n+a+r)*n:][:n]
			for i, x := range sums[r*j.ld:][:n] {
				c[i] = base[i] - float64(0.5*float64(x))
			}
		}
		a += k
	}
}

package cpu

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

type conditionalJob struct {
	row             *row
	p               kernels.ConditionalPairs
	w, mu, invSigma []float32
	perms           []int32
	base, c         []float64
}

// ConditionalPairs implements kernels.Device.
func (d *Device) ConditionalPairs(p kernels.ConditionalPairs) {
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

type expectedJob struct {
	d               *Device
	p               kernels.ExpectedPairs
	w, mu, invSigma []float32
	neighbour, c    []float64
}

// ExpectedPairs implements kernels.Device.
func (d *Device) ExpectedPairs(p kernels.ExpectedPairs) {
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
	n, m := j.p.Sizes()
	scratch := grow(&j.d.scratch[worker].f64, m*m+max(ref.SinkhornScratch(m), 2*m))
	p, scratch := scratch[:m*m], scratch[m*m:]
	ref.Sinkhorn(j.d.row.proposal, p, j.neighbour[item*m*m:(item+1)*m*m], m, scratch)
	expected := ref.ExpectedRows
	if j.p.Below {
		expected = ref.ExpectedCols
	}
	expected(j.c[item*n*n:(item+1)*n*n], p, j.w[item*j.p.StrideW:], j.mu, j.invSigma, j.p.Rows, j.p.Cols, scratch)
}

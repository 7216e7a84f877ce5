package cpu

import "github.com/symvi/symvi/kernels"

// permutationBlock is the number of permutations of one task.
const permutationBlock = 64

// RandomPermutations implements kernels.Device.
func (d *Device) RandomPermutations(r kernels.RandomPermutations) {
	r.Check()
	ours(r.Dst)
	r.Resolve()
	if r.N == 0 {
		return
	}
	blocks := ceilDiv(r.Count, permutationBlock) // of one item
	inTasks(d, &d.jobs.permutations, r, r.Batch*r.Count*r.N, r.Batch*blocks, randomPermutations)
}

func randomPermutations(d *Device, r *kernels.RandomPermutations, _, t int) {
	blocks := ceilDiv(r.Count, permutationBlock)
	item, n, lo := t/blocks, r.N, t%blocks*permutationBlock
	hi := min(lo+permutationBlock, r.Count)
	dst := hostSlice(r.Dst)[(item*r.Count+lo)*n : (item*r.Count+hi)*n]
	d.row.permutations(dst, n, advance(r.Key, item), uint32(lo))
	if lo == 0 && r.IdentityFirst {
		for i := range n {
			dst[i] = int32(i)
		}
	}
}

// PermutationLogDensity implements kernels.Device.
func (d *Device) PermutationLogDensity(p kernels.PermutationLogDensity) {
	p.Check()
	ours(p.C, p.Logs, p.Perms)
	inTasks(d, &d.jobs.gather, p, p.Batch*p.K*p.N, p.Batch, permutationLogDensity)
}

func permutationLogDensity(d *Device, p *kernels.PermutationLogDensity, _, item int) {
	n, k := p.N, p.K
	logs := hostSlice(p.Logs)[item*k : (item+1)*k]
	if !p.Accumulate {
		clear(logs)
	}
	c, perms := hostSlice(p.C)[item*n*n:(item+1)*n*n], hostSlice(p.Perms)[item*k*n:(item+1)*k*n]
	d.row.gatherAdd(logs, c, perms, n)
}

type permutedJob struct {
	row                *row
	p                  kernels.PermutedLogDensity
	w, mu, invSigma    []float32
	rowPerms, colPerms []int32
	logs               []float64
}

// PermutedLogDensity implements kernels.Device.
func (d *Device) PermutedLogDensity(p kernels.PermutedLogDensity) {
	p.Check()
	if p.Rows == 0 || p.Cols == 0 {
		return
	}
	defer d.lock()()
	j := &d.jobs.permuted
	*j = permutedJob{d.row, p, hostSlice(p.W), hostSlice(p.Mu), hostSlice(p.InvSigma),
		hostSlice(p.RowPerms), hostSlice(p.ColPerms), hostSlice(p.Logs)}
	d.pool.runIf(p.Batch*p.K*p.Rows*p.Cols, j, p.Batch*p.K)
}

func (j *permutedJob) task(_, t int) {
	rows, cols := j.p.Rows, j.p.Cols
	w := j.w[t/j.p.K*j.p.StrideW:]
	columns := j.colPerms[t*cols : (t+1)*cols]
	total := 0.0
	for a, to := range j.rowPerms[t*rows : (t+1)*rows] {
		lo, hi := a*cols, (a+1)*cols
		total += j.row.permutedPair(w[int(to)*cols:int(to+1)*cols], j.mu[lo:hi], j.invSigma[lo:hi],
			columns)
	}
	j.logs[t] -= float64(0.5 * total)
}

// PermutedGrad implements kernels.Device.
func (d *Device) PermutedGrad(p kernels.PermutedGrad) {
	p.Check()
	ours(p.W, p.DW, p.Mu, p.InvSigma, p.RowPerms, p.ColPerms, p.Weights)
	if p.Rows == 0 || p.Cols == 0 {
		return
	}
	inTasks(d, &d.jobs.permutedGrad, p, p.Batch*p.K*p.Rows*p.Cols, p.Batch, permutedGrad)
}

func permutedGrad(d *Device, p *kernels.PermutedGrad, _, item int) {
	rows, cols := p.Rows, p.Cols
	w, dw := hostSlice(p.W)[item*p.StrideW:], hostSlice(p.DW)[item*p.StrideW:]
	mu, inv := hostSlice(p.Mu), hostSlice(p.InvSigma)
	for k := range p.K {
		t := item*p.K + k
		weight := hostSlice(p.Weights)[t]
		if k == 0 {
			weight--
		}
		coefficient := float32(p.Scale * weight)
		columns := hostSlice(p.ColPerms)[t*cols : (t+1)*cols]
		for a, to := range hostSlice(p.RowPerms)[t*rows : (t+1)*rows] {
			lo, hi := a*cols, (a+1)*cols
			from, until := int(to)*cols, int(to+1)*cols
			d.row.permutedGradAdd(dw[from:until], w[from:until], mu[lo:hi], inv[lo:hi], columns, coefficient)
		}
	}
}

// PermutationAverage implements kernels.Device.
func (d *Device) PermutationAverage(p kernels.PermutationAverage) {
	p.Check()
	defer d.lock()()
	logs, weights, information := hostSlice(p.Logs), hostSlice(p.Weights), hostSlice(p.Information)
	for item := range p.Batch {
		lo, hi := item*p.K, (item+1)*p.K
		information[item] = logs[lo] - d.row.logMeanExp(weights[lo:hi], logs[lo:hi])
	}
}

// PermutationMarginals implements kernels.Device.
func (d *Device) PermutationMarginals(p kernels.PermutationMarginals) {
	p.Check()
	ours(p.Weights, p.Perms, p.Coefficients)
	inTasks(d, &d.jobs.marginals, p, p.Batch*(p.K*p.N+p.N*p.N), p.Batch, permutationMarginals)
}

func permutationMarginals(d *Device, p *kernels.PermutationMarginals, worker, item int) {
	n, k := p.N, p.K
	sums := grow(&d.scratch[worker].f64, n*n)
	clear(sums)
	for i := range n {
		sums[i*n+i] = -1
	}
	weights, perms := hostSlice(p.Weights)[item*k:(item+1)*k],
		hostSlice(p.Perms)[item*k*n:(item+1)*k*n]
	d.row.scatterAdd(sums, weights, perms, n)
	coefficients := hostSlice(p.Coefficients)[item*n*n : (item+1)*n*n]
	for i, p := range sums {
		coefficients[i] = float32(p)
	}
}

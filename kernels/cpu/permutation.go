package cpu

import "github.com/symvi/symvi/kernels"

// permutationBlock is the number of permutations of one task.
const permutationBlock = 64

type permutationsJob struct {
	row    *row
	r      kernels.RandomPermutations
	blocks int // of one item
	dst    []int32
}

// RandomPermutations implements kernels.Device.
func (d *Device) RandomPermutations(r kernels.RandomPermutations) {
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

type gatherJob struct {
	row     *row
	p       kernels.PermutationLogDensity
	c, logs []float64
	perms   []int32
}

// PermutationLogDensity implements kernels.Device.
func (d *Device) PermutationLogDensity(p kernels.PermutationLogDensity) {
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

type permutedGradJob struct {
	row                 *row
	p                   kernels.PermutedGrad
	w, dw, mu, invSigma []float32
	rowPerms, colPerms  []int32
	weights             []float64
}

// PermutedGrad implements kernels.Device.
func (d *Device) PermutedGrad(p kernels.PermutedGrad) {
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

// PermutationAverage implements kernels.Device.
func (d *Device) PermutationAverage(p kernels.PermutationAverage) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	logs, weights, information := hostSlice(p.Logs), hostSlice(p.Weights), hostSlice(p.Information)
	for item := range p.Batch {
		lo, hi := item*p.K, (item+1)*p.K
		information[item] = logs[lo] - d.row.logMeanExp(weights[lo:hi], logs[lo:hi])
	}
}

type marginalsJob struct {
	d            *Device
	p            kernels.PermutationMarginals
	weights      []float64
	perms        []int32
	coefficients []float32
}

// PermutationMarginals implements kernels.Device.
func (d *Device) PermutationMarginals(p kernels.PermutationMarginals) {
	p.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.marginals
	*j = marginalsJob{d, p, hostSlice(p.Weights), hostSlice(p.Perms), hostSlice(p.Coefficients)}
	d.pool.runIf(p.Batch*(p.K*p.N+p.N*p.N), j, p.Batch)
}

func (j *marginalsJob) task(worker, item int) {
	n, k := j.p.N, j.p.K
	sums := grow(&j.d.scratch[worker].f64, n*n)
	clear(sums)
	for i := range n {
		sums[i*n+i] = -1
	}
	j.d.row.scatterAdd(sums, j.weights[item*k:(item+1)*k], j.perms[item*k*n:(item+1)*k*n], n)
	coefficients := j.coefficients[item*n*n : (item+1)*n*n]
	for i, p := range sums {
		coefficients[i] = float32(p)
	}
}

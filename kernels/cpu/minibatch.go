package cpu

import "github.com/symvi/symvi/kernels"

// minibatchJob is a Minibatch: its labels are gathered when it is made, its rows by tasks.
type minibatchJob struct {
	n          int // rows
	x, targets gatherRowsJob
	bytes      gatherBytesJob
}

var _ kernels.Minibatches = (*Device)(nil)

// Minibatch implements kernels.Minibatches.
func (d *Device) Minibatch(m kernels.Minibatch) {
	m.Check()
	defer d.lock()()
	j := &d.jobs.minibatch
	*j = d.newMinibatch(&m)
	d.pool.runIf(m.Rows*(m.Cols+m.TargetCols), j, rowGroups(m.Rows))
}

func (d *Device) newMinibatch(m *kernels.Minibatch) minibatchJob {
	m.Resolve()
	j := minibatchJob{n: m.Rows}
	if m.Bytes != nil {
		g := m.GatherBytes()
		j.bytes = d.newGatherBytes(&g)
	} else {
		g := m.GatherRows()
		j.x = newGatherRows(&g)
	}
	if m.Targets != nil {
		g := m.GatherTargets()
		j.targets = newGatherRows(&g)
	}
	if m.Labels != nil {
		g := m.GatherLabels()
		gatherLabels(&g)
	}
	return j
}

func (j *minibatchJob) task(_, i int) { j.rows(i*rowGroup, min((i+1)*rowGroup, j.n)) }

// ahead asks for the rows lo … hi−1, in so many pieces.
func (j *minibatchJob) ahead(lo, hi, pieces int) ahead {
	switch {
	case lo >= hi:
		return ahead{}
	case j.bytes.index != nil:
		return newAhead(j.bytes.src, j.bytes.cols, j.bytes.index[lo:hi], pieces)
	}
	return newAhead(j.x.src, j.x.cols, j.x.index[lo:hi], pieces)
}

// rows gathers the rows lo … hi−1.
func (j *minibatchJob) rows(lo, hi int) {
	if j.bytes.index != nil {
		j.bytes.rows(lo, hi)
	} else {
		j.x.rows(lo, hi)
	}
	if j.targets.index != nil {
		j.targets.rows(lo, hi)
	}
}

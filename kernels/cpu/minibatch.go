package cpu

import (
	"time"

	"github.com/symvi/symvi/kernels"
)

// minibatchJob is a Minibatch: its labels are gathered when it is made, its rows by tasks.
type minibatchJob struct {
	d          *Device
	n          int // rows
	x, targets gatherRowsJob
	bytes      gatherBytesJob
	past       bool // store past the caches
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
	j := minibatchJob{d: d, n: m.Rows}
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
	j.past = d.publish.next()
	j.x.past, j.bytes.past = j.past, j.past
	return j
}

func (j *minibatchJob) task(worker, i int) {
	j.rows(worker, i*rowGroup, min((i+1)*rowGroup, j.n))
}

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
func (j *minibatchJob) rows(worker, lo, hi int) {
	start := time.Now()
	if j.bytes.index != nil {
		j.bytes.rows(lo, hi, &j.d.scratch[worker].f32)
	} else {
		j.x.rows(lo, hi)
	}
	if !j.past {
		j.d.publish.timed(time.Since(start), (hi-lo)*max(j.x.cols, j.bytes.cols))
	}
	if j.targets.index != nil {
		j.targets.rows(lo, hi)
	}
}

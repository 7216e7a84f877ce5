package cpu

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// drawBlock is the number of permutations that one task draws from a shared matrix.
const drawBlock = 8

type proposeJob struct {
	d           *Device
	p           kernels.ProposePermutations
	c           []float64
	perms       []int32
	logProposal []float64
	floats      []float64 // the items' proposals
	ints        []int32
	preparing   bool
}

// ProposePermutations implements kernels.Device.
func (d *Device) ProposePermutations(p kernels.ProposePermutations) {
	p.Check()
	p.Resolve()
	defer d.lock()()
	j := &d.jobs.propose
	*j = proposeJob{d, p, hostSlice(p.C), hostSlice(p.Perms), hostSlice(p.LogProposal), j.floats,
		j.ints, true}
	if p.PerPermutation {
		d.pool.runIf(p.Batch*p.K*p.N*p.N, j, p.Batch*p.K)
		return
	}
	floats, ints, _ := proposalSize(p.N, p.Sweep)
	proposals := p.Batch * p.Proposals()
	j.floats, j.ints = grow(&j.floats, proposals*floats), grow(&j.ints, proposals*ints)
	d.pool.runIf(proposals*p.N*p.N, j, proposals)
	j.preparing = false
	d.pool.runIf(p.Batch*p.K*p.N*p.N, j, p.Batch*j.blocks())
}

// blocks is the number of tasks that draw an item's permutations.
func (j *proposeJob) blocks() int { return (j.p.K + drawBlock - 1) / drawBlock }

func (j *proposeJob) task(worker, t int) {
	n, s := j.p.N, &j.d.scratch[worker]
	floats, ints, scratch := proposalSize(n, j.p.Sweep)
	switch {
	case j.p.PerPermutation:
		memory := grow(&s.f64, floats+scratch)
		q := newProposal(&j.d.row.proposal, n, j.p.Sweep, memory[:floats], grow(&s.i32, ints))
		q.prepare(j.c[t*n*n:(t+1)*n*n], ref.ProposalSweepsAlone, memory[floats:])
		number := j.p.First + t%j.p.K
		j.store(t, q.draw(j.permutation(t), number == 0, advance(j.p.Key, t/j.p.K), uint32(number),
			memory[floats:]))
	case j.preparing:
		q := j.shared(t, floats, ints)
		q.prepare(j.c[t*n*n:(t+1)*n*n], ref.ProposalSweeps, grow(&s.f64, scratch))
	default:
		item, first := t/j.blocks(), t%j.blocks()*drawBlock
		memory := grow(&s.f64, scratch+2*j.p.Proposals())
		for k := first; k < min(first+drawBlock, j.p.K); k++ {
			j.draw(item, k, memory[:scratch], memory[scratch:])
		}
	}
}

// shared is a proposal that all draws of an item use.
func (j *proposeJob) shared(i, floats, ints int) proposal {
	return newProposal(&j.d.row.proposal, j.p.N, j.p.Sweep, j.floats[i*floats:(i+1)*floats],
		j.ints[i*ints:(i+1)*ints])
}

// draw makes the k-th permutation of an item from its proposals. Which one is chosen by word
// 0 of block 2³²−1−number.
func (j *proposeJob) draw(item, k int, scratch, logs []float64) {
	t, number, components := item*j.p.K+k, j.p.First+k, j.p.Proposals()
	floats, ints, _ := proposalSize(j.p.N, j.p.Sweep)
	key, tau := advance(j.p.Key, item), j.permutation(t)
	logs, weights := logs[:components], logs[components:]
	chosen := -1 // the identity is given
	if number > 0 {
		chosen = int(uint64(key.Words(^uint32(number))[0]) * uint64(components) >> 32)
		q := j.shared(item*components+chosen, floats, ints)
		logs[chosen] = q.draw(tau, false, key, uint32(number), scratch)
	}
	for m := range components {
		if m != chosen {
			q := j.shared(item*components+m, floats, ints)
			logs[m] = q.draw(tau, true, key, uint32(number), scratch)
		}
	}
	if components == 1 {
		j.store(t, logs[0])
		return
	}
	j.store(t, j.d.row.logMeanExp(weights, logs))
}

// permutation is the place of a permutation, already the identity if it is number 0.
func (j *proposeJob) permutation(t int) []int32 {
	tau := j.perms[t*j.p.N : (t+1)*j.p.N]
	if t%j.p.K+j.p.First == 0 {
		for i := range tau {
			tau[i] = int32(i)
		}
	}
	return tau
}

func (j *proposeJob) store(t int, log float64) {
	if j.p.Accumulate {
		log += j.logProposal[t]
	}
	j.logProposal[t] = log
}

// ImportanceAverage implements kernels.Device.
func (d *Device) ImportanceAverage(p kernels.ImportanceAverage) {
	p.Check()
	if p.Perms != nil {
		d.PermutationLogDensity(p.LogDensity())
	}
	defer d.lock()()
	logs, proposal, weights := hostSlice(p.Logs), hostSlice(p.LogProposal), hostSlice(p.Weights)
	lower, upper, spread := hostSlice(p.Lower), hostSlice(p.Upper), hostSlice(p.Spread)
	scratch := grow(&d.scratch[0].f64, p.K)
	for item := range p.Batch {
		lo, hi := item*p.K, (item+1)*p.K
		lower[item], upper[item], spread[item] = d.row.importanceAverage(
			weights[lo:hi], scratch, logs[lo:hi], proposal[lo:hi], p.LogOrder)
	}
}

// importanceAverage is ref.ImportanceAverage; scratch holds as many values as there are logs.
func (r *row) importanceAverage(weights, scratch, logs, proposal []float64,
	logOrder float64) (lower, upper, spread float64) {
	k := len(logs)
	for i, l := range logs {
		scratch[i] = l - proposal[i] - logOrder
	}
	lower = logs[0] - r.logMeanExp(weights[:k-1], scratch[:k-1])
	mean := r.logMeanExp(weights[1:], scratch[1:k])
	weights[0] = 0
	squares := 0.0
	for _, w := range weights {
		squares += float64(w * w)
	}
	if mean == math.Inf(-1) {
		squares = 1
	}
	if scratch[0] > mean+ref.Log64(float64((k-1)*ref.Missed)) {
		r.weights(weights, scratch[:k])
	}
	return lower, logs[0] - mean, max(float64(float64(k-1)*squares)-1, 0)
}

// logMeanExp is ref.LogMeanExp.
func (r *row) logMeanExp(weights, x []float64) float64 {
	largest, sum := r.weights(weights, x)
	if largest == math.Inf(-1) {
		return largest
	}
	return largest + ref.Log64(sum/float64(len(x)))
}

package cpu

import (
	"math"

	"github.com/symvi/symvi/kernels"
)

type sumJob struct {
	sum     func(x []float32) float64
	x       []float32
	partial []float64
}

// Sum implements kernels.Device.
func (d *Device) Sum(s kernels.Sum) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	dst := hostSlice(s.Dst)
	for item := range s.Batch {
		total := 0.0
		if s.Src64 != nil {
			for _, v := range hostSlice(s.Src64)[item*s.N : (item+1)*s.N] {
				total += v
			}
		} else {
			total = d.sum(hostSlice(s.Src)[item*s.N : (item+1)*s.N])
		}
		total = float64(s.Scale * total)
		if s.Accumulate {
			total += dst[item]
		}
		dst[item] = total
	}
}

func (d *Device) sum(x []float32) float64 {
	j := &d.jobs.sum
	*j = sumJob{d.row.sum, x, grow(&d.partial, chunks(len(x)))}
	d.pool.run(j, chunks(len(x)))
	return chain(j.partial)
}

func (j *sumJob) task(_, i int) {
	lo, hi := chunk(i, len(j.x))
	j.partial[i] = j.sum(j.x[lo:hi])
}

// chain adds the chunks' sums in order.
func chain(partial []float64) float64 {
	total := 0.0
	for _, v := range partial {
		total += v
	}
	return total
}

type accumulateJob struct {
	row   *row
	a     kernels.Accumulate
	src   []float32
	state []float64
}

// Accumulate implements kernels.Device.
func (d *Device) Accumulate(a kernels.Accumulate) {
	a.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.accumulate
	*j = accumulateJob{d.row, a, hostSlice(a.Src), hostSlice(a.State)}
	if a.First {
		clear(j.state[:(int(a.Kind)+1)*a.N])
		if a.Kind == kernels.LogSumExpOfNegated {
			for i := range a.N {
				j.state[i] = math.Inf(-1)
			}
		}
	}
	d.pool.run(j, chunks(a.N))
}

func (j *accumulateJob) task(_, i int) {
	n := j.a.N
	lo, hi := chunk(i, n)
	for s := range j.a.Samples {
		x := j.src[s*n+lo : s*n+hi]
		if j.a.Kind == kernels.SumOfSamples {
			for k, v := range x {
				j.state[lo+k] += float64(v)
			}
		} else {
			j.row.logSumExpAdd(j.state[lo:hi], j.state[n+lo:n+hi], x)
		}
	}
}

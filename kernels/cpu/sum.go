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
	defer d.lock()()
	dst := hostSlice(s.Dst)
	var src64 []float64
	if s.Src64 != nil {
		src64 = hostSlice(s.Src64)
	}
	if s.N == 1 && src64 != nil && !s.Accumulate { // many of one
		for item, v := range src64[:s.Batch] {
			dst[item] = float64(s.Scale * (0 + v)) // of −0 the sum is 0
		}
		return
	}
	for item := range s.Batch {
		total := 0.0
		if s.Src64 != nil {
			for _, v := range src64[item*s.N : (item+1)*s.N] {
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

// Accumulate implements kernels.Device.
func (d *Device) Accumulate(a kernels.Accumulate) {
	a.Check()
	ours(a.Src, a.State)
	inChunks(d, &d.jobs.accumulate, a, chunks(a.N), accumulate)
}

func accumulate(d *Device, a *kernels.Accumulate, _, i int) {
	n, src, state := a.N, hostSlice(a.Src), hostSlice(a.State)
	lo, hi := chunk(i, n)
	first := state[lo:hi] // the sum, or the largest
	if a.First {
		start := 0.0
		if a.Kind == kernels.LogSumExpOfNegated {
			start = math.Inf(-1)
			clear(state[n+lo : n+hi])
		}
		for k := range first {
			first[k] = start
		}
	}
	for s := range a.Samples {
		x := src[s*n+lo : s*n+hi]
		if a.Kind == kernels.LogSumExpOfNegated {
			d.row.logSumExpAdd(first, state[n+lo:n+hi], x)
			continue
		}
		for k, v := range x {
			first[k] += float64(v)
		}
	}
}

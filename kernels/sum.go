package kernels

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// Sum computes Dst[item] = Scale·Σ_i Src[item, i] in float64, or with Accumulate
// Dst[item] + Scale·Σ, for Batch items of N contiguous elements: chunks of 4096
// over sixteen lanes, the chunks added in order. With Src64 instead of Src the
// elements are float64 and the sum is a chain in increasing i.
type Sum struct {
	Batch, N   int
	Src        F32
	Src64      F64
	Dst        F64
	Scale      float64
	Accumulate bool
}

// Check panics unless the buffers hold the shapes.
func (s *Sum) Check() {
	const op = "Sum"
	if s.Src64 != nil {
		check(op, "Src64", s.Src64, dense(s.Batch, s.N))
	} else {
		check(op, "Src", s.Src, dense(s.Batch, s.N))
	}
	check(op, "Dst", s.Dst, vector(s.Batch))
}

type sumJob struct {
	sum     func(x []float32) float64
	x       []float32
	partial []float64
}

// Sum implements Device.
func (d *CPU) Sum(s Sum) {
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

func (d *CPU) sum(x []float32) float64 {
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

// Accumulation says what Accumulate keeps.
type Accumulation int

const (
	// SumOfSamples keeps Σ_s x_s.
	SumOfSamples Accumulation = iota
	// LogSumExpOfNegated keeps log Σ_s e^{−x_s} as a pair (maximum, scaled sum).
	LogSumExpOfNegated
)

// Accumulate adds Samples vectors of N elements, one after another, to a running
// float64 state, so that the result does not depend on how a long series of
// samples is cut into calls. First starts a new series.
//
// The state of SumOfSamples is N sums. That of LogSumExpOfNegated is N maxima m
// followed by N sums t, which stand for log Σ e^{−x} = m + log t.
type Accumulate struct {
	Kind       Accumulation
	Samples, N int
	Src        F32
	State      F64
	First      bool
}

// Check panics unless the buffers hold the shapes.
func (a *Accumulate) Check() {
	const op = "Accumulate"
	checkArg(a.Kind >= SumOfSamples && a.Kind <= LogSumExpOfNegated, op, "unknown kind %d", int(a.Kind))
	check(op, "Src", a.Src, dense(a.Samples, a.N))
	check(op, "State", a.State, dense(int(a.Kind)+1, a.N))
}

type accumulateJob struct {
	a     Accumulate
	src   []float32
	state []float64
}

// Accumulate implements Device.
func (d *CPU) Accumulate(a Accumulate) {
	a.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.accumulate
	*j = accumulateJob{a, hostSlice(a.Src), hostSlice(a.State)}
	if a.First {
		clear(j.state[:(int(a.Kind)+1)*a.N])
		if a.Kind == LogSumExpOfNegated {
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
		if j.a.Kind == SumOfSamples {
			for k, v := range x {
				j.state[lo+k] += float64(v)
			}
		} else {
			ref.LogSumExpAdd(j.state[lo:hi], j.state[n+lo:n+hi], x)
		}
	}
}

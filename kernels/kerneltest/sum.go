package kerneltest

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// checkSum checks one call; the elements are src, or src64 when that is not nil.
func checkSum(t testing.TB, d kernels.Device, op kernels.Sum, src []float32, src64, dst []float64) {
	t.Helper()
	c := newCall(t, d, "Sum batch=%d n=%d float64=%v accumulate=%v", op.Batch, op.N, src64 != nil,
		op.Accumulate)
	if src64 != nil {
		op.Src64, src64 = c.in64("Src64", src64)
	} else {
		op.Src, src = c.in32("Src", src)
	}
	op.Dst, dst = c.in64("Dst", dst)
	d.Sum(op)
	for item := range op.Batch {
		total := 0.0
		if src64 != nil {
			for _, v := range src64[item*op.N : (item+1)*op.N] {
				total += v
			}
		} else {
			x := src[item*op.N : (item+1)*op.N]
			total = ref.Chunked(op.N, func(lo, hi int) float64 { return ref.Sum(x[lo:hi]) })
		}
		total = float64(op.Scale * total)
		if op.Accumulate {
			total += dst[item]
		}
		dst[item] = total
	}
	c.check()
}

func testSum(t *testing.T, d kernels.Device) {
	in := newInputs()
	for _, n := range lengths() {
		for _, accumulate := range []bool{false, true} {
			op := kernels.Sum{Batch: 3, N: n, Scale: 0.3, Accumulate: accumulate}
			checkSum(t, d, op, in.normal(3*n, 1e3), nil, in.normal64(3, 1))
			checkSum(t, d, op, in.wild(3*n), nil, in.normal64(3, 1))
			checkSum(t, d, op, nil, in.normal64(3*n, 1e3), in.normal64(3, 1))
			checkSum(t, d, op, nil, in.wild64(3*n), in.wild64(3))
		}
	}
	checkSum(t, d, kernels.Sum{Batch: 0, N: 5, Scale: 1}, nil, nil, nil)
}

// checkAccumulate checks a series of samples that is cut into calls of the given lengths.
func checkAccumulate(t testing.TB, d kernels.Device, kind kernels.Accumulation, n int, cuts []int,
	src []float32) {
	t.Helper()
	c := newCall(t, d, "Accumulate kind=%d n=%d cuts=%v", kind, n, cuts)
	from, src := c.in32("Src", src)
	to, state := c.out64("State", (int(kind)+1)*n)
	samples := 0
	for i, count := range cuts {
		d.Accumulate(kernels.Accumulate{Kind: kind, Samples: count, N: n,
			Src: from.Slice(samples*n, (samples+count)*n), State: to, First: i == 0})
		samples += count
	}
	clear(state)
	if kind == kernels.LogSumExpOfNegated {
		copy(state, repeat(math.Inf(-1), n))
	}
	for s := range samples {
		x := src[s*n : (s+1)*n]
		if kind == kernels.LogSumExpOfNegated {
			ref.LogSumExpAdd(state[:n], state[n:], x)
			continue
		}
		for i, v := range x {
			state[i] += float64(v)
		}
	}
	c.check()
}

func testAccumulate(t *testing.T, d kernels.Device) {
	in := newInputs()
	for _, kind := range []kernels.Accumulation{kernels.SumOfSamples, kernels.LogSumExpOfNegated} {
		for _, n := range lengths() {
			for _, cuts := range [][]int{{5}, {1, 3, 0, 1}, {0}} {
				checkAccumulate(t, d, kind, n, cuts, in.normal(5*n, 3))
			}
			checkAccumulate(t, d, kind, n, []int{2, 3}, in.wild(5*n))
		}
	}
}

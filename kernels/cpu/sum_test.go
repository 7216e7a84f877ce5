package cpu_test

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
)

func TestSumOracle(t *testing.T) {
	d, m := newOracleTest(t)
	const batch, n = 3, 10_000
	x, x64 := m.Normal(batch*n, 1, 1), m.Normal64(batch*n, 1)
	a, b := d.Float64(batch), d.Float64(batch)
	d.Sum(kernels.Sum{Batch: batch, N: n, Src: m.F32(x), Dst: a, Scale: 0.5})
	d.Sum(kernels.Sum{Batch: batch, N: n, Src64: m.F64(x64), Dst: b, Scale: 0.5})
	d.Sum(kernels.Sum{Batch: batch, N: n, Src64: m.F64(x64), Dst: b, Scale: 0.5, Accumulate: true})
	want, want64 := make([]float64, batch), make([]float64, batch)
	for i := range x {
		want[i/n] += float64(x[i]) / 2
		want64[i/n] += x64[i]
	}
	near(t, "Sum", kernelcase.Read(t, a), want, 1e-12)
	nearAbs(t, "Sum of float64", kernelcase.Read(t, b), want64, 1e-10)
}

func TestAccumulateOracle(t *testing.T) {
	d, m := newOracleTest(t)
	const samples, n = 200, 40
	x := m.Normal(samples*n, 3, 20)
	for i := range n { // likelihoods of 0 count as samples, but add nothing
		x[i] = float32(math.Inf(1))
		x[n*(1+i)+i] = float32(math.Inf(1))
	}
	src, sums, logs := m.F32(x), d.Float64(n), d.Float64(2*n)
	finite := src.Slice(n*(n+1), samples*n)
	d.Accumulate(kernels.Accumulate{Kind: kernels.SumOfSamples, Samples: samples - n - 1, N: n,
		Src: finite, State: sums, First: true})
	d.Accumulate(kernels.Accumulate{Kind: kernels.LogSumExpOfNegated, Samples: 1, N: n, Src: src,
		State: logs, First: true})
	state := kernelcase.Read(t, logs)
	for i := range n {
		if !math.IsInf(state[i], -1) || state[n+i] != 0 {
			t.Fatalf("after a likelihood of 0 the state is (%v, %v), want (−∞, 0)", state[i], state[n+i])
		}
	}
	d.Accumulate(kernels.Accumulate{Kind: kernels.LogSumExpOfNegated, Samples: samples - 1, N: n,
		Src: src.Slice(n, samples*n), State: logs})
	state = kernelcase.Read(t, logs)
	got, want, wantSums := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		got[i] = state[i] + math.Log(state[n+i])
		var terms []float64
		for s := range samples {
			terms = append(terms, -float64(x[s*n+i]))
			if s > n {
				wantSums[i] += float64(x[s*n+i])
			}
		}
		want[i] = logSumExp(terms)
	}
	near(t, "LogSumExpOfNegated", got, want, 1e-14)
	near(t, "SumOfSamples", kernelcase.Read(t, sums), wantSums, 1e-13)
}

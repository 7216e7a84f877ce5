package cpu_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
)

// Averaging over all permutations one by one is the permanent.
func TestPermutationAverageAll(t *testing.T) {
	d, m := newOracleTest(t)
	for n := 1; n <= 6; n++ {
		all := allPermutations(n)
		k := len(all)
		c, perms := m.F64(m.Normal64(n*n, 2)), m.I32(slices.Concat(all...))
		logs, weights, information, exact := d.Float64(k), d.Float64(k), d.Float64(1), d.Float64(1)
		a, b := d.Float32(n*n), d.Float32(n*n)
		d.PermutationLogDensity(kernels.PermutationLogDensity{Batch: 1, K: k, N: n, C: c,
			Perms: perms, Logs: logs})
		d.PermutationAverage(kernels.PermutationAverage{Batch: 1, K: k, Logs: logs,
			Weights: weights, Information: information})
		d.PermutationMarginals(kernels.PermutationMarginals{Batch: 1, K: k, N: n, Weights: weights,
			Perms: perms, Coefficients: a})
		d.Permanent(kernels.Permanent{Batch: 1, N: n, C: c, Information: exact, Coefficients: b})
		nearAbs(t, fmt.Sprintf("Information (n = %d)", n), kernelcase.Read(t, information),
			kernelcase.Read(t, exact), 1e-13)
		nearAbs(t, "Coefficients", kernelcase.Read(t, a), widen(kernelcase.Read(t, b)),
			2*coefficientRounding)
		total := 0.0
		for _, w := range kernelcase.Read(t, weights) {
			total += w
		}
		nearAbs(t, "sum of the weights", []float64{total}, []float64{1}, 1e-13)
	}
}

// The average over K permutations with the identity bounds the information by log K.
func TestPermutationAverageBound(t *testing.T) {
	d, m := newOracleTest(t)
	for k := 1; k < 50; k++ {
		logs := m.Normal64(k, 5)
		logs[0] += 1000 // the samples are the identity's: nothing else explains them
		weights, information := d.Float64(k), d.Float64(1)
		d.PermutationAverage(kernels.PermutationAverage{Batch: 1, K: k, Logs: m.F64(logs),
			Weights: weights, Information: information})
		nearAbs(t, "Information", kernelcase.Read(t, information), []float64{math.Log(float64(k))}, 1e-12)
		if w := kernelcase.Read(t, weights)[0]; w != 1 {
			t.Errorf("K = %d: the identity's weight is %v, want 1", k, w)
		}
	}
}

func TestRandomPermutations(t *testing.T) {
	d, _ := newOracleTest(t)
	const batch, n = 3, 40
	draw := func(batch, count int, sample uint32, identity bool) []int32 {
		dst := d.Int32(batch * count * n)
		d.RandomPermutations(kernels.RandomPermutations{Key: kernels.Key{Seed: 9, Sample: sample},
			Batch: batch, Count: count, N: n, IdentityFirst: identity, Dst: dst})
		return kernelcase.Read(t, dst)
	}
	p := draw(batch, 20, 0, false)
	seen := map[string]bool{}
	for one := range slices.Chunk(p, n) {
		sorted := slices.Sorted(slices.Values(one))
		for i, v := range sorted {
			if int(v) != i {
				t.Fatalf("%v is no permutation", one)
			}
		}
		seen[fmt.Sprint(one)] = true
	}
	if len(seen) != batch*20 {
		t.Errorf("%d different permutations, want %d", len(seen), batch*20)
	}
	if !slices.Equal(draw(batch, 20, 0, false), p) {
		t.Error("a second draw differs")
	}
	// number k of an item does not depend on how many are drawn, nor on where the batch starts
	if got := draw(1, 7, 2, false); !slices.Equal(got, p[2*20*n:][:7*n]) {
		t.Error("the first permutations of item 2 depend on the call")
	}
	q := draw(batch, 20, 0, true)
	for t0, one := range slices.Collect(slices.Chunk(q, n)) {
		want := p[t0*n : (t0+1)*n]
		if t0%20 == 0 {
			want = slices.Sorted(slices.Values(want))
		}
		if !slices.Equal(one, want) {
			t.Errorf("with IdentityFirst permutation %d is %v, want %v", t0, one, want)
		}
	}
}

// TestPermutedOracle checks the log-densities of a matrix between two permuted layers and the
// derivative of their information.
func TestPermutedOracle(t *testing.T) {
	d, m := newOracleTest(t)
	const batch, k, rows, cols, pad, scale = 2, 6, 4, 5, 3, 0.6
	const size, stride = rows * cols, rows*cols + pad
	l := newLayer(m, 1, rows, cols, 0.5) // a source of μ and 1/σ
	w := m.Normal(batch*stride, 0, 0.05)
	rowPerms, colPerms := m.Permutations(batch*k, k, rows), m.Permutations(batch*k, k, cols)
	start := m.Normal64(batch*k, 1)
	logs := m.F64(start)
	d.PermutedLogDensity(kernels.PermutedLogDensity{Batch: batch, K: k, Rows: rows, Cols: cols,
		W: m.F32(w), StrideW: stride, Mu: l.bufMu, InvSigma: l.bufIv,
		RowPerms: m.I32(rowPerms), ColPerms: m.I32(colPerms), Logs: logs})
	value := func(w []float64, t int) float64 {
		sum := start[t]
		w = w[t/k*stride:]
		for a := range rows {
			for b := range cols {
				z := (w[int(rowPerms[t*rows+a])*cols+int(colPerms[t*cols+b])] -
					float64(l.mu[a*cols+b])) * float64(l.inv[a*cols+b])
				sum -= z * z / 2
			}
		}
		return sum
	}
	want := make([]float64, batch*k)
	for t := range want {
		want[t] = value(widen(w), t)
	}
	near(t, "Logs", kernelcase.Read(t, logs), want, 3e-7)

	weights, information := d.Float64(batch*k), d.Float64(batch)
	d.PermutationAverage(kernels.PermutationAverage{Batch: batch, K: k, Logs: logs,
		Weights: weights, Information: information})
	dw := d.Float32(batch * stride)
	d.PermutedGrad(kernels.PermutedGrad{Batch: batch, K: k, Rows: rows, Cols: cols, W: m.F32(w),
		DW: dw, StrideW: stride, Mu: l.bufMu, InvSigma: l.bufIv,
		RowPerms: m.I32(rowPerms), ColPerms: m.I32(colPerms), Weights: weights, Scale: scale})
	grad := gradient(func(w []float64) float64 {
		total := 0.0
		for item := range batch {
			values := make([]float64, k)
			for s := range values {
				values[s] = value(w, item*k+s)
			}
			total += scale * (values[0] - logSumExp(values) + math.Log(k))
		}
		return total
	}, widen(w))
	near(t, "DW", kernelcase.Read(t, dw), grad, 3e-6)
	for i, g := range kernelcase.Read(t, dw) {
		if i%stride >= size && g != 0 {
			t.Errorf("a gradient between the matrices: DW[%d] = %v", i, g)
		}
	}
}

package kerneltest

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

func testRandomPermutations(t *testing.T, d kernels.Device) {
	sizes := [][3]int{{0, 2, 3}, {2, 0, 3}, {2, 3, 0}, {3, 50, 200}}
	for n := range 66 {
		sizes = append(sizes, [3]int{3, 1 + n%4, n})
	}
	for _, s := range sizes {
		batch, count, n := s[0], s[1], s[2]
		for _, identity := range []bool{false, true} {
			c := newCall(t, d, "RandomPermutations batch=%d count=%d n=%d identity=%v", batch,
				count, n, identity)
			dst, want := c.outInt("Dst", batch*count*n)
			d.RandomPermutations(kernels.RandomPermutations{Key: sampleKey, Batch: batch,
				Count: count, N: n, IdentityFirst: identity, Dst: dst})
			for item := range batch {
				for k := range count {
					p := want[(item*count+k)*n:][:n]
					nextSample(sampleKey, item).Permutation(p, uint32(k))
					for i := range p {
						if identity && k == 0 {
							p[i] = int32(i)
						}
					}
				}
			}
			c.check()
		}
	}
}

func testPermutationLogDensity(t *testing.T, d kernels.Device) {
	in := newInputs()
	sizes := [][3]int{{0, 2, 3}, {2, 0, 3}, {2, 3, 0}, {3, 300, 20}}
	for n := range 66 {
		sizes = append(sizes, [3]int{2, 3, n})
	}
	for i, s := range sizes {
		batch, k, n := s[0], s[1], s[2]
		matrices := in.normal64(batch*n*n, 10)
		if i%3 == 0 {
			matrices = in.wild64(batch * n * n)
		}
		for _, accumulate := range []bool{false, true} {
			c := newCall(t, d, "PermutationLogDensity batch=%d k=%d n=%d accumulate=%v", batch, k,
				n, accumulate)
			bufC, _ := c.in64("C", matrices)
			bufPerms, perms := c.inInt("Perms", in.permutations(batch, k, n))
			bufLogs, logs := c.in64("Logs", in.normal64(batch*k, 1))
			d.PermutationLogDensity(kernels.PermutationLogDensity{Batch: batch, K: k, N: n, C: bufC,
				Perms: bufPerms, Logs: bufLogs, Accumulate: accumulate})
			for i := range logs {
				start := 0.0
				if accumulate {
					start = logs[i]
				}
				item := i / k
				logs[i] = ref.GatherAdd(start, matrices[item*n*n:(item+1)*n*n], perms[i*n:(i+1)*n])
			}
			c.check()
		}
	}
}

// permutedShape is batch, K, rows, columns and what StrideW exceeds rows·columns by.
type permutedShape struct{ batch, k, rows, cols, pad int }

func permutedShapes() []permutedShape {
	s := []permutedShape{{0, 2, 3, 4, 0}, {2, 0, 3, 4, 0}, {2, 3, 0, 4, 0}, {2, 3, 4, 0, 2},
		{2, 40, 20, 30, 0}, {1, 2, 3, 700, 0}}
	for n := range 66 {
		s = append(s, permutedShape{1 + n%3, 3, n % 7, n, n % 4}, permutedShape{1 + n%2, 2, n, n % 5, 0})
	}
	return s
}

func (s permutedShape) span() int {
	if s.batch*s.rows*s.cols == 0 {
		return 0
	}
	return s.batch*(s.rows*s.cols+s.pad) - s.pad
}

func testPermutedLogDensity(t *testing.T, d kernels.Device) {
	in := newInputs()
	for i, s := range permutedShapes() {
		for _, shared := range []bool{false, true} {
			wild := i%3 == 1
			size := s.rows * s.cols
			c := newCall(t, d, "PermutedLogDensity %+v shared=%v", s, shared)
			op := kernels.PermutedLogDensity{Batch: s.batch, K: s.k, Rows: s.rows, Cols: s.cols,
				StrideW: size + s.pad}
			if shared {
				op.StrideW = 0
			}
			var w, mu, inv []float32
			var rows, cols []int32
			var logs []float64
			op.W, w = c.in32("W", in.either(wild, s.span()))
			op.Mu, mu = c.in32("Mu", in.either(wild, size))
			op.InvSigma, inv = c.in32("InvSigma", in.positive(size, 1))
			op.RowPerms, rows = c.inInt("RowPerms", in.permutations(s.batch, s.k, s.rows))
			op.ColPerms, cols = c.inInt("ColPerms", in.permutations(s.batch, s.k, s.cols))
			op.Logs, logs = c.in64("Logs", in.normal64(s.batch*s.k, 1))
			d.PermutedLogDensity(op)
			for t := range logs {
				total := 0.0
				for a := range s.rows {
					row := int(rows[t*s.rows+a])
					at := t/s.k*op.StrideW + row*s.cols
					if s.cols == 0 {
						at = 0
					}
					lo, hi := a*s.cols, (a+1)*s.cols
					total += ref.PermutedPair(w[at:at+s.cols], mu[lo:hi], inv[lo:hi], cols[t*s.cols:(t+1)*s.cols])
				}
				logs[t] -= float64(0.5 * total)
			}
			c.check()
		}
	}
}

func testPermutedGrad(t *testing.T, d kernels.Device) {
	in := newInputs()
	for i, s := range permutedShapes() {
		wild := i%3 == 1
		size := s.rows * s.cols
		c := newCall(t, d, "PermutedGrad %+v", s)
		op := kernels.PermutedGrad{Batch: s.batch, K: s.k, Rows: s.rows, Cols: s.cols,
			StrideW: size + s.pad, Scale: 0.7}
		var w, dw, mu, inv []float32
		var rows, cols []int32
		var weights []float64
		op.W, w = c.in32("W", in.either(wild, s.span()))
		op.DW, dw = c.in32("DW", in.normal(s.span(), 1))
		op.Mu, mu = c.in32("Mu", in.either(wild, size))
		op.InvSigma, inv = c.in32("InvSigma", in.positive(size, 1))
		op.RowPerms, rows = c.inInt("RowPerms", in.permutations(s.batch, s.k, s.rows))
		op.ColPerms, cols = c.inInt("ColPerms", in.permutations(s.batch, s.k, s.cols))
		weights64 := in.normal64(s.batch*s.k, 1)
		if len(weights64) > 0 {
			weights64[0] = 1 // a coefficient of exactly 0
		}
		op.Weights, weights = c.in64("Weights", weights64)
		d.PermutedGrad(op)
		for t := range weights {
			item, k := t/s.k, t%s.k
			weight := weights[t]
			if k == 0 {
				weight--
			}
			for a := range s.rows {
				if s.cols == 0 {
					break
				}
				at := item*op.StrideW + int(rows[t*s.rows+a])*s.cols
				lo, hi := a*s.cols, (a+1)*s.cols
				ref.PermutedGradAdd(dw[at:at+s.cols], w[at:at+s.cols], mu[lo:hi], inv[lo:hi],
					cols[t*s.cols:(t+1)*s.cols], float32(op.Scale*weight))
			}
		}
		c.check()
	}
}

// checkPermutationAverage checks one call.
func checkPermutationAverage(t testing.TB, d kernels.Device, k int, logs []float64) {
	t.Helper()
	batch := len(logs) / k
	c := newCall(t, d, "PermutationAverage batch=%d k=%d", batch, k)
	bufLogs, logs := c.in64("Logs", logs)
	bufWeights, weights := c.out64("Weights", batch*k)
	bufInformation, information := c.out64("Information", batch)
	d.PermutationAverage(kernels.PermutationAverage{Batch: batch, K: k, Logs: bufLogs,
		Weights: bufWeights, Information: bufInformation})
	for item := range batch {
		lo, hi := item*k, (item+1)*k
		information[item] = logs[lo] - ref.LogMeanExp(weights[lo:hi], logs[lo:hi])
	}
	c.check()
}

func testPermutationAverage(t *testing.T, d kernels.Device) {
	in := newInputs()
	for k := 1; k <= 65; k++ {
		checkPermutationAverage(t, d, k, in.normal64(3*k, 5))
		checkPermutationAverage(t, d, k, in.normal64(3*k, 1e5))
		checkPermutationAverage(t, d, k, in.wild64(3*k))
	}
	checkPermutationAverage(t, d, 4, nil)
	checkPermutationAverage(t, d, 5000, in.normal64(5000, 5))
	checkPermutationAverage(t, d, 3, repeat(math.Inf(-1), 6))
}

func testPermutationMarginals(t *testing.T, d kernels.Device) {
	in := newInputs()
	sizes := [][3]int{{0, 2, 3}, {2, 0, 3}, {2, 3, 0}, {3, 300, 20}, {2, 5, 65}}
	for n := range 20 {
		sizes = append(sizes, [3]int{1 + n%3, 1 + n, n})
	}
	for i, s := range sizes {
		batch, k, n := s[0], s[1], s[2]
		c := newCall(t, d, "PermutationMarginals batch=%d k=%d n=%d", batch, k, n)
		given := in.normal64(batch*k, 1)
		if i%3 == 1 {
			given = in.wild64(batch * k)
		}
		bufWeights, weights := c.in64("Weights", given)
		bufPerms, perms := c.inInt("Perms", in.permutations(batch, k, n))
		bufCoefficients, coefficients := c.out32("Coefficients", batch*n*n)
		d.PermutationMarginals(kernels.PermutationMarginals{Batch: batch, K: k, N: n,
			Weights: bufWeights, Perms: bufPerms, Coefficients: bufCoefficients})
		for item := range batch {
			ref.MarginalsMinusIdentity(coefficients[item*n*n:(item+1)*n*n],
				weights[item*k:(item+1)*k], perms[item*k*n:(item+1)*k*n], n)
		}
		c.check()
	}
}

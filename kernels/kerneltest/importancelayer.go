package kerneltest

import (
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

func testImportanceLayer(t *testing.T, d kernels.Device) {
	if !kernels.HasPermutations(d) {
		t.Skip("the device has no permutations")
	}
	in := newInputs()
	sizes := [][4]int{{0, 2, 3, 0}, {1, 21, 30, 0}, {2, 130, 9, 0}, {1, 128, 32, 0}, {3, 33, 17, 0},
		{1, 5, 0, 0}, {1, 6, 33, 0}, {2, 7, 12, 5}, {2, 7, 12, 12}}
	for n := 1; n <= 32; n++ {
		sizes = append(sizes, [4]int{1 + n%3, 2 + n%9, n, 0})
	}
	for i, s := range sizes {
		batch, k, n, sweep := s[0], s[1], s[2], s[3]
		c := newCall(t, d, "ImportanceLayer batch=%d k=%d n=%d sweep=%d kind=%d", batch, k, n, sweep, i)
		op := kernels.ImportanceLayer{Key: sampleKey, Batch: batch, K: k, N: n, Sweep: sweep,
			LogOrder: ref.LogFactorial(n)}
		if i%5 == 4 {
			op.LogOrder = -1e3
		}
		var all []float64
		op.C, all = c.in64("C", proposalMatrices(in, batch*n*n, i))
		var perms []int32
		var proposal, logs, weights, lower, upper, spread []float64
		var coefficients []float32
		op.Perms, perms = c.outInt("Perms", batch*k*n)
		op.LogProposal, proposal = c.out64("LogProposal", batch*k)
		op.Logs, logs = c.out64("Logs", batch*k)
		op.Weights, weights = c.out64("Weights", batch*k)
		op.Lower, lower = c.out64("Lower", batch)
		op.Upper, upper = c.out64("Upper", batch)
		op.Spread, spread = c.out64("Spread", batch)
		if i%4 != 3 {
			op.Coefficients, coefficients = c.out32("Coefficients", batch*n*n)
		}
		kernels.RunImportanceLayer(d, op)
		for item := range batch {
			matrix, lo, hi := all[item*n*n:(item+1)*n*n], item*k, (item+1)*k
			p := ref.NewProposal(matrix, n, sweep, ref.ProposalSweeps)
			for at := lo; at < hi; at++ {
				tau := perms[at*n : (at+1)*n]
				copy(tau, identity(n))
				proposal[at] = p.Draw(tau, at == lo, ref.Key(nextSample(sampleKey, item)), uint32(at-lo))
				logs[at] = ref.GatherAdd(0, matrix, tau)
			}
			lower[item], upper[item], spread[item] = ref.ImportanceAverage(weights[lo:hi],
				slices.Clone(logs[lo:hi]), proposal[lo:hi], op.LogOrder)
			if coefficients != nil {
				ref.MarginalsMinusIdentity(coefficients[item*n*n:(item+1)*n*n], weights[lo:hi],
					perms[lo*n:hi*n], n)
			}
		}
		c.check()
	}
}

func identity(n int) []int32 {
	tau := make([]int32, n)
	for i := range tau {
		tau[i] = int32(i)
	}
	return tau
}

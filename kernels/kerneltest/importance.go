package kerneltest

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

func testProposePermutations(t *testing.T, d kernels.Device) {
	in := newInputs()
	testProposalMixture(t, d, in)
	sizes := [][3]int{{0, 2, 3}, {2, 0, 3}, {2, 3, 0}, {3, 30, 70}, {1, 20, 64}}
	for n := range 35 {
		sizes = append(sizes, [3]int{1 + n%3, 1 + n%11, n})
	}
	for i, s := range sizes {
		batch, k, n := s[0], s[1], s[2]
		for _, each := range []bool{false, true} {
			matrices := batch
			if each {
				matrices *= k
			}
			sweep := []int{0, 1, 3, 8, 100}[i%5]
			c := newCall(t, d, "ProposePermutations batch=%d k=%d n=%d sweep=%d each=%v", batch, k,
				n, sweep, each)
			op := kernels.ProposePermutations{Key: sampleKey, Batch: batch, K: k, N: n,
				Sweep: sweep, PerPermutation: each, Accumulate: i%2 == 1, First: i % 4 / 3 * 7}
			var all []float64
			op.C, all = c.in64("C", proposalMatrices(in, matrices*n*n, i))
			var perms []int32
			op.Perms, perms = c.outInt("Perms", batch*k*n)
			var logs []float64
			op.LogProposal, logs = c.in64("LogProposal", in.normal64(batch*k, 1))
			d.ProposePermutations(op)
			for at := range batch * k {
				item, number, m, sweeps := at/k, op.First+at%k, at/k, ref.ProposalSweeps
				if each {
					m, sweeps = at, ref.ProposalSweepsAlone
				}
				p := ref.NewProposal(all[m*n*n:(m+1)*n*n], n, sweep, sweeps)
				tau := perms[at*n : (at+1)*n]
				for i := range tau {
					tau[i] = int32(i)
				}
				log := p.Draw(tau, number == 0, ref.Key(nextSample(sampleKey, item)), uint32(number))
				if op.Accumulate {
					log += logs[at]
				}
				logs[at] = log
			}
			c.check()
		}
	}
}

func testProposalMixture(t *testing.T, d kernels.Device, in inputs) {
	for n := range 20 {
		const batch, components = 2, 3
		k := 1 + n
		c := newCall(t, d, "ProposePermutations of %d components, k=%d n=%d", components, k, n)
		op := kernels.ProposePermutations{Key: sampleKey, Batch: batch, K: k, N: n, Sweep: n % 3,
			Components: components}
		var all, logs []float64
		var perms []int32
		op.C, all = c.in64("C", proposalMatrices(in, batch*components*n*n, 3*n))
		op.Perms, perms = c.outInt("Perms", batch*k*n)
		op.LogProposal, logs = c.out64("LogProposal", batch*k)
		d.ProposePermutations(op)
		for at := range batch * k {
			item, number := at/k, at%k
			key, tau := nextSample(sampleKey, item), perms[at*n:(at+1)*n]
			for i := range tau {
				tau[i] = int32(i)
			}
			var parts [components]*ref.Proposal
			for m := range parts {
				matrix := all[(item*components+m)*n*n : (item*components+m+1)*n*n]
				parts[m] = ref.NewProposal(matrix, n, op.Sweep, ref.ProposalSweeps)
			}
			if number > 0 {
				chosen := uint64(key.Words(^uint32(number))[0]) * components >> 32
				parts[chosen].Draw(tau, false, ref.Key(key), uint32(number))
			}
			var each, weights [components]float64
			for m := range parts {
				each[m] = parts[m].Draw(tau, true, ref.Key(key), uint32(number))
			}
			logs[at] = ref.LogMeanExp(weights[:], each[:])
		}
		c.check()
	}
}

// proposalMatrices are everyday, extreme or partly impossible log-densities.
func proposalMatrices(in inputs, n, kind int) []float64 {
	x := in.normal64(n, []float64{1, 100, 1e12}[kind%3])
	for i := range x {
		if kind%4 == 3 && in.IntN(3) == 0 {
			x[i] = math.Inf(-1)
		}
	}
	return x
}

func testImportanceAverage(t *testing.T, d kernels.Device) {
	in := newInputs()
	for k := 2; k <= 40; k++ {
		const batch = 3
		for kind := range 3 {
			c := newCall(t, d, "ImportanceAverage k=%d kind=%d", k, kind)
			op := kernels.ImportanceAverage{Batch: batch, K: k, LogOrder: 2.5}
			var logs, proposal, weights, lower, upper, spread []float64
			values := in.normal64(batch*k, []float64{1, 1e5, 1}[kind])
			if kind == 2 {
				values = repeat(math.Inf(-1), batch*k)
				values[0] = 1 // of the others not even the identity is possible
			}
			const n = 5
			evaluate := (k+kind)%2 == 0 && kind < 2
			op.Logs, logs = c.in64("Logs", values)
			if evaluate {
				var matrices []float64
				var perms []int32
				op.N = n
				op.C, matrices = c.in64("C", in.normal64(batch*n*n, 1))
				op.Perms, perms = c.inInt("Perms", in.permutations(batch, k, n))
				for t := range logs {
					logs[t] = 0
					for i, j := range perms[t*n : (t+1)*n] {
						logs[t] += matrices[t/k*n*n+i*n+int(j)]
					}
				}
			}
			op.LogProposal, proposal = c.in64("LogProposal", in.normal64(batch*k, 1))
			op.Weights, weights = c.out64("Weights", batch*k)
			op.Lower, lower = c.out64("Lower", batch)
			op.Upper, upper = c.out64("Upper", batch)
			op.Spread, spread = c.out64("Spread", batch)
			d.ImportanceAverage(op)
			for item := range batch {
				lo, hi := item*k, (item+1)*k
				lower[item], upper[item], spread[item] = ref.ImportanceAverage(
					weights[lo:hi], logs[lo:hi], proposal[lo:hi], op.LogOrder)
			}
			c.check()
		}
	}
}

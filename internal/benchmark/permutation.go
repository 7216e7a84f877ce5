package benchmark

import (
	"fmt"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// average is the average of K permuted log-densities of n neurons with d parameters each.
type average struct{ n, d, k int }

// densityCopies is the number of weight vectors that the hoisted evaluation walks
// through again and again: few enough for the second-level cache, and many enough that
// the normaliser, computed once for all of them, does not count.
const densityCopies = 8

func (a average) benchmarks() []benchmark {
	shape := fmt.Sprintf("n=%d,d=%d", a.n, a.d)
	shapeK := fmt.Sprintf("%s,K=%d", shape, a.k)
	return []benchmark{
		{kernel: "pair", shape: shape, work: float64(a.n*a.n*a.d) * 1e-9, unit: "Gterms/s",
			setup: func(f *field) {
				op := a.pair(f)
				f.rows(func(d *cpu.Device) func() { return func() { d.PairLogDensity(op) } })
			}},
		{kernel: "pairGrad", shape: shape, work: float64(a.n*a.n*a.d) * 1e-9, unit: "Gterms/s",
			setup: func(f *field) {
				p := a.pair(f)
				op := kernels.PairGrad{Batch: 1, N: a.n, D: a.d, Coefficients: f.uniform(a.n*a.n, 0.1,
					1), W: p.W, Mu: p.Mu, InvSigma: p.InvSigma, DW: f.zeros(a.n * a.d)}
				f.rows(func(d *cpu.Device) func() { return func() { d.PairGrad(op) } })
			}},
		{kernel: "permutations", shape: fmt.Sprintf("n=%d,K=%d", a.n, a.k),
			work: float64(a.k) * 1e-6, unit: "Mpermutations/s", setup: func(f *field) {
				op := a.permutations(f)
				f.rows(func(d *cpu.Device) func() { return func() { d.RandomPermutations(op) } })
			}},
		{kernel: "importance", shape: fmt.Sprintf("n=%d,K=%d", a.n, importanceDraws),
			work: importanceDraws * 1e-6, unit: "Mpermutations/s", setup: a.importance},
		{kernel: "permutationAverage", shape: shapeK, work: float64(a.k) * 1e-6,
			unit: "Mdensities/s", setup: a.setup},
	}
}

// pair is the matrix C of one item.
func (a average) pair(f *field) kernels.PairLogDensity {
	size := a.n * a.d
	return kernels.PairLogDensity{Batch: 1, N: a.n, D: a.d, W: f.uniform(size, -1, 1),
		Mu:       f.uniform(size, -1, 1),
		InvSigma: f.uniform(size, 1, 2), C: f.memory.Float64(a.n * a.n)}
}

func (a average) permutations(f *field) kernels.RandomPermutations {
	return kernels.RandomPermutations{Batch: 1, Count: a.k, N: a.n, IdentityFirst: true,
		Dst: f.memory.Int32(a.k * a.n)}
}

// setup is the whole average, C included, for given permutations, and what it
// replaces: every density on its own (direct), or with the normaliser, which all have
// in common, taken out of the loop (hoisted).
func (a average) setup(f *field) {
	pair, permutations := a.pair(f), a.permutations(f)
	f.memory.RandomPermutations(permutations)
	densities := kernels.PermutationLogDensity{Batch: 1, K: a.k, N: a.n, C: pair.C,
		Perms: permutations.Dst, Logs: f.memory.Float64(a.k)}
	mean := kernels.PermutationAverage{Batch: 1, K: a.k, Logs: densities.Logs,
		Weights: f.memory.Float64(a.k), Information: f.memory.Float64(1)}
	f.rows(func(d *cpu.Device) func() {
		return func() {
			d.PairLogDensity(pair)
			d.PermutationLogDensity(densities)
			d.PermutationAverage(mean)
		}
	})

	f.named("direct-", func(d *cpu.Device) func() { return a.direct(f, d, pair, mean, 1) })
	f.named("hoisted-", func(d *cpu.Device) func() {
		return a.direct(f, d, pair, mean, min(densityCopies, a.k))
	})
}

// direct evaluates K Gaussian log-densities of n·d parameters, for so many weight
// vectors at a time, whose normaliser is computed once, and averages them.
func (a average) direct(f *field, d *cpu.Device, pair kernels.PairLogDensity,
	mean kernels.PermutationAverage, copies int) func() {
	size := a.n * a.d
	density := kernels.PairLogDensity{Batch: copies, N: 1, D: size,
		W: f.uniform(copies*size, -1, 1), Mu: pair.Mu,
		InvSigma: pair.InvSigma, C: f.memory.Float64(copies)}
	return func() {
		for range a.k / copies {
			d.PairLogDensity(density)
		}
		d.PermutationAverage(mean)
	}
}

// importanceDraws is the number of permutations that bound the information closely.
const importanceDraws = 100

// importance draws permutations from the sequential proposal, evaluates and averages them, C given.
func (a average) importance(f *field) {
	const k = importanceDraws
	c, perms := f.normal(a.n*a.n), f.memory.Int32(k*a.n)
	propose := kernels.ProposePermutations{Batch: 1, K: k, N: a.n, C: c, Perms: perms,
		LogProposal: f.memory.Float64(k)}
	densities := kernels.PermutationLogDensity{Batch: 1, K: k, N: a.n, C: c, Perms: perms,
		Logs: f.memory.Float64(k)}
	mean := kernels.ImportanceAverage{Batch: 1, K: k, Logs: densities.Logs,
		LogProposal: propose.LogProposal, Weights: f.memory.Float64(k),
		Lower: f.memory.Float64(1), Upper: f.memory.Float64(1), Spread: f.memory.Float64(1)}
	f.rows(func(d *cpu.Device) func() {
		return func() {
			d.ProposePermutations(propose)
			d.PermutationLogDensity(densities)
			d.ImportanceAverage(mean)
		}
	})
}

// permanentCase is the exact average over all permutations, with marginals.
func permanentCase(n int) benchmark {
	return benchmark{kernel: "exact", shape: fmt.Sprintf("n=%d", n), work: 1, unit: "permanents/s",
		setup: func(f *field) {
			op := kernels.Permanent{Batch: 1, N: n, C: f.normal(n * n),
				Information: f.memory.Float64(1), Coefficients: f.zeros(n * n)}
			f.rows(func(d *cpu.Device) func() { return func() { d.Permanent(op) } })
		}}
}

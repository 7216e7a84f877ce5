package benchmark

import (
	"fmt"

	"github.com/symvi/symvi/internal/kernelcase"
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
	sizes := a.sizes()
	terms := float64(a.n*a.n*a.d) * 1e-9
	return []benchmark{
		benchmark{kernel: "pair", shape: shape, work: terms, unit: "Gterms/s"}.kind(sizes),
		benchmark{kernel: "pairGrad", shape: shape, work: terms, unit: "Gterms/s"}.kind(sizes),
		benchmark{kernel: "permutations", shape: fmt.Sprintf("n=%d,K=%d", a.n, a.k),
			work: float64(a.k) * 1e-6, unit: "Mpermutations/s"}.kind(sizes),
		{kernel: "importance", shape: fmt.Sprintf("n=%d,K=%d", a.n, importanceDraws),
			work: importanceDraws * 1e-6, unit: "Mpermutations/s", setup: a.importance},
		{kernel: "permutationAverage", shape: shapeK, work: float64(a.k) * 1e-6,
			unit: "Mdensities/s", setup: a.setup},
	}
}

// sizes are those of one item.
func (a average) sizes() kernelcase.Sizes {
	return kernelcase.Sizes{Batch: 1, Rows: a.k, Permuted: a.n, Neurons: a.n, Inputs: a.d}
}

// operation has the arguments of a kind of case.
func operation[T any](f *field, kind string, s kernelcase.Sizes) T {
	return kernelcase.Named(kind).Case(f.memory, s).Op.(T)
}

// setup is the whole average, C included, for given permutations, and what it
// replaces: every density on its own (direct), or with the normaliser, which all have
// in common, taken out of the loop (hoisted).
func (a average) setup(f *field) {
	pair := operation[kernels.PairLogDensity](f, "pair", a.sizes())
	permutations := operation[kernels.RandomPermutations](f, "permutations", a.sizes())
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

	f.named("direct-", func(d *cpu.Device) func() { return a.direct(f, d, mean, 1) })
	f.named("hoisted-", func(d *cpu.Device) func() {
		return a.direct(f, d, mean, min(densityCopies, a.k))
	})
}

// direct evaluates K Gaussian log-densities of n·d parameters, for so many weight
// vectors at a time, whose normaliser is computed once, and averages them.
func (a average) direct(f *field, d *cpu.Device, mean kernels.PermutationAverage,
	copies int) func() {
	density := operation[kernels.PairLogDensity](f, "pair",
		kernelcase.Sizes{Batch: copies, Neurons: 1, Inputs: a.n * a.d})
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
	m, perms := kernelcase.NewMemory(f.memory), f.memory.Int32(k*a.n)
	c := m.F64(m.Normal64(a.n*a.n, 3)) // log-densities some nats apart
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
	return benchmark{kernel: "exact", shape: fmt.Sprintf("n=%d", n), work: 1,
		unit: "permanents/s"}.kind(kernelcase.Sizes{Batch: 1, Exact: n})
}

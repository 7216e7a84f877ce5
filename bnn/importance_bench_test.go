package bnn

import (
	"fmt"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// BenchmarkResweep is the curve of docs/estimators.md: what the sweeps of the proposal
// cost (ns/op for 20 draws of one ω, without the pair log-densities) and what they bring (ess,
// as a fraction of the draws) at every interval.
func BenchmarkResweep(b *testing.B) {
	for _, r := range regimes {
		for _, width := range []int{24, 32, 64} {
			for _, sweep := range []int{-1, 32, 16, 8, 4, 2, 1} {
				b.Run(fmt.Sprintf("%s/n=%d/sweep=%d", r.name, width, sweep), func(b *testing.B) {
					n := mlp(40, width, 10)
					q := neuronPosterior(n, r.f)
					const samples = 30
					w := draw(q, samples)
					tried, _ := symmetrized(b, n, q, Symmetrization{Estimator: EstimatorImportance,
						Permutations: 50, Resweep: sweep}, w)
					ess := 1 / (1 + estimate(read64(b, tried.found().spread)).Value)
					z := tried.importance()
					z.setDraws(20)
					h := z.hidden[0]
					for b.Loop() {
						z.propose(h, kernels.ProposePermutations{Key: kernels.Key{Seed: 1}, Batch: 1, C: h.c})
					}
					b.ReportMetric(ess, "ess")
				})
			}
		}
	}
}

// BenchmarkStep is one training step on data of MNIST's shape; auto is in its first epoch, with
// 20 draws, importance with the 4 that auto needs later where neurons are distinct.
func BenchmarkStep(b *testing.B) {
	for _, hidden := range []int{30, 100} {
		for _, y := range []Symmetrization{{}, {Estimator: EstimatorUniform, Permutations: 20},
			{Estimator: EstimatorAuto}, {Estimator: EstimatorImportance, Permutations: fewestDraws}} {
			b.Run(fmt.Sprintf("hidden=%d/%s", hidden, y.Estimator), func(b *testing.B) {
				m := Model{mlp(784, hidden, 10), Softmax(), Prior{Std: 1}}
				d := must.Get(cpu.New(cpu.Options{Threads: 1}))(b)
				defer d.Close()
				tr := must.Get(NewTrainer(d, m, toyData(m, 200, 1), FitOptions{Symmetrize: y}))(b)
				for b.Loop() {
					tr.batch = 0
					tr.step()
				}
			})
		}
	}
}

package bnn

import (
	"fmt"
	"testing"

	"github.com/symvi/symvi/kernels"
)

// BenchmarkDeep bounds the information of one ω of two hidden layers of 100 neurons.
func BenchmarkDeep(b *testing.B) {
	for _, r := range regimes {
		for _, draws := range []int{20, 200, 1000} {
			b.Run(fmt.Sprintf("%s/K=%d", r.name, draws), func(b *testing.B) {
				n := mlp(1, 100, 100, 1)
				q := neuronPosterior(n, r.f)
				w := draw(q, 1)
				z, buffer := symmetrized(b, n, q, Symmetrization{Estimator: EstimatorImportance,
					Permutations: draws}, w)
				for b.Loop() {
					z.evaluate(buffer, 1, drawKey{Key: kernels.Key{Seed: 1}}, false)
				}
				b.ReportMetric(float64(draws)/(1+read64(b, z.found().spread)[0]), "ess")
			})
		}
	}
}

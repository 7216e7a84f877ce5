package bnn

import (
	"fmt"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels/cpu"
)

// BenchmarkTableStep is a training step on a small table, on one thread: [13 50 1], batches of 100.
func BenchmarkTableStep(b *testing.B) {
	for _, l := range []Likelihood{Gaussian(0.3), GaussianLearned(0.05),
		GaussianHeteroscedastic(0.05)} {
		for _, y := range []Symmetrization{{}, {Estimator: EstimatorAuto}} {
			b.Run(fmt.Sprintf("%s/%s", l.Kind(), y.Estimator), func(b *testing.B) {
				m := Model{mlp(13, 50, l.Outputs(1)), l, Prior{PriorLearned, 1}}
				d := must.Get(cpu.New(cpu.Options{Threads: 1}))(b)
				defer d.Close()
				tr := must.Get(NewTrainer(d, m, toyData(m, 500, 1), FitOptions{Symmetrize: y}))(b)
				b.ReportAllocs()
				for b.Loop() {
					tr.batch = 0
					tr.step()
				}
			})
		}
	}
}

package bnn

import (
	"context"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// 20 columns, 50 neurons, 100 samples: a chunk of 8192 rows at a time, with and without
// quantiles. The products' rate counts their multiply-adds over the whole time.
func BenchmarkPredictor(b *testing.B) {
	m := Model{mlp(20, 50, 1), GaussianLearned(0.3), Prior{Std: 1}}
	q := must.Get(NewPosterior(m, 0.05, 1))(b)
	const rows, samples = 8192, 100
	x := make([]float32, rows*20)
	kernels.Key{Seed: 1}.Normals(x, 0)
	for name, quantiles := range map[string][]float64{"moments": nil, "quantiles": {0.05, 0.5, 0.95}} {
		b.Run(name, func(b *testing.B) {
			p := must.Get(q.Predictor(newCPU(b, cpu.Options{}),
				PredictOptions{Samples: samples, Quantiles: quantiles}))(b)
			defer p.Close()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Predict(context.Background(), Data{X: x}); err != nil {
					b.Fatal(err)
				}
			}
			seconds := b.Elapsed().Seconds() / float64(b.N)
			b.ReportMetric(rows/seconds, "rows/s")
			b.ReportMetric(2*rows*samples*(20*50+50)/seconds/1e9, "GFLOPS")
		})
	}
}

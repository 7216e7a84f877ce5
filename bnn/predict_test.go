package bnn

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

func TestPredictionDoesNotDependOnChunks(t *testing.T) {
	for _, m := range []Model{{mlp(5, 9, 3), Softmax(), Prior{Std: 1}}, {mlp(5, 9, 2), Gaussian(0.4), Prior{Std: 1}}} {
		d := toyData(m, 37, 1)
		q := overlapping(t, m.Network, 0.3)
		var want *Prediction
		for _, memory := range []int{64 << 20, 1, 4 * passFloats(m.Network, 37), 20 * passFloats(m.Network, 9), 100000} {
			got, err := q.with(m).Predict(context.Background(), newCPU(t, cpu.Options{}), d, PredictOptions{Samples: 29, Memory: memory})
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = got
			}
			if !slices.Equal(got.Mean, want.Mean) || !slices.Equal(got.LogDensity, want.LogDensity) {
				t.Errorf("%v: other bits with %d bytes of memory", m.Likelihood, memory)
			}
		}
	}
}

func TestPredictionAgainstOracle(t *testing.T) {
	for _, m := range []Model{{mlp(4, 6, 3), Softmax(), Prior{Std: 1}}, {mlp(4, 6, 5, 2), Gaussian(0.4), Prior{Std: 1}}} {
		d := toyData(m, 11, 1)
		q := overlapping(t, m.Network, 0.3)
		const samples = 7
		got, err := q.with(m).Predict(context.Background(), newCPU(t, cpu.Options{}), d, PredictOptions{Samples: samples, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		sigma, out := q.Sigma(), m.Network.Widths[len(m.Network.Widths)-1]
		mean, density := make([]float64, 11*out), make([]float64, 11)
		for s := range samples {
			eps := make([]float32, len(sigma))
			kernels.Key{Seed: 3, Stream: streamPredict, Sample: uint32(s)}.Normals(eps, 0)
			w := make([]float64, len(sigma))
			for i := range w {
				w[i] = float64(q.Mu[i]) + float64(sigma[i])*float64(eps[i])
			}
			for r := range 11 {
				x := float64s(d.X[r*4 : r*4+4])
				f := m.Network.oracleForward(w, x)
				if m.Likelihood.IsSoftmax() {
					sum := 0.0
					for _, v := range f {
						sum += math.Exp(v)
					}
					for o := range f {
						f[o] = math.Exp(f[o]) / sum
					}
				}
				for o, v := range f {
					mean[r*out+o] += v / samples
				}
				density[r] += math.Exp(oracleLogLikelihood(m, d, []int32{int32(r)}, w)) / samples
			}
		}
		for i := range mean {
			if !(math.Abs(got.Mean[i]-mean[i]) < 1e-5*(1+math.Abs(mean[i]))) {
				t.Errorf("%v: mean %d is %v, want %v", m.Likelihood, i, got.Mean[i], mean[i])
			}
		}
		for r := range density {
			if want := math.Log(density[r]); !(math.Abs(got.LogDensity[r]-want) < 2e-5*(1+math.Abs(want))) {
				t.Errorf("%v: log-density %d is %v, want %v", m.Likelihood, r, got.LogDensity[r], want)
			}
		}
	}
}

func TestPredictErrors(t *testing.T) {
	m := Model{mlp(2, 3, 2), Softmax(), Prior{Std: 1}}
	d := toyData(m, 4, 1)
	q := overlapping(t, m.Network, 0.3)
	dev := newCPU(t, cpu.Options{})
	nan := &Posterior{Model: q.Model, Mu: slices.Clone(q.Mu), Rho: q.Rho}
	nan.Mu[len(nan.Mu)-1] = float32(math.NaN())
	for _, c := range []struct {
		want string
		q    *Posterior
		d    Data
		o    PredictOptions
	}{
		{"posterior samples: -1", q, d, PredictOptions{Samples: -1}},
		{"-5 bytes", q, d, PredictOptions{Memory: -5}},
		{"1 means", &Posterior{Model: q.Model, Mu: []float32{1}, Rho: []float32{1}}, d, PredictOptions{}},
		{"multiple", q, Data{X: d.X[:3]}, PredictOptions{}},
		{"output 0 of input 0 is NaN", nan, Data{X: d.X}, PredictOptions{Samples: 2}},
	} {
		if _, err := c.q.with(m).Predict(context.Background(), dev, c.d, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	if _, err := q.with(m).Evaluate(context.Background(), dev, Data{X: d.X}, PredictOptions{}); err == nil {
		t.Error("no error when evaluating without labels")
	}
	if p, err := q.with(m).Predict(context.Background(), dev, Data{X: d.X}, PredictOptions{Samples: 2}); err != nil || p.LogDensity != nil {
		t.Errorf("prediction without targets: %v, %v", p, err)
	}
}

func TestScore(t *testing.T) {
	p := &Prediction{
		Mean:       []float64{0.9, 0.1, 0.4, 0.6, 0.7, 0.3, 1, 0},
		LogDensity: []float64{math.Log(0.9), math.Log(0.6), math.Log(0.3), math.Log(1)},
	}
	got := p.Score(Data{Labels: []int32{0, 1, 1, 0}})
	near := func(name string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) < 1e-12) {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	near("accuracy", got.Accuracy, 0.75)
	near("NLL", got.NLL, -(math.Log(0.9)+math.Log(0.6)+math.Log(0.3))/4)
	near("Brier", got.Brier, (2*0.01+2*0.16+2*0.49+0)/4)
	// Bins of width 1/15: 0.9 in 13, 0.6 in 9 (0.6·15 = 9), 0.7 in 10 (wrong), 1 in 14.
	near("ECE", got.ECE, (0.1+0.4+0.7+0)/4)
	r := (&Prediction{Mean: []float64{1, 2, 3}, LogDensity: []float64{-1, -2, -6}}).Score(Data{Targets: []float32{1, 4, 1}})
	near("RMSE", r.RMSE, math.Sqrt(8.0/3))
	near("NLL", r.NLL, 3)
}

package bnn

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/score"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// wanted are options that ask for everything.
func wanted(m Model) PredictOptions {
	o := PredictOptions{Samples: 29, Seed: 7, Draws: 4, Scores: true}
	if !m.Likelihood.IsSoftmax() {
		o.Quantiles = []float64{0.05, 0.5, 0.95}
		for j := range m.targets() {
			o.TargetMean = append(o.TargetMean, float64(j)-3)
			o.TargetStd = append(o.TargetStd, 0.3+float64(j))
		}
	}
	return o
}

// predictModels has every likelihood, for networks with the given inputs.
func predictModels(in int) []Model {
	prior := Prior{Std: 1}
	return []Model{
		{mlp(in, 9, 3), Softmax(), prior},
		{mlp(in, 9, 2), Gaussian(0.4), prior},
		{mlp(in, 1), Gaussian(0.4), prior},
		{mlp(in, 6, 5, 2), GaussianLearned(0.3), prior},
		{mlp(in, 9, 4), GaussianHeteroscedastic(0.5), prior},
	}
}

// wide is a posterior of m whose samples differ, and whose noises do.
func wide(t *testing.T, m Model) *Posterior {
	t.Helper()
	q := must.Get(NewPosterior(m, 0.3, 3))(t)
	for i := range q.Noise {
		q.Noise[i] += float32(i)
	}
	return q
}

func TestPredictionDoesNotDependOnChunks(t *testing.T) {
	for _, m := range predictModels(5) {
		d := toyData(m, 37, 1)
		q := wide(t, m)
		var want *Prediction
		for _, memory := range []int{64 << 20, 1, 4 * passFloats(m.Network, 37),
			20 * passFloats(m.Network, 9), 100000} {
			for _, threads := range []int{1, 3} {
				o := wanted(m)
				o.Memory = memory
				got := must.Get(
					q.Predict(context.Background(), newCPU(t, cpu.Options{Threads: threads}), d, o))(t)
				if want == nil {
					want = got
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%v: other bits with %d bytes of memory and %d threads", m.Likelihood,
						memory, threads)
				}
			}
		}
	}
}

// A Predictor that is fed chunk after chunk gives the rows that one call gives, with every
// row of microkernels.
func TestPredictorInChunks(t *testing.T) {
	for _, m := range predictModels(5) {
		d := toyData(m, 37, 1)
		q := wide(t, m)
		o := wanted(m)
		want := must.Get(q.Predict(context.Background(), newCPU(t, cpu.Options{}), d, o))(t)
		for _, isa := range cpu.ISAs() {
			o.Memory = 1 << uint(10+len(isa))
			p := must.Get(q.Predictor(newCPU(t, cpu.Options{ISA: isa}), o))(t)
			got := &Prediction{}
			for lo, size := 0, 1; lo < 37; lo, size = lo+size, 2*size+1 {
				part := must.Get(p.Predict(context.Background(), d.rows(m, lo, min(37, lo+size))))(t)
				got.append(part)
			}
			p.Close()
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%v, %s: other bits in chunks", m.Likelihood, isa)
			}
		}
	}
}

// rows are the rows lo … hi−1.
func (d Data) rows(m Model, lo, hi int) Data {
	in := m.Network.inputs()
	part := Data{X: d.X[lo*in : hi*in]}
	if d.Labels != nil {
		part.Labels = d.Labels[lo:hi]
	}
	if d.Targets != nil {
		part.Targets = d.Targets[lo*m.targets() : hi*m.targets()]
	}
	return part
}

func TestPredictionAgainstOracle(t *testing.T) {
	for _, m := range predictModels(4) {
		d := toyData(m, 11, 1)
		q := wide(t, m)
		targets, noise := m.targets(), q.NoiseStds()
		const samples = 7
		got := must.Get(q.Predict(context.Background(), newCPU(t, cpu.Options{}), d,
			PredictOptions{Samples: samples, Seed: 3}))(t)
		sigma, out := q.Sigma(), m.Network.Widths[len(m.Network.Widths)-1]
		mean, density := make([]float64, 11*out), make([]float64, 11)
		second, entropy := make([]float64, 11*out), make([]float64, 11)
		variance := make([]float64, 11*out)
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
					second[r*out+o] += v * v / samples
					entropy[r] -= v * math.Log(math.Abs(v)) / samples
					if o < targets {
						sd := m.Likelihood.noise
						if m.Likelihood.Kind() == LikelihoodGaussianLearned {
							sd = noise[o]
						} else if targets < out {
							sd = softplus64(f[targets+o])
						}
						variance[r*out+o] += sd * sd / samples
					}
				}
				density[r] += math.Exp(oracleLogLikelihood(m, d, []int32{int32(r)}, w, noise...)) / samples
			}
		}
		for i := range got.ModelSD {
			at := i/targets*out + i%targets
			sd := math.Sqrt(second[at] - mean[at]*mean[at])
			noise := math.Sqrt(variance[at])
			if !(math.Abs(got.ModelSD[i]-sd) < 2e-5) || !(math.Abs(got.NoiseSD[i]-noise) < 1e-6) {
				t.Errorf("%v: standard deviations %v and %v, want %v and %v",
					m.Likelihood, got.ModelSD[i], got.NoiseSD[i], sd, noise)
			}
		}
		for r := range got.Entropy {
			whole := 0.0
			for _, p := range mean[r*out : (r+1)*out] {
				whole -= p * math.Log(p)
			}
			if !(math.Abs(got.Entropy[r]-whole) < 1e-5) || !(math.Abs(got.Aleatoric[r]-entropy[r]) < 1e-5) ||
				!(math.Abs(got.Information[r]-(whole-entropy[r])) < 2e-5) {
				t.Errorf("entropies %v = %v + %v, want %v and %v", got.Entropy[r], got.Aleatoric[r],
					got.Information[r], whole, entropy[r])
			}
		}
		width := len(got.Mean) / 11
		for i, v := range got.Mean {
			if want := mean[i/width*out+i%width]; !(math.Abs(v-want) < 1e-5*(1+math.Abs(want))) {
				t.Errorf("%v: mean %d is %v, want %v", m.Likelihood, i, v, want)
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
		{"prediction draws: 3, want 0 to 2", q, d, PredictOptions{Samples: 2, Draws: 3}},
		{"are for real targets", q, d, PredictOptions{Quantiles: []float64{0.5}}},
		{"1 means", &Posterior{Model: q.Model, Mu: []float32{1}, Rho: []float32{1}}, d, PredictOptions{}},
		{"multiple", q, Data{X: d.X[:3]}, PredictOptions{}},
		{"output 0 of input 0 is NaN", nan, Data{X: d.X}, PredictOptions{Samples: 2}},
	} {
		if _, err := c.q.with(m).Predict(context.Background(), dev, c.d, c.o); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	if _, err := q.with(m).Evaluate(context.Background(), dev, Data{X: d.X},
		PredictOptions{}); err == nil {
		t.Error("no error when evaluating without labels")
	}
	if p, err := q.with(m).Predict(context.Background(), dev, Data{X: d.X},
		PredictOptions{Samples: 2}); err != nil || p.LogDensity != nil {
		t.Errorf("prediction without targets: %v, %v", p, err)
	}
}

// In other units everything is what the model's scale says, and the mixture what its
// samples say.
func TestPredictionInUnits(t *testing.T) {
	m := Model{mlp(5, 9, 2), Gaussian(0.4), Prior{Std: 1}}
	d := toyData(m, 23, 1)
	q := overlapping(t, m.Network, 0.3)
	o := wanted(m)
	scaled := must.Get(q.with(m).Predict(context.Background(), newCPU(t, cpu.Options{}), d, o))(t)
	mean, std := o.TargetMean, o.TargetStd
	o.TargetMean, o.TargetStd, o.Draws = nil, nil, o.Samples
	plain := must.Get(q.with(m).Predict(context.Background(), newCPU(t, cpu.Options{}), d, o))(t)
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-12*(1+math.Abs(want))) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	for i := range plain.Mean {
		j := i % 2
		near("mean", scaled.Mean[i], mean[j]+std[j]*plain.Mean[i])
		near("model's", scaled.ModelSD[i], std[j]*plain.ModelSD[i])
		near("noise's", scaled.NoiseSD[i], std[j]*0.4)
		near("error", scaled.Error[i], std[j]*(plain.Mean[i]-float64(d.Targets[i])))
		near("CRPS", scaled.CRPS[i], std[j]*plain.CRPS[i])
		near("PIT", scaled.PIT[i], plain.PIT[i])
		of := score.Mixture{Mean: plain.DrawsOfF[i*29 : (i+1)*29], SD: slices.Repeat([]float64{0.4}, 29)}
		near("PIT of the draws", of.CDF(float64(d.Targets[i])), plain.PIT[i])
		near("CRPS of the draws", of.CRPS(float64(d.Targets[i])), plain.CRPS[i])
		for k, p := range o.Quantiles {
			near("quantile", scaled.Quantiles[i*3+k], mean[j]+std[j]*plain.Quantiles[i*3+k])
			near("quantile's level", of.CDF(plain.Quantiles[i*3+k]), p)
		}
		for s := range 4 {
			near("draw of f", scaled.DrawsOfF[i*4+s], mean[j]+std[j]*plain.DrawsOfF[i*29+s])
			near("draw of y", scaled.DrawsOfY[i*4+s], mean[j]+std[j]*plain.DrawsOfY[i*29+s])
		}
	}
	for r := range plain.LogDensity {
		near("log-density", scaled.LogDensity[r], plain.LogDensity[r]-math.Log(std[0])-math.Log(std[1]))
	}
}

// Draws of the target follow the distribution that was predicted: their share below a
// quantile is its level, their share of a class its probability.
func TestDraws(t *testing.T) {
	const samples = 20000
	for _, m := range []Model{{mlp(5, 9, 1), Gaussian(0.4), Prior{Std: 1}},
		{mlp(5, 9, 3), Softmax(), Prior{Std: 1}}} {
		d := toyData(m, 3, 1)
		q := overlapping(t, m.Network, 0.3)
		o := PredictOptions{Samples: samples, Draws: samples}
		if !m.Likelihood.IsSoftmax() {
			o.Quantiles = []float64{0.2, 0.9}
		}
		p := must.Get(
			q.with(m).Predict(context.Background(), newCPU(t, cpu.Options{}), Data{X: d.X}, o))(t)
		near := func(what string, share, want float64) {
			t.Helper()
			if !(math.Abs(share-want) <= 5*math.Sqrt(want*(1-want)/samples)) {
				t.Errorf("a share of %v of the draws %s, want %v", share, what, want)
			}
		}
		for r := range 3 {
			for k, level := range o.Quantiles {
				below := 0.0
				for _, y := range p.DrawsOfY[r*samples : (r+1)*samples] {
					if y <= p.Quantiles[r*2+k] {
						below += 1. / samples
					}
				}
				near("is below a quantile", below, level)
			}
			if !m.Likelihood.IsSoftmax() {
				continue
			}
			var share [3]float64
			for _, label := range p.DrawsOfLabel[r*samples : (r+1)*samples] {
				share[label] += 1. / samples
			}
			for c, s := range share {
				near("is of a class", s, p.Mean[r*3+c])
			}
		}
	}
}

// Metrics are the scores of package score over the rows of a prediction.
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
	near("accuracy", got.Accuracy.Value, 0.75)
	near("NLL", got.NLL.Value, -(math.Log(0.9)+math.Log(0.6)+math.Log(0.3))/4)
	near("Brier", got.Brier.Value, (2*0.01+2*0.16+2*0.49+0)/4)
	near("ECE", got.ECE.Value, (0.1+0.4+0.7+0)/4)
	near("majority", got.Majority, 0.5)
	near("balanced accuracy", got.BalancedAccuracy.Value, 0.75)
	// By confidence 1, 0.9, 0.7 (wrong), 0.6: error rates 0, 0, 1/3, 1/4.
	near("AURC", got.AURC, (1./3+1./4)/4)
	near("precision", got.Classes[0].Precision, 2./3)
	r := (&Prediction{Mean: []float64{1, 2, 3, 4, 5, 6}, Error: []float64{0, 2, 2, 0, 1, -1},
		CRPS: []float64{0, 1, 1, 0, 1, 1},
		PIT:  []float64{0.5, 0.01, 0.99, 0.5, 0.5, 0.2}, LogDensity: []float64{-1, -2, -6}}).Score(
		Data{Targets: make([]float32, 6)})
	near("RMSE", r.RMSE.Value, math.Sqrt(10.0/6))
	near("MAE", r.MAE.Value, 1)
	near("CRPS", r.CRPS.Value, 4./6)
	near("NLL", r.NLL.Value, 3)
	near("coverage", r.Coverage[0].Value, 3./6)
	near("RMSE of the second target", r.Targets[1].RMSE.Value, math.Sqrt(5.0/3))
	near("coverage of the second target", r.Targets[1].Coverage[1].Value, 2./3)
}

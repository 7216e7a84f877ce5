package bnn

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// twoMembers are posteriors of one regression model with noises of their own.
func twoMembers(t *testing.T) (Mixture, Data) {
	t.Helper()
	m := Model{Network: Network{Widths: []int{2, 5, 1}, Activation: kernels.Tanh},
		Likelihood: GaussianLearned(0.3), Prior: Prior{Std: 1}}
	var all Mixture
	for seed := range uint64(2) {
		q := must.Get(NewPosterior(m, 0.1, seed+1))(t)
		q.Noise[0] += float32(seed)
		all = append(all, q)
	}
	d := Data{X: []float32{1, 2, -1, 0.5, 0.3, -2}, Targets: []float32{0.5, -1, 2}}
	return all, d
}

// A mixture of one posterior with itself predicts as that posterior does, bit for bit.
func TestMixtureOfSame(t *testing.T) {
	all, d := twoMembers(t)
	device := newCPU(t, cpu.Options{})
	o := PredictOptions{Samples: 7, Seed: 3, Scores: true, Quantiles: []float64{0.05, 0.5}}
	one := must.Get(all[0].Predict(t.Context(), device, d, o))(t)
	same := must.Get(Mixture{all[0], all[0]}.Predict(t.Context(), device, d, o))(t)
	for i := range one.Mean {
		if one.Mean[i] != same.Mean[i] || one.LogDensity[i] != same.LogDensity[i] ||
			one.Quantiles[2*i] != same.Quantiles[2*i] {
			t.Errorf("row %d: %v %v, want %v %v", i, same.Mean[i], same.LogDensity[i], one.Mean[i],
				one.LogDensity[i])
		}
	}
}

// The density of a mixture is the mean of its members' densities, each with as many samples.
func TestMixtureDensity(t *testing.T) {
	all, d := twoMembers(t)
	device := newCPU(t, cpu.Options{})
	const samples = 20000
	both := must.Get(all.Predict(t.Context(), device, d, PredictOptions{Samples: 2 * samples}))(t)
	want := make([]float64, both.N)
	for i, q := range all {
		one := must.Get(q.Predict(t.Context(), device, d,
			PredictOptions{Samples: samples, Seed: uint64(i + 9)}))(t)
		for row, l := range one.LogDensity {
			want[row] += math.Exp(l) / 2
		}
	}
	// 20,000 samples of densities that vary by half of themselves
	for row, l := range both.LogDensity {
		if got := math.Exp(l); !(math.Abs(got-want[row]) <= 0.02*want[row]) {
			t.Errorf("row %d: density %v, want %v", row, got, want[row])
		}
	}
}

// The bounds of a mixture lie log M apart when those of its members meet, and contain the evidence
// of a mixture whose members are the same: that of one.
func TestMixtureELBO(t *testing.T) {
	all, d := twoMembers(t)
	device := newCPU(t, cpu.Options{})
	o := ELBOOptions{Samples: 200, Symmetrize: Symmetrization{Estimator: EstimatorExact}}
	one := must.Get(all[0].ELBO(t.Context(), device, d, o))(t)
	e := must.Get(Mixture{all[0], all[0]}.ELBO(t.Context(), device, d, o))(t)
	if !(math.Abs(e.Upper.Value-e.Lower.Value-math.Ln2) <= 1e-9) ||
		!(e.Lower.Value <= one.Lower.Value+1e-9) || !(one.Lower.Value <= e.Upper.Value) {
		t.Errorf("bounds %v and %v, want log 2 apart and around %v", e.Lower, e.Upper, one.Lower)
	}
}

func TestMixtureMistakes(t *testing.T) {
	all, d := twoMembers(t)
	other := *all[1]
	other.Model.Prior.Std = 2
	for want, m := range map[string]Mixture{"no members": nil,
		"members 1 and 2 have standard deviations 1 and 2 of the priors": {all[0], &other}} {
		if _, err := m.Predict(t.Context(), newCPU(t, cpu.Options{}), d,
			PredictOptions{Samples: 1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d members: error %v, want %q", len(m), err, want)
		}
	}
}

// A difference of two models is named, the first model's first; equal ones have none.
func TestDifference(t *testing.T) {
	m := Model{mlp(2, 3, 1), Gaussian(1), Prior{Std: 1}}
	for _, c := range []struct {
		change func(*Model)
		want   string
	}{
		{func(m *Model) { m.Prior.Kind = PriorIsotropic }, ""}, // the default by its name
		{func(m *Model) { m.Network.Widths = []int{2, 4, 1} }, "widths [2 3 1] and [2 4 1]"},
		{func(m *Model) { m.Network.Activation = kernels.Tanh }, "activations relu and tanh"},
		{func(m *Model) { m.Likelihood = Gaussian(2) },
			"likelihoods gaussian(noise 1) and gaussian(noise 2)"},
		{func(m *Model) { m.Prior.Kind = PriorARD }, "priors isotropic and ard"},
		{func(m *Model) { m.Prior.Std = 2 }, "standard deviations 1 and 2 of the priors"},
	} {
		other := m
		c.change(&other)
		if got := m.Difference(other); got != c.want || m.Equal(other) != (c.want == "") {
			t.Errorf("difference %q, equal %v, want %q", got, m.Equal(other), c.want)
		}
	}
}

// The bounds of a mixture of symmetrised posteriors contain its ELBO,
//
//	E_q[log p(Y|X, ω) + log p(ω) − log (1/M) Σ_m q^G_m(ω)],
//
// found by integrating over many samples in float64 with every permutation enumerated: of members
// that are far apart, where the upper bound is nearly reached, and of nearly equal ones, where the
// lower one is.
func TestMixtureBoundsContainTruth(t *testing.T) {
	for _, c := range []struct {
		name  string
		apart float32
	}{{"far", 2}, {"near", 0.05}} {
		t.Run(c.name, func(t *testing.T) {
			m := Model{Network: Network{Widths: []int{1, 2, 1}, Activation: kernels.Tanh},
				Likelihood: Gaussian(0.5), Prior: Prior{Std: 1}}
			d := Data{X: []float32{-1, 0.3, 1.2}, Targets: []float32{-0.4, 0.2, 0.7}}
			a := must.Get(NewPosterior(m, 0.3, 1))(t)
			b := *a
			b.Mu = slices.Clone(a.Mu)
			for i := range b.Mu {
				b.Mu[i] += c.apart * float32(1-2*(i%2))
			}
			mixture := Mixture{a, &b}
			e := must.Get(mixture.ELBO(t.Context(), newCPU(t, cpu.Options{}), d,
				ELBOOptions{Symmetrize: Symmetrization{Estimator: EstimatorExact}, Samples: 20000, Seed: 5}))(t)
			truth := mixtureTruth(mixture, d, 50000)
			lower, upper := e.Lower.Value-3*e.Lower.SE-3*truth.SE, e.Upper.Value+3*e.Upper.SE+3*truth.SE
			if truth.Value < lower || truth.Value > upper {
				t.Errorf("ELBO %v is outside %v and %v", truth, e.Lower, e.Upper)
			}
			near, far := truth.Value-e.Lower.Value, e.Upper.Value-truth.Value
			if (c.name == "near") != (near < far) {
				t.Errorf("the ELBO is %v above the lower bound and %v below the upper one", near, far)
			}
		})
	}
}

// mixtureTruth is the ELBO of a mixture of networks 1-2-1 with tanh and Gaussian noise.
func mixtureTruth(m Mixture, d Data, samples int) Estimate {
	swapped := []int{1, 0, 3, 2, 5, 4, 6} // W_1, b_1 and W_2 have two entries each, b_2 one
	logNormal := func(x, mu, sigma float64) float64 {
		z := (x - mu) / sigma
		return -z*z/2 - math.Log(sigma) - math.Log(2*math.Pi)/2
	}
	logQ := func(q *Posterior, sigma []float32, w []float64) float64 { // of q^G
		same, other := 0.0, 0.0
		for i, j := range swapped {
			same += logNormal(w[i], float64(q.Mu[i]), float64(sigma[i]))
			other += logNormal(w[j], float64(q.Mu[i]), float64(sigma[i]))
		}
		high := math.Max(same, other)
		return high + math.Log((math.Exp(same-high)+math.Exp(other-high))/2)
	}
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, samples)
	for s := range values {
		from := m[s%len(m)]
		sigma := from.Sigma()
		w := make([]float64, len(from.Mu))
		value := 0.0
		for i := range w {
			w[i] = float64(from.Mu[i]) + float64(sigma[i])*random.NormFloat64()
			value += logNormal(w[i], 0, m[0].Model.Prior.Std)
		}
		for i, x := range d.X {
			f := w[6]
			for n := range 2 {
				f += w[4+n] * math.Tanh(w[n]*float64(x)+w[2+n])
			}
			value += logNormal(float64(d.Targets[i]), f, m[0].Model.Likelihood.Noise())
		}
		density := 0.0
		for _, q := range m {
			density += math.Exp(logQ(q, q.Sigma(), w)) / float64(len(m))
		}
		values[s] = value - math.Log(density)
	}
	return estimate(values)
}

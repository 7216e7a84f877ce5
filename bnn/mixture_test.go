package bnn

import (
	"math"
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// twoMembers are posteriors of one regression model with noises of their own.
func twoMembers(t *testing.T) (Mixture, Data) {
	t.Helper()
	m := Model{Network: Network{Widths: []int{2, 5, 1}, Activation: kernels.Tanh}, Likelihood: GaussianLearned(0.3), Prior: Prior{Std: 1}}
	var all Mixture
	for seed := range uint64(2) {
		q, err := NewPosterior(m, 0.1, seed+1)
		if err != nil {
			t.Fatal(err)
		}
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
	one, err := all[0].Predict(t.Context(), device, d, o)
	if err != nil {
		t.Fatal(err)
	}
	same, err := Mixture{all[0], all[0]}.Predict(t.Context(), device, d, o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range one.Mean {
		if one.Mean[i] != same.Mean[i] || one.LogDensity[i] != same.LogDensity[i] || one.Quantiles[2*i] != same.Quantiles[2*i] {
			t.Errorf("row %d: %v %v, want %v %v", i, same.Mean[i], same.LogDensity[i], one.Mean[i], one.LogDensity[i])
		}
	}
}

// The density of a mixture is the mean of its members' densities, each with as many samples.
func TestMixtureDensity(t *testing.T) {
	all, d := twoMembers(t)
	device := newCPU(t, cpu.Options{})
	const samples = 20000
	both, err := all.Predict(t.Context(), device, d, PredictOptions{Samples: 2 * samples})
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float64, both.N)
	for i, q := range all {
		one, err := q.Predict(t.Context(), device, d, PredictOptions{Samples: samples, Seed: uint64(i + 9)})
		if err != nil {
			t.Fatal(err)
		}
		for row, l := range one.LogDensity {
			want[row] += math.Exp(l) / 2
		}
	}
	for row, l := range both.LogDensity { // 20,000 samples of densities that vary by half of themselves
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
	one, err := all[0].ELBO(t.Context(), device, d, o)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Mixture{all[0], all[0]}.ELBO(t.Context(), device, d, o)
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(e.Upper.Value-e.Lower.Value-math.Ln2) <= 1e-9) || !(e.Lower.Value <= one.Lower.Value+1e-9) ||
		!(one.Lower.Value <= e.Upper.Value) {
		t.Errorf("bounds %v and %v, want log 2 apart and around %v", e.Lower, e.Upper, one.Lower)
	}
}

func TestMixtureMistakes(t *testing.T) {
	all, d := twoMembers(t)
	other := *all[1]
	other.Model.Prior.Std = 2
	for _, m := range []Mixture{nil, {all[0], &other}} {
		if _, err := m.Predict(t.Context(), newCPU(t, cpu.Options{}), d, PredictOptions{Samples: 1}); err == nil {
			t.Errorf("%d members: no error", len(m))
		}
	}
}

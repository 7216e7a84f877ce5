package bnn

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

func TestNeuronKL(t *testing.T) {
	m := Model{mlp(3, 4, 2, 1), Gaussian(1), Prior{Std: 0.7}}
	q := overlapping(t, m.Network, 0.3)
	got := must.Get(q.with(m).NeuronKL())(t)
	// Neuron 2 of the second layer by hand; the oracle sums any vectors.
	l := m.Network.layers()[1]
	var mu, rho []float64
	for _, at := range []int{l.bias + 1, l.weight + 4, l.weight + 5, l.weight + 6, l.weight + 7} {
		mu, rho = append(mu, float64(q.Mu[at])), append(rho, float64(q.Rho[at]))
	}
	if want := oracleKL(mu, rho, 0.7); !(math.Abs(got[1][1]-want) < 1e-4) {
		t.Errorf("KL %v, want %v", got[1][1], want)
	}
	if len(got) != 2 || len(got[0]) != 4 || len(got[1]) != 2 {
		t.Errorf("shape %v", got)
	}
}

func TestExplain(t *testing.T) {
	m := Model{mlp(12, 6, 3), Softmax(), Prior{Std: 1}}
	d := toyData(m, 20, 1)
	run := func(f func(i, p int, z float64) (float64, float64), y Symmetrization) *ELBO {
		q := neuronPosterior(m.Network, f)
		e := must.Get(q.with(m).ELBO(context.Background(), newCPU(t, cpu.Options{}), d,
			ELBOOptions{Samples: 200, Symmetrize: y}))(t)
		return e
	}
	prior := func(_, _ int, _ float64) (float64, float64) { return 0, 1 }
	for _, y := range []Symmetrization{{Estimator: EstimatorExact}, {Estimator: EstimatorImportance}} {
		for _, c := range []struct {
			f    func(i, p int, z float64) (float64, float64)
			want Symmetry
			word string
			used int
		}{
			{prior, SymmetryIrrelevant, "irrelevant", 0},
			{regimes[0].f, SymmetryActive, "active", 0},
			{regimes[5].f, SymmetryActive, "3 of the hidden neurons are silent", 3},
			{regimes[2].f, SymmetrySaturated, "saturated", 6},
		} {
			e := run(c.f, y)
			if e.Symmetry() != c.want || !strings.Contains(e.Explain(), c.word) ||
				e.Used[0] != c.used {
				t.Errorf("%s: %v used, %s; want %s with %q and %d", y.Estimator, e.Used,
					e.Explain(), c.want, c.word, c.used)
			}
		}
	}
	if e := run(regimes[2].f, Symmetrization{}); e.Symmetry() != SymmetryUnknown {
		t.Errorf("without an estimate: %s", e.Explain())
	}
}

// TestVerdictsNeverGetSurerWithNoise: with larger standard errors a verdict stays or becomes
// unknown.
func TestVerdictsNeverGetSurerWithNoise(t *testing.T) {
	seen := map[Symmetry]int{}
	for lower := -0.2; lower < 5.3; lower += 0.0499 {
		for _, gap := range []float64{0, 0.03, 0.5, 3} {
			var last Symmetry
			for _, se := range []float64{0, 1e-3, 0.01, 0.1, 1, 10} {
				e := &ELBO{Information: Estimate{lower, se},
					InformationUpper: Estimate{lower + gap, se}, LogGroupOrder: 5}
				got := e.Symmetry()
				if last != "" && got != last && got != SymmetryUnknown {
					t.Errorf("[%v, %v] ± %v: %s, with less noise %s", lower, lower+gap, se, got, last)
				}
				seen[got]++
				last = got
			}
			if last != SymmetryUnknown {
				t.Errorf("[%v, %v] ± 10 of 5: %s", lower, lower+gap, last)
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("verdicts %v", seen)
	}
	// The case: between the limits, but two standard errors reach one of them.
	for _, e := range []*ELBO{
		{Information: Estimate{0.2, 0.1}, InformationUpper: Estimate{0.2, 0.1}, LogGroupOrder: 5},
		{Information: Estimate{4.8, 0.1}, InformationUpper: Estimate{4.8, 0.1}, LogGroupOrder: 5},
		{Information: Estimate{4.97, 0.1}, InformationUpper: Estimate{4.97, 0.1}, LogGroupOrder: 5},
		{Information: Estimate{0.01, 0.1}, InformationUpper: Estimate{0.01, 0.1}, LogGroupOrder: 5},
	} {
		if got := e.Symmetry(); got != SymmetryUnknown ||
			!strings.Contains(e.Explain(), "0.1 and 0.1, which is not enough to tell") {
			t.Errorf("%+v: %s", e, e.Explain())
		}
	}
}

// TestInUnits: measuring the targets in other units moves the bounds as the density of the
// targets says.
func TestInUnits(t *testing.T) {
	m := Model{mlp(3, 5, 2), Gaussian(0.5), Prior{Std: 1}}
	d := toyData(m, 20, 1)
	q := overlapping(t, m.Network, 0.3).with(m)
	elbo := func(q *Posterior, d Data) *ELBO {
		e := must.Get(q.ELBO(context.Background(), newCPU(t, cpu.Options{}), d,
			ELBOOptions{Samples: 50, Symmetrize: Symmetrization{Estimator: EstimatorExact}}))(t)
		return e
	}
	// The same network with outputs twice as large, and noise, explains targets twice as large.
	large, wide := d, *q
	large.Targets, wide.Mu, wide.Rho = slices.Clone(d.Targets), slices.Clone(q.Mu), slices.Clone(q.Rho)
	for i := range large.Targets {
		large.Targets[i] *= 2
	}
	last, sigma := m.Network.layers()[1], q.Sigma()
	for i := last.weight; i < len(q.Mu); i++ {
		wide.Mu[i] *= 2
		wide.Rho[i] = softplusInverse(2 * float64(sigma[i]))
	}
	wide.Model.Likelihood = Gaussian(1)
	a, b := elbo(q, d).InUnits([]float64{2, 2}), elbo(&wide, large)
	if !(math.Abs(a.LogLikelihood.Value-b.LogLikelihood.Value) < 1e-4*
		math.Abs(b.LogLikelihood.Value)) {
		t.Errorf("log-likelihood %v in units, %v with targets in units", a.LogLikelihood, b.LogLikelihood)
	}
	if want := a.LogLikelihood.Value - a.KL; !(math.Abs(a.LVI.Value-want) < 1e-9) ||
		!(math.Abs(a.Lower.Value-a.LVI.Value-a.Information.Value) < 1e-9) {
		t.Errorf("L_VI %v and L^G %v, want %v and %v more", a.LVI, a.Lower, want, a.Information)
	}
	s := EpochStats{LogLikelihood: -10, KL: 3, ValidationNLL: 1, Best: 0.5}.InUnits(20,
		[]float64{math.E})
	if !(math.Abs(s.ELBO()+33) < 1e-9) || !(math.Abs(s.ValidationNLL-2) < 1e-12) ||
		!(math.Abs(s.Best-1.5) < 1e-12) {
		t.Errorf("statistics in units: %+v", s)
	}
}

// foreignFile writes the layers of a network as another program would.
func foreignFile(t testing.TB, change func(tensors map[string]safetensors.TensorView)) []byte {
	t.Helper()
	tensors := map[string]safetensors.TensorView{}
	put := func(name string, x []float32, shape ...int) {
		view := must.Get(view32(x, shape...))(t)
		tensors[name] = view
	}
	put("layers.0.weight_mu", []float32{1, 2, 3, 4, 5, 6}, 2, 3)
	put("layers.0.weight_sigma", []float32{.1, .2, .3, .4, .5, .6}, 2, 3)
	put("layers.0.bias_mu", []float32{7, 8}, 2)
	put("layers.0.bias_sigma", []float32{.7, 1e-6}, 2)
	put("layers.10.weight_mu", []float32{9, 10}, 1, 2)
	put("layers.10.weight_rho", []float32{-1, -2}, 1, 2)
	put("layers.10.bias_rho", []float32{-3}, 1)
	put("optimizer.step", []float32{4}, 1)
	mean := must.Get(safetensors.NewTensorView(safetensors.F64, []uint64{1},
		binary.LittleEndian.AppendUint64(nil, math.Float64bits(11))))(t)
	tensors["layers.10.bias_mu"] = mean
	if change != nil {
		change(tensors)
	}
	var file bytes.Buffer
	must.Do(t, safetensors.SerializeToWriter(tensors, nil, &file))
	return file.Bytes()
}

func TestLoadForeign(t *testing.T) {
	path := filepath.Join(t.TempDir(), "foreign.safetensors")
	must.Do(t, os.WriteFile(path, foreignFile(t, nil), 0o600))
	f := must.Get(LoadForeign(path, kernels.Tanh))(t)
	q := f.Posterior
	if !slices.Equal(q.Model.Network.Widths, []int{3, 2, 1}) ||
		q.Model.Network.Activation != kernels.Tanh {
		t.Errorf("network %+v", q.Model.Network)
	}
	if want := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}; !slices.Equal(q.Mu, want) {
		t.Errorf("means %v, want %v", q.Mu, want)
	}
	sigma := q.Sigma()
	for i, want := range []float64{.1, .2, .3, .4, .5, .6, .7, 1e-6, math.Log1p(math.Exp(-1)),
		math.Log1p(math.Exp(-2)), math.Log1p(math.Exp(-3))} {
		if !(math.Abs(float64(sigma[i])/want-1) < 4e-6) {
			t.Errorf("standard deviation %d: %v, want %v", i, sigma[i], want)
		}
	}
	// It can be judged like any other.
	m := Model{q.Model.Network, Gaussian(1), Prior{Std: 1}}
	e, err := q.with(m).ELBO(context.Background(), newCPU(t, cpu.Options{}), toyData(m, 5, 1),
		ELBOOptions{Samples: 50, Symmetrize: Symmetrization{Estimator: EstimatorAuto}})
	if err != nil || !(e.Lower.Value >= e.LVI.Value) {
		t.Errorf("ELBO %+v, error %v", e, err)
	}
	// And a checkpoint of this package is one.
	c := exampleCheckpoint(t)
	c.State = nil
	var own bytes.Buffer
	must.Do(t, c.Write(&own))
	if f, err := ReadForeign(own.Bytes(), kernels.Tanh); err != nil ||
		!slices.Equal(f.Posterior.Model.Network.Widths, c.Posterior.Model.Network.Widths) ||
		!slices.Equal(bits(f.Posterior), bits(c.Posterior)) {
		t.Errorf("own checkpoint: %+v, error %v", f, err)
	}
}

func TestLoadForeignErrors(t *testing.T) {
	type views = map[string]safetensors.TensorView
	vector := func(x ...float32) safetensors.TensorView { v, _ := view32(x, len(x)); return v }
	for want, change := range map[string]func(views){
		"no tensor is named like a layer's means": func(v views) {
			clear(v)
			v["fc.weight"] = vector(1)
		},
		"layers.0.bias_sigma has no means beside it": func(v views) { delete(v, "layers.0.bias_mu") },
		"layers.0.bias_mu has no scales beside it":   func(v views) { delete(v, "layers.0.bias_sigma") },
		"layers.x.weight_mu has no scales beside it": func(v views) {
			v["layers.x.weight_mu"] = vector(1)
		},
		"fc.weight: a layer without a distribution": func(v views) {
			v["fc.weight"], _ = view32([]float32{1, 2}, 1, 2)
		},
		"weight_rho and layers.0.weight_sigma": func(v views) {
			v["layers.0.weight_rho"] = v["layers.0.weight_sigma"]
		},
		"has 2 inputs, but the layer below, layers.0, has 3 outputs": func(v views) {
			v["layers.3.weight_mu"], v["layers.3.weight_rho"] = v["layers.10.weight_mu"],
				v["layers.10.weight_rho"]
			v["layers.0.weight_mu"], _ = view32(make([]float32, 9), 3, 3)
			v["layers.0.weight_sigma"] = vector(1, 1, 1, 1, 1, 1, 1, 1, 1)
			v["layers.0.bias_mu"] = vector(1, 1, 1)
			v["layers.0.bias_sigma"] = vector(1, 1, 1)
		},
		"element 0: standard deviation: 0": func(v views) { v["layers.0.bias_sigma"] = vector(0, 1) },
		"element 1 is -1 and others are positive": func(v views) {
			v["layers.0.bias_sigma"] = vector(1, -1)
		},
		"of shape [6]: want a matrix": func(v views) {
			v["layers.0.weight_mu"] = vector(1, 2, 3, 4, 5, 6)
		},
		"layers.0.bias_mu has shape [3], want [2]": func(v views) {
			v["layers.0.bias_mu"] = vector(1, 2, 3)
		},
		"layers.0.bias_mu: element 0 is NaN, want a finit": func(v views) {
			v["layers.0.bias_mu"] = vector(float32(math.NaN()), 2)
		},
	} {
		if _, err := ReadForeign(foreignFile(t, change), kernels.ReLU); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	whole := foreignFile(t, nil)
	for n := range whole {
		if _, err := ReadForeign(whole[:n], kernels.ReLU); err == nil {
			t.Fatalf("no error for the first %d of %d bytes", n, len(whole))
		}
	}
	if _, err := LoadForeign(filepath.Join(t.TempDir(), "missing"), kernels.ReLU); err == nil {
		t.Error("no error for a file that does not exist")
	}
}

func FuzzReadForeign(f *testing.F) {
	whole := foreignFile(f, nil)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Fuzz(checkForeign)
}

// checkForeign reads a file of another program; what is accepted must be a posterior.
func checkForeign(t *testing.T, data []byte) {
	f, err := ReadForeign(data, kernels.Tanh)
	if err != nil {
		return
	}
	q := f.Posterior
	if q.with(Model{q.Model.Network, Softmax(), Prior{Std: 1}}).check() != nil {
		t.Errorf("widths %v with %d means and %d scales", q.Model.Network.Widths, len(q.Mu), len(q.Rho))
	}
}

// TestUsed: a neuron is used if an outgoing weight is far enough from 0, whatever comes in.
func TestUsed(t *testing.T) {
	m := Model{mlp(3, 4, 2, 2), Softmax(), Prior{Std: 1}}
	q := must.Get(NewPosterior(m, 0.1, 1))(t)
	layers, sigma := m.Network.layers(), q.Sigma()
	for i, l := range layers[1:] {
		for k := range l.in * l.out {
			q.Mu[l.weight+k] = 0.99 * UsedRatio * sigma[l.weight+k] * float32(2*(k%2)-1)
		}
		if i == 0 { // the third neuron's to the second of the next layer, turned
			q.Mu[l.weight+l.in+2] = -1.01 * UsedRatio * sigma[l.weight+l.in+2]
		}
	}
	if used, err := q.Used(); err != nil || !slices.Equal(used, []int{1, 0}) {
		t.Errorf("used %v, %v; want 1 and 0", used, err)
	}
}

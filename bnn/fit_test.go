package bnn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// objective is what one step maximises, as a function of (μ, ρ, noise), in float64: the
// minibatch's ELBO plus I(ω), the latter differentiated through ω only.
type objective struct {
	t      *Trainer
	d      Data
	rows   []int32
	eps    [][]float64
	groups [][][][]int32 // per sample
	x0     []float64     // where the densities are held fixed
	prior  []float64
	weight float64 // of the KL divergence
}

func newObjective(tr *Trainer, d Data, p *Posterior) *objective {
	o := &objective{t: tr, d: d, x0: float64s(slices.Concat(p.Mu, p.Rho, p.Noise)), prior: p.stds()}
	done := tr.done()
	ends := append([]int{0}, batchEnds(tr.n, tr.options.Batch)...)
	o.rows = tr.order[ends[tr.batch]:ends[tr.batch+1]]
	o.weight = tr.options.klWeight(done)
	hidden := tr.model.Network.Hidden()
	for s := range tr.options.Samples {
		eps := make([]float32, tr.size)
		kernels.Key{Seed: tr.options.Seed, Stream: streamTrain, Step: uint32(done),
			Sample: uint32(s)}.Normals(eps, 0)
		o.eps = append(o.eps, float64s(eps))
		switch tr.options.Symmetrize.Estimator {
		case EstimatorExact:
			o.groups = append(o.groups, tr.model.Network.allPermutations())
		case EstimatorUniform:
			var group [][][]int32
			for k := range tr.options.Symmetrize.Permutations {
				var g [][]int32
				for l, h := range hidden {
					tau := make([]int32, h)
					for i := range tau {
						tau[i] = int32(i)
					}
					if k > 0 {
						kernels.Key{Seed: tr.options.Seed, Stream: streamTrainPermutations +
							uint32(l)<<16, Step: uint32(done), Sample: uint32(s)}.Permutation(tau, uint32(k))
					}
					g = append(g, tau)
				}
				group = append(group, g)
			}
			o.groups = append(o.groups, group)
		}
	}
	return o
}

// terms are the unweighted terms of the objective.
func (o *objective) terms(x []float64) (logLikelihood, kl, information float64) {
	m, s, p := o.t.model, float64(len(o.eps)), o.t.size
	mu, rho := x[:p], x[p:2*p]
	var noise []float64
	for _, raw := range x[2*p:] {
		noise = append(noise, softplus64(raw))
	}
	for i, eps := range o.eps {
		w := make([]float64, p)
		for j := range w {
			w[j] = mu[j] + softplus64(rho[j])*eps[j]
		}
		logLikelihood += oracleLogLikelihood(m, o.d, o.rows, w, noise...) * float64(o.t.n) /
			float64(len(o.rows)) / s
		if o.groups != nil {
			information += m.Network.oracleInformation(w, o.x0[:p], o.x0[p:2*p], o.groups[i]) / s
		}
	}
	return logLikelihood, oracleKL(mu, rho, o.prior...), information
}

func (o *objective) total(x []float64) float64 {
	l, k, i := o.terms(x)
	return l - o.weight*(k-i)
}

func TestGradientOfTheWholeObjective(t *testing.T) {
	softmax := func(w ...int) Model { return Model{mlp(w...), Softmax(), Prior{Std: 0.7}} }
	tanh := func(m Model) Model { m.Network.Activation = kernels.Tanh; return m }
	gaussian := func(w ...int) Model { return Model{mlp(w...), Gaussian(0.6), Prior{Std: 1.3}} }
	learned := func(w ...int) Model { return Model{mlp(w...), GaussianLearned(0.6), Prior{Std: 1.3}} }
	hetero := func(w ...int) Model {
		return Model{mlp(w...), GaussianHeteroscedastic(0.6), Prior{Std: 1.3}}
	}
	for _, c := range []struct {
		name string
		m    Model
		y    Symmetrization
		s    int
	}{
		{"learned noise", tanh(learned(2, 4, 2)), Symmetrization{}, 2},
		{"learned noise and prior, exact", learned(2, 4, 1).with(PriorLearned),
			Symmetrization{Estimator: EstimatorExact}, 3},
		{"heteroscedastic", tanh(hetero(2, 4, 4)), Symmetrization{}, 2},
		{"heteroscedastic ard, exact", hetero(3, 4, 2).with(PriorARD),
			Symmetrization{Estimator: EstimatorExact}, 1},
		{"softmax fan-in", softmax(3, 4, 3).with(PriorFanIn), Symmetrization{}, 2},
		{"deep ard", gaussian(3, 4, 3, 2).with(PriorARD),
			Symmetrization{Estimator: EstimatorUniform, Permutations: 4}, 2},
		{"linear", softmax(3, 4), Symmetrization{}, 2},
		{"relu none", softmax(3, 4, 3), Symmetrization{}, 1},
		{"tanh none deep", tanh(gaussian(2, 4, 3, 2)), Symmetrization{}, 3},
		{"relu uniform", softmax(3, 4, 3), Symmetrization{Estimator: EstimatorUniform,
			Permutations: 6}, 2},
		{"tanh uniform K=1", tanh(softmax(3, 4, 3)), Symmetrization{Estimator: EstimatorUniform,
			Permutations: 1}, 1},
		{"relu exact", softmax(3, 5, 3), Symmetrization{Estimator: EstimatorExact, Permutations: 0}, 2},
		{"tanh exact regression", tanh(gaussian(2, 4, 1)), Symmetrization{Estimator: EstimatorExact,
			Permutations: 0}, 1},
		{"uniform two layers", gaussian(2, 3, 4, 1), Symmetrization{Estimator: EstimatorUniform,
			Permutations: 8}, 2},
		{"uniform three layers", tanh(softmax(2, 3, 2, 3, 2)),
			Symmetrization{Estimator: EstimatorUniform, Permutations: 8}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := toyData(c.m, 11, 3)
			// Wide posteriors overlap, so that the information has a gradient.
			tr := must.Get(NewTrainer(newCPU(t, cpu.Options{}), c.m, d, FitOptions{Batch: 8, Samples: c.s,
				InitStd: 0.4, Seed: 5, Symmetrize: c.y, ScaleWarmup: -1, KLWeight: 0.8, KLWarmup: 2}))(t)
			for range 2 { // the second, shorter minibatch too
				p := must.Get(tr.Posterior())(t)
				o := newObjective(tr, d, p)
				before, _ := tr.readSums()
				moment, _ := kernels.Read(tr.moment1)
				tr.step()
				checkGradient(t, tr, o, moment)
				after, _ := tr.readSums()
				l, kl, information := o.terms(o.x0)
				for i, want := range []float64{l, information, kl} {
					if got := after[i] - before[i]; !(math.Abs(got-want) <= 1e-5*(1+math.Abs(want))) {
						t.Errorf("term %d of the objective: %v, want %v", i, got, want)
					}
				}
			}
		})
	}
}

// checkGradient checks the gradient of one step, which is what it changed in Adam's first moment.
func checkGradient(t *testing.T, tr *Trainer, o *objective, moment []float32) {
	t.Helper()
	grad := must.Get(kernels.Read(tr.moment1))(t)
	for i, before := range moment {
		grad[i] = float32((float64(grad[i]) - beta1*float64(before)) / (1 - beta1))
	}
	largest := 0.0
	for _, g := range grad {
		largest = math.Max(largest, math.Abs(float64(g)))
	}
	const h = 1e-5
	for i, g := range grad {
		x := slices.Clone(o.x0)
		at := x[i]
		x[i] = at + h
		up := o.total(x)
		x[i] = at - h
		down := o.total(x)
		want := -(up - down) / (2 * h)
		if !(math.Abs(float64(g)-want) <= 2e-4*largest) {
			t.Errorf("gradient of parameter %d of %d: %v, want %v (largest %v)", i, len(grad), g,
				want, largest)
		}
	}
}

// fitBits trains and returns everything that training changes, as bits.
func fitBits(t *testing.T, c cpu.Options, m Model, d Data, o FitOptions) []uint32 {
	t.Helper()
	q := must.Get(Fit(context.Background(), newCPU(t, c), m, d, o))(t)
	return bits(q)
}

func bits(q *Posterior) []uint32 {
	var b []uint32
	for _, v := range slices.Concat(q.Mu, q.Rho) {
		b = append(b, math.Float32bits(v))
	}
	return b
}

func TestTrainingDoesNotDependOnThreadsOrISA(t *testing.T) {
	m := Model{mlp(70, 24, 17, 5), Softmax(), Prior{Std: 1}}
	d := toyData(m, 300, 1)
	for _, y := range []Symmetrization{{Estimator: EstimatorUniform, Permutations: 7},
		{Estimator: EstimatorImportance, Permutations: 5}} {
		o := FitOptions{Epochs: 20, Batch: 32, Samples: 2, Seed: 9, Symmetrize: y} // 200 steps
		want := fitFile(t, cpu.Options{Threads: 1, ISA: "portable"}, m, d, o)
		for _, isa := range cpu.ISAs() {
			for _, threads := range []int{1, 2, 3} {
				t.Run(fmt.Sprintf("%s/%s/%d", y.Estimator, isa, threads), func(t *testing.T) {
					if got := fitFile(t, cpu.Options{Threads: threads, ISA: isa}, m, d,
						o); !bytes.Equal(got, want) {
						t.Error("the model file has other bytes than with the portable kernels and one thread")
					}
				})
			}
		}
	}
}

// fitFile trains and returns the checkpoint, optimiser and all, as a file.
func fitFile(t *testing.T, c cpu.Options, m Model, d Data, o FitOptions) []byte {
	t.Helper()
	tr := must.Get(NewTrainer(newCPU(t, c), m, d, o))(t)
	must.Do(t, tr.Run(context.Background()))
	q, err1 := tr.Posterior()
	s, err2 := tr.State()
	var file bytes.Buffer
	must.Do(t, errors.Join(err1, err2, (&Checkpoint{Posterior: q, State: s}).Write(&file)))
	return file.Bytes()
}

func TestPairedStartsAndNoise(t *testing.T) {
	// K = 1 is plain mean-field VI: log-mean-exp of the identity alone adds nothing.
	m := Model{mlp(4, 6, 3), Softmax(), Prior{Std: 1}}
	d := toyData(m, 50, 1)
	none := fitBits(t, cpu.Options{}, m, d, FitOptions{Epochs: 3, Batch: 16, Seed: 2})
	control := fitBits(t, cpu.Options{}, m, d, FitOptions{Epochs: 3, Batch: 16, Seed: 2,
		Symmetrize: Symmetrization{Estimator: EstimatorUniform, Permutations: 1}})
	if !slices.Equal(none, control) {
		t.Error("uniform with K = 1 must train exactly as none")
	}
	if slices.Equal(none, fitBits(t, cpu.Options{}, m, d, FitOptions{Epochs: 3, Batch: 16, Seed: 3})) {
		t.Error("another seed gave the same model")
	}
	symmetrized := fitBits(t, cpu.Options{}, m, d, FitOptions{Epochs: 3, Batch: 16, Seed: 2,
		InitStd: 0.3, Symmetrize: Symmetrization{Estimator: EstimatorExact}})
	if slices.Equal(symmetrized,
		fitBits(t, cpu.Options{}, m, d, FitOptions{Epochs: 3, Batch: 16, Seed: 2, InitStd: 0.3})) {
		t.Error("symmetrisation changed nothing although the neurons overlap")
	}
}

func TestInterruptedTrainingGoesOnBitForBit(t *testing.T) {
	for _, y := range []Symmetrization{{}, {Estimator: EstimatorUniform, Permutations: 5},
		{Estimator: EstimatorImportance, Permutations: 4}, {Estimator: EstimatorAuto, TargetGap: 0.02}} {
		width := 6
		if y.Estimator == EstimatorAuto {
			width = 18 // not exact
		}
		m := Model{mlp(4, width, 3), Softmax(), Prior{Std: 1}}
		o := FitOptions{Epochs: 4, Batch: 16, Seed: 2, InitStd: 0.2, Symmetrize: y}
		t.Run(string(y.Estimator), func(t *testing.T) { testInterruptions(t, m, o) })
	}
}

func testInterruptions(t *testing.T, m Model, o FitOptions) {
	d := toyData(m, 50, 1)
	var wantStats []EpochStats
	o.OnEpoch = func(s EpochStats) error { wantStats = append(wantStats, s); return nil }
	want := fitBits(t, cpu.Options{}, m, d, o)
	if o.Symmetrize.Estimator == EstimatorAuto &&
		wantStats[0].Permutations == wantStats[1].Permutations {
		t.Errorf("%d permutations in both epochs: nothing was adapted", wantStats[0].Permutations)
	}
	for stop := 1; stop < 16; stop++ {
		var stats []EpochStats
		o := o
		o.OnEpoch = func(s EpochStats) error { stats = append(stats, s); return nil }
		ctx, cancel := context.WithCancel(context.Background())
		o.OnStep = func(done, _ int) {
			if done == stop {
				cancel()
			}
		}
		first := must.Get(NewTrainer(newCPU(t, cpu.Options{}), m, d, o))(t)
		if err := first.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped after %d steps with %v, want a cancellation", stop, err)
		}
		p, s := stored(t, m, first)
		second := must.Get(NewTrainer(newCPU(t, cpu.Options{}), m, d, o))(t)
		must.Do(t, errors.Join(second.Resume(p, s), second.Run(context.Background())))
		q := must.Get(second.Posterior())(t)
		if !slices.Equal(bits(q), want) {
			t.Errorf("resumed after %d steps: other bits than without the interruption", stop)
		}
		if !slices.Equal(stats, wantStats) {
			t.Errorf("resumed after %d steps: epochs %v, want %v", stop, stats, wantStats)
		}
	}
}

// stored writes a training's checkpoint and reads it back.
func stored(t *testing.T, m Model, tr *Trainer) (*Posterior, *State) {
	t.Helper()
	p, err1 := tr.Posterior()
	s, err2 := tr.State()
	var file bytes.Buffer
	err3 := (&Checkpoint{Posterior: p, State: s}).Write(&file)
	c, err4 := ReadCheckpoint(file.Bytes())
	must.Do(t, errors.Join(err1, err2, err3, err4))
	return c.Posterior, c.State
}

func TestFitFindsTheMeanFieldOptimumOfALinearModel(t *testing.T) {
	// Two parameters, y = w·x + b + noise: the best mean-field posterior has the exact
	// posterior's mean and the inverse of its precision's diagonal as variances.
	m := Model{mlp(1, 1), Gaussian(0.5), Prior{Std: 1}}
	d := Data{X: []float32{-1, -0.5, 0.2, 0.8, 1.5}, Targets: []float32{-1.2, -0.1, 0.6, 1.4, 1.9}}
	q := must.Get(Fit(context.Background(), newCPU(t, cpu.Options{}), m, d,
		FitOptions{Epochs: 4000, Samples: 64, LearningRate: 2e-3, Seed: 1}))(t)
	var xx, x, xy, y float64
	for i := range d.X {
		xi, yi := float64(d.X[i]), float64(d.Targets[i])
		xx, x, xy, y = xx+xi*xi, x+xi, xy+xi*yi, y+yi
	}
	a, b, c := xx/0.25+1, x/0.25, 5/0.25+1.0
	det := a*c - b*b
	wantMu := []float64{(c*xy/0.25 - b*y/0.25) / det, (a*y/0.25 - b*xy/0.25) / det}
	wantSigma := []float64{1 / math.Sqrt(a), 1 / math.Sqrt(c)}
	for i, sigma := range q.Sigma() {
		if !(math.Abs(float64(q.Mu[i])-wantMu[i]) < 0.02 &&
			math.Abs(float64(sigma)-wantSigma[i]) < 0.02) {
			t.Errorf("parameter %d: N(%v, %v²), want N(%v, %v²)", i, q.Mu[i], sigma, wantMu[i], wantSigma[i])
		}
	}
}

func TestDivergenceIsAnError(t *testing.T) {
	m := Model{mlp(2, 4, 1), Gaussian(0.1), Prior{Std: 1}}
	_, err := Fit(context.Background(), newCPU(t, cpu.Options{}), m, toyData(m, 20, 1),
		FitOptions{LearningRate: 1e11})
	if !errors.Is(err, ErrDiverged) {
		t.Fatalf("error %v, want ErrDiverged", err)
	}
}

func TestTinyScalesStayFinite(t *testing.T) {
	m := Model{mlp(2, 4, 1), Gaussian(0.5), Prior{Std: 1}}
	d := toyData(m, 20, 1)
	for _, y := range []Symmetrization{{}, {Estimator: EstimatorUniform, Permutations: 5},
		{Estimator: EstimatorExact}, {Estimator: EstimatorImportance, Permutations: 5}} {
		tr := must.Get(
			NewTrainer(newCPU(t, cpu.Options{}), m, d, FitOptions{Symmetrize: y, Epochs: 3}))(t)
		p, _ := tr.Posterior()
		s, _ := tr.State()
		for i := range p.Rho {
			p.Rho[i] = []float32{-200, -60, -20, 30}[i%4]
		}
		if err := errors.Join(tr.Resume(p, s), tr.Run(context.Background())); err != nil {
			t.Errorf("%v: %v", y.Estimator, err)
		}
	}
}

func TestBadArguments(t *testing.T) {
	dev := newCPU(t, cpu.Options{})
	good := Model{mlp(2, 3, 2), Softmax(), Prior{Std: 1}}
	d := toyData(good, 6, 1)
	with := func(f func(*Data)) Data {
		c := Data{X: slices.Clone(d.X), Labels: slices.Clone(d.Labels)}
		f(&c)
		return c
	}
	for _, c := range []struct {
		want string
		m    Model
		d    Data
		o    FitOptions
	}{
		{"width -3", Model{mlp(2, -3, 2), Softmax(), Prior{Std: 1}}, d, FitOptions{}},
		{"width 0", Model{mlp(2, 0, 2), Softmax(), Prior{Std: 1}}, d, FitOptions{}},
		{"1 widths", Model{mlp(2), Softmax(), Prior{Std: 1}}, d, FitOptions{}},
		{"2^31 parameters", Model{mlp(1<<20, 1<<20, 2), Softmax(), Prior{Std: 1}}, d, FitOptions{}},
		{"prior standard deviation: -1", Model{mlp(2, 3, 2), Softmax(), Prior{Std: -1}}, d, FitOptions{}},
		{"prior standard deviation: NaN", Model{mlp(2, 3, 2), Softmax(), Prior{Std: math.NaN()}}, d,
			FitOptions{}},
		{"noise standard deviation: -2", Model{mlp(2, 3, 2), Gaussian(-2), Prior{Std: 1}}, d,
			FitOptions{}},
		{"initial standard deviation: -1", good, d, FitOptions{InitStd: -1}},
		{"learning rate: +Inf", good, d, FitOptions{LearningRate: math.Inf(1)}},
		{"epochs: -1", good, d, FitOptions{Epochs: -1}},
		{"batch size: -5", good, d, FitOptions{Batch: -5}},
		{"samples per step: -1", good, d, FitOptions{Samples: -1}},
		{"uniform: 0 permutations", good, d,
			FitOptions{Symmetrize: Symmetrization{Estimator: EstimatorUniform, Permutations: 0}}},
		{"2 hidden layers", Model{mlp(2, 7, 3, 2), Softmax(), Prior{Std: 1}}, d,
			FitOptions{Symmetrize: Symmetrization{Estimator: EstimatorExact}}},
		{"at most 22", Model{mlp(2, 30, 2), Softmax(), Prior{Std: 1}}, d,
			FitOptions{Symmetrize: Symmetrization{Estimator: EstimatorExact}}},
		{"no hidden layer", Model{mlp(2, 2), Softmax(), Prior{Std: 1}}, d,
			FitOptions{Symmetrize: Symmetrization{Estimator: EstimatorUniform, Permutations: 4}}},
		{`"bethe": unknown`, good, d, FitOptions{Symmetrize: Symmetrization{Estimator: "bethe"}}},
		{"0 input values", good, Data{}, FitOptions{}},
		{"multiple of the network's 2 inputs", good, with(func(d *Data) { d.X = d.X[:7] }), FitOptions{}},
		{"5 labels, want 6", good, with(func(d *Data) { d.Labels = d.Labels[:5] }), FitOptions{}},
		{"label 2 of input 3", good, with(func(d *Data) { d.Labels[3] = 2 }), FitOptions{}},
		{"numbers and as bytes", good, with(func(d *Data) {
			d.Bytes, d.Values = make([]uint8, 12), make([]float32, 256)
		}), FitOptions{}},
		{"255 values of bytes", good, with(func(d *Data) {
			d.X, d.Bytes, d.Values = nil, make([]uint8, 12), make([]float32, 255)
		}), FitOptions{}},
		{"input 1 of row 2 is NaN", good, with(func(d *Data) {
			d.X[5] = float32(math.NaN())
		}), FitOptions{}},
		{"0 target values, want 6×2", Model{mlp(2, 3, 2), Gaussian(1), Prior{Std: 1}}, d, FitOptions{}},
	} {
		if _, err := NewTrainer(dev, c.m, c.d, c.o); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("error %q, want one with %q", err, c.want)
		}
	}
}

func TestSoftplusInverse(t *testing.T) {
	for _, sigma := range []float64{1e-12, 1e-6, 1e-5, 1e-3, 0.05, 1, 20, 1000} {
		if got := float64(ref.Softplus(softplusInverse(sigma))); !(math.Abs(got/sigma-1) < 4e-6) {
			t.Errorf("softplus(softplusInverse(%v)) = %v", sigma, got)
		}
	}
}

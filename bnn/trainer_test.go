package bnn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

func TestBatchEnds(t *testing.T) {
	for _, c := range []struct {
		n, most int
		want    []int
	}{{100, 100, []int{100}}, {101, 100, []int{51, 101}}, {46, 10, []int{10, 19, 28, 37, 46}},
		{60, 12, []int{12, 24, 36, 48, 60}}, {5, 1, []int{1, 2, 3, 4, 5}}, {1, 100, []int{1}}} {
		if got := batchEnds(c.n, c.most); !slices.Equal(got, c.want) {
			t.Errorf("%d rows in batches of %d end at %v, want %v", c.n, c.most, got, c.want)
		}
	}
	for n := 1; n < 300; n++ {
		for most := 1; most < 120; most++ {
			ends := batchEnds(n, most)
			small, large, first := n, 0, 0
			for _, end := range ends {
				small, large = min(small, end-first), max(large, end-first)
				first = end
			}
			if first != n || large-small > 1 || large > most || len(ends) != (n+most-1)/most ||
				ends[0] != large {
				t.Fatalf("%d rows in batches of %d end at %v", n, most, ends)
			}
		}
	}
}

func TestSchedule(t *testing.T) {
	for done := range 1000 {
		want := (1 + math.Cos(math.Pi*float64(done)/1000)) / 2
		if got := ScheduleCosine.rate(done, 1000); !(math.Abs(got-want) < 3e-7) {
			t.Errorf("step %d: rate %v, want %v", done, got, want)
		}
		if got := ScheduleConstant.rate(done, 1000); got != 1 {
			t.Errorf("step %d: rate %v, want 1", done, got)
		}
	}
	o := FitOptions{KLWeight: 0.5, KLWarmup: 4}
	var got []float64
	for done := range 6 {
		got = append(got, o.klWeight(done))
	}
	if want := []float64{0.125, 0.25, 0.375, 0.5, 0.5, 0.5}; !slices.Equal(got, want) {
		t.Errorf("KL weights %v, want %v", got, want)
	}
}

// TestStepsCutAnEpochShort: 23 steps of 5 an epoch are the first 23 of 30, and go on to them.
func TestStepsCutAnEpochShort(t *testing.T) {
	m := Model{mlp(3, 5, 2), Softmax(), Prior{Std: 1}}
	d := toyData(m, 46, 1)
	run := func(steps int, from *Trainer) (*Trainer, []EpochStats) {
		var stats []EpochStats
		o := FitOptions{Steps: steps, Batch: 10, Seed: 3, OnEpoch: func(s EpochStats) error {
			stats = append(stats, s)
			return nil
		}}
		tr := must.Get(NewTrainer(newCPU(t, cpu.Options{}), m, d, o))(t)
		if from != nil {
			p, s := stored(t, m, from)
			must.Do(t, tr.Resume(p, s))
		}
		must.Do(t, tr.Run(context.Background()))
		return tr, stats
	}
	short, shortStats := run(23, nil)
	long, longStats := run(30, nil)
	if done, total := short.Steps(); done != 23 || total != 23 || short.Epoch() != 4 ||
		len(shortStats) != 5 || shortStats[4].Steps != 23 {
		t.Errorf("%d of %d steps, %d epochs, statistics %v", done, total, short.Epoch(), shortStats)
	}
	on, onStats := run(30, short)
	a, err1 := long.Posterior()
	b, err2 := on.Posterior()
	must.Do(t, errors.Join(err1, err2))
	if !slices.Equal(bits(a), bits(b)) || !slices.Equal(longStats[4:], onStats) {
		t.Errorf("23 steps and 7 more are not 30: statistics %v, want %v", onStats, longStats[4:])
	}
	_, err := NewTrainer(newCPU(t, cpu.Options{}), m, d, FitOptions{Steps: 5, Epochs: 2})
	if err == nil || !strings.Contains(err.Error(), "one of them") {
		t.Errorf("error %v for epochs beside steps", err)
	}
}

// resumable are trainings in every mode.
func resumable(d func(m Model) Data) map[string]struct {
	m Model
	o FitOptions
} {
	cases := map[string]struct {
		m Model
		o FitOptions
	}{}
	add := func(name string, m Model, o FitOptions) {
		o.Batch, o.Seed, o.InitStd, o.LearningRate = 10, 4, 0.2, 0.01
		cases[name] = struct {
			m Model
			o FitOptions
		}{m, o}
	}
	for _, l := range allLikelihoods {
		for _, kind := range []PriorKind{PriorFanIn, PriorLearned, PriorARD} {
			m := Model{mlp(3, 4, l.Outputs(2)), l, Prior{kind, 0.8}}
			add(fmt.Sprintf("%v, %s", l, kind), m, FitOptions{Steps: refitEvery + 17,
				Schedule: ScheduleCosine, KLWarmup: 40, KLWeight: 0.5})
		}
	}
	m := Model{mlp(3, 4, 3, 4), GaussianHeteroscedastic(0.1), Prior{PriorLearned, 0.8}}
	add("validation, deep", m,
		FitOptions{Steps: 120, Validation: &Validation{Data: d(m), Every: 7, Samples: 3},
			Symmetrize: Symmetrization{Estimator: EstimatorImportance, Permutations: 3}})
	signed := Model{tanh(3, 4, 2), GaussianLearned(0.1), Prior{PriorARD, 0.8}}
	add("patience, signs", signed,
		FitOptions{Steps: 3000, Validation: &Validation{Data: d(signed), Every: 5, Samples: 2,
			Patience: 2},
			Symmetrize: Symmetrization{Estimator: EstimatorExact, Group: GroupSignedPermutations}})
	return cases
}

func TestEveryModeResumesBitForBit(t *testing.T) {
	validation := func(m Model) Data { return toyData(m, 15, 8) }
	for name, c := range resumable(validation) {
		t.Run(name, func(t *testing.T) {
			d := toyData(c.m, 46, 1)
			run := func(device kernels.Device, stop int, from *Trainer) (*Trainer, []EpochStats) {
				var stats []EpochStats
				o := c.o
				o.OnEpoch = func(s EpochStats) error { stats = append(stats, s); return nil }
				ctx, cancel := context.WithCancel(context.Background())
				o.OnStep = func(done, _ int) {
					if done >= stop {
						cancel()
					}
				}
				tr := must.Get(NewTrainer(device, c.m, d, o))(t)
				if from != nil {
					must.Do(t, tr.Resume(stored(t, c.m, from)))
				}
				if err := tr.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				return tr, stats
			}
			const never = 1 << 30
			host, windows := newCPU(t, cpu.Options{}), newRecorder(t)
			want, wantStats := run(host, never, nil)
			total, _ := want.Steps()
			for _, stop := range []int{3, 50, 99, 100, 101, total - 1} {
				if stop >= total {
					continue
				}
				var device kernels.Device = host
				if stop%2 == 0 {
					device = windows // stops within a few steps
				}
				first, firstStats := run(device, stop, nil)
				second, secondStats := run(device, never, first)
				q, s := stored(t, c.m, second)
				p, u := stored(t, c.m, want)
				if !slices.Equal(bits(q), bits(p)) || !slices.Equal(q.Noise, p.Noise) ||
					!slices.Equal(q.PriorStds, p.PriorStds) {
					t.Errorf("resumed after %d of %d steps: another posterior", stop, total)
				}
				if !slices.Equal(s.Moment1, u.Moment1) || !slices.Equal(s.History, u.History) ||
					!slices.Equal(s.Sums, u.Sums) || s.ValidationNLL != u.ValidationNLL {
					t.Errorf("resumed after %d steps: state %+v, want %+v", stop, s, u)
				}
				if (s.Best == nil) != (u.Best == nil) || s.Best != nil &&
					(s.Best.NLL != u.Best.NLL || s.Best.Steps != u.Best.Steps ||
						!slices.Equal(bits(s.Best.Posterior), bits(u.Best.Posterior))) {
					t.Errorf("resumed after %d steps: best %+v, want %+v", stop, s.Best, u.Best)
				}
				if all := append(firstStats, secondStats...); !slices.Equal(all, wantStats) {
					t.Errorf("resumed after %d steps: epochs %v, want %v", stop, all, wantStats)
				}
			}
		})
	}
}

// TestValidationKeepsTheBest: an overfit maximum-likelihood training is stopped and undone.
func TestValidationKeepsTheBest(t *testing.T) {
	m := Model{mlp(1, 40, 1), Gaussian(0.1), Prior{Std: 1}}
	d := noisy(12, 1, func(float64) float64 { return 0.3 })
	v := &Validation{Data: noisy(60, 2, func(float64) float64 { return 0.3 }), Every: 20, Patience: 5}
	o := FitOptions{Steps: 6000, LearningRate: 0.01, KLWeight: 1e-4, InitStd: 1e-3, Validation: v}
	tr := must.Get(NewTrainer(newCPU(t, cpu.Options{}), m, d, o))(t)
	must.Do(t, tr.Run(context.Background()))
	done, total := tr.Steps()
	best := tr.Best()
	if done == total || done != best.Steps+5*20 || !tr.Finished() {
		t.Errorf("%d of %d steps done, the best after %d", done, total, best.Steps)
	}
	q := must.Get(tr.Result())(t)
	nll := func(q *Posterior) float64 {
		sum := 0.0
		p := must.Get(q.Predict(context.Background(), newCPU(t, cpu.Options{}), v.Data,
			PredictOptions{Samples: 500}))(t)
		for _, l := range p.LogDensity {
			sum -= l / 60
		}
		return sum
	}
	last := must.Get(tr.Posterior())(t)
	if got := nll(q); !(math.Abs(got-best.NLL) < 0.05*math.Abs(got)) || !(got < nll(last)) {
		t.Errorf("NLL of the best %v, by the check %v, of the last %v", got, best.NLL, nll(last))
	}
	// A checkpoint gives the best one to those who predict and the last one to those who resume.
	c := &Checkpoint{Posterior: last, State: &State{Best: best}}
	if c.Result() != best.Posterior {
		t.Error("the checkpoint's result is not the best posterior")
	}
	bad := o
	bad.Validation = &Validation{Data: Data{X: []float32{1}}}
	if _, err := NewTrainer(newCPU(t, cpu.Options{}), m, d, bad); err == nil ||
		!strings.Contains(err.Error(), "validation: data: 0 target values") {
		t.Errorf("error %v", err)
	}
}

func TestStartFromAnotherPosterior(t *testing.T) {
	m := Model{mlp(3, 4, 2), Gaussian(0.3), Prior{Std: 1}}
	d := toyData(m, 30, 1)
	from := must.Get(
		Fit(context.Background(), newCPU(t, cpu.Options{}), m, d, FitOptions{Steps: 50}))(t)
	before := bits(from)
	other := Model{mlp(3, 4, 2), GaussianLearned(0.1), Prior{PriorLearned, 2}}
	tr := must.Get(
		NewTrainer(newCPU(t, cpu.Options{}), other, d, FitOptions{Steps: 50, Start: from}))(t)
	q := must.Get(tr.Posterior())(t)
	if !slices.Equal(bits(q), before) || !(math.Abs(q.NoiseStds()[0]-0.1) < 1e-6) ||
		!(math.Abs(q.PriorScales()[1].Std-2) < 1e-9) {
		t.Errorf("the start has noise %v and prior %v", q.NoiseStds(), q.PriorScales())
	}
	must.Do(t, tr.Run(context.Background()))
	learned := must.Get(tr.Posterior())(t)
	again := must.Get(NewTrainer(newCPU(t, cpu.Options{}), other, d, FitOptions{Start: learned}))(t)
	if q, err := again.Posterior(); err != nil || !slices.Equal(q.Noise, learned.Noise) ||
		!slices.Equal(q.PriorStds, learned.PriorStds) {
		t.Errorf("what was learned is not taken over: %v, %v, error %v", q.Noise, q.PriorStds, err)
	}
	if !slices.Equal(bits(from), before) {
		t.Error("training changed the posterior it started from")
	}
	for want, m := range map[string]Model{
		"widths [3 4 2] with relu, the model's has [3 5 2]": {mlp(3, 5, 2), Gaussian(1), Prior{Std: 1}},
		"[3 4 2] with tanh": {tanh(3, 4, 2), Gaussian(1), Prior{Std: 1}},
		"read by the likelihood gaussian(noise 0.3), those of the model by softmax": {mlp(3, 4, 2),
			Softmax(), Prior{Std: 1}},
	} {
		if _, err := NewTrainer(newCPU(t, cpu.Options{}), m, toyData(m, 30, 1),
			FitOptions{Start: from}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestRising: a training that was cut short says so, one that went on does not.
func TestRising(t *testing.T) {
	m := Model{mlp(3, 8, 1), Gaussian(0.3), Prior{Std: 1}}
	d := toyData(m, 100, 1)
	for _, schedule := range []Schedule{ScheduleConstant, ScheduleCosine} {
		for _, c := range []struct {
			steps int
			want  bool
		}{{100, true}, {300, true}, {20000, false}} {
			tr := must.Get(NewTrainer(newCPU(t, cpu.Options{}), m, d,
				FitOptions{Steps: c.steps, LearningRate: 5e-3, Schedule: schedule}))(t)
			must.Do(t, tr.Run(context.Background()))
			if got := tr.Rising(); got != c.want {
				t.Errorf("%s, %d steps: rising is %v, want %v", schedule, c.steps, got, c.want)
			}
		}
	}
}

func TestHistory(t *testing.T) {
	var h history
	for i := range 1000 {
		h.add(float64(i))
	}
	sum := 0.0
	for _, b := range h.blocks {
		sum += b
	}
	if len(h.blocks) > historyBlocks || h.epochs != 16 || sum != 999*1000/2 || h.recent != 1000-
		16*(len(h.blocks)-1) {
		t.Errorf("%d blocks of %d epochs, the last of %d, add up to %v", len(h.blocks), h.epochs,
			h.recent, sum)
	}
	if !h.rising(ScheduleConstant, 100) {
		t.Error("a straight line does not rise")
	}
	var short history
	for i := range trendBlocks - 1 {
		short.add(float64(100 * i))
	}
	if short.rising(ScheduleConstant, 1) {
		t.Error("a trend was read from too few epochs")
	}
	// Noise without a trend is rarely taken for one, an outlier or not.
	for _, c := range []struct {
		outlier float64
		most    int
	}{{0, 12}, {1e6, 24}} {
		found := 0
		for seed := range uint64(200) {
			var h history
			for i, z := range noisy(60, seed, func(float64) float64 { return 0 }).X {
				h.add(10 * float64(z))
				if i == 58 {
					h.blocks[i] += c.outlier
				}
			}
			if h.rising(ScheduleConstant, 1) {
				found++
			}
		}
		if found > c.most {
			t.Errorf("with an outlier of %v, a trend in %d of 200 histories without one", c.outlier, found)
		}
	}
}

// TestDivergenceStopsAtOnce: a training whose objective is no longer a number ends where that can
// be seen, and not at the end of its epoch.
func TestDivergenceStopsAtOnce(t *testing.T) {
	classes := Model{mlp(3, 8, 8, 8, 2), Softmax(), Prior{Std: 1}}
	learned := Model{mlp(3, 8, 8, 8, 2), Softmax(), Prior{Kind: PriorLearned, Std: 1}}
	host := newCPU(t, cpu.Options{})
	elsewhere := struct { // whose memory the host must wait for
		kernels.Core
		kernels.NoPermutations
	}{Core: host}
	validation := Validation{Data: toyData(classes, 10, 2), Every: 7, Samples: 2}
	for _, c := range []struct {
		name   string
		device kernels.Device
		m      Model
		o      FitOptions
		after  int // the steps that it may take are a multiple of this
		most   int
		what   string
	}{
		{"after a step", host, classes, FitOptions{}, 1, 6, "the objective is NaN in epoch 1"},
		{"shards", host, classes, FitOptions{Shards: 2}, 1, 6, "the objective is NaN in epoch 1"},
		{"validation", elsewhere, classes, FitOptions{Validation: &validation}, 7, 7,
			"the NLL of the validation rows is NaN in epoch 1"},
		{"prior", elsewhere, learned, FitOptions{}, refitEvery, refitEvery,
			"parameters are no longer finite in epoch 1"},
		{"the epoch's end", elsewhere, classes, FitOptions{}, 300, 300,
			"the objective is NaN in epoch 1"},
	} {
		o, seen := c.o, 0
		o.LearningRate, o.Batch = 1e12, 2
		o.OnStep = func(done, _ int) { seen = done }
		tr := must.Get(NewTrainer(c.device, c.m, toyData(c.m, 600, 1), o))(t)
		err := tr.Run(t.Context())
		var diverged *DivergedError
		if !errors.As(err, &diverged) || diverged.Setting != "lr" ||
			!strings.HasPrefix(diverged.What, c.what) {
			t.Errorf("%s: error %v, want one of %q that names lr", c.name, err, c.what)
		}
		if done, _ := tr.Steps(); done == 0 || done%c.after != 0 || done > c.most {
			t.Errorf("%s: stopped after %d steps, want a multiple of %d, at most %d", c.name, done,
				c.after, c.most)
		} else if seen == done && c.after < 300 {
			t.Errorf("%s: step %d was reported", c.name, done)
		}
	}
}

// TestNoCheckpointOfAnInfiniteObjective: its sums are not finite, although the parameters are.
func TestNoCheckpointOfAnInfiniteObjective(t *testing.T) {
	m := Model{mlp(2, 3, 1), Gaussian(0.3), Prior{Std: 1}}
	tr := must.Get(NewTrainer(newCPU(t, cpu.Options{}), m, toyData(m, 30, 1),
		FitOptions{Batch: 10}))(t)
	q, s := must.Get(tr.Posterior())(t), must.Get(tr.State())(t)
	s.Batch, s.Sums[0] = 1, math.Inf(-1)
	must.Do(t, tr.Resume(q, s))
	if _, err := tr.Checkpoint(); !errors.Is(err, ErrDiverged) {
		t.Errorf("error %v, want ErrDiverged", err)
	}
}

// TestDivergenceNamesTheSetting that is out of range.
func TestDivergenceNamesTheSetting(t *testing.T) {
	real := func(l Likelihood, p Prior) Model { return Model{mlp(3, 8, 1), l, p} }
	for _, c := range []struct {
		want string
		unit float32
		m    Model
		o    FitOptions
	}{
		{"noise", 1e9, real(Gaussian(1e-12), Prior{Std: 1}), FitOptions{LearningRate: 1}},
		{"noise", 1e9, real(GaussianLearned(1e-12), Prior{Std: 1}), FitOptions{LearningRate: 10}},
		{"init-std", 1, real(Gaussian(0.3), Prior{Std: 1}), FitOptions{InitStd: 1e12}},
		{"lr", 1, real(Gaussian(0.3), Prior{Std: 1}), FitOptions{LearningRate: 1e11}},
		{"lr", 1, Model{mlp(3, 8, 8, 8, 2), Softmax(), Prior{Std: 1}}, FitOptions{LearningRate: 1e12}},
		// These stay finite.
		{"lr", 1, Model{mlp(3, 8, 2), Softmax(), Prior{Std: 1}}, FitOptions{LearningRate: 1e5}},
		{"lr", 1, real(GaussianLearned(0.3), Prior{Std: 1}), FitOptions{LearningRate: 1e9}},
	} {
		d := toyData(c.m, 30, 1)
		for i := range d.Targets {
			d.Targets[i] *= c.unit
		}
		_, err := Fit(context.Background(), newCPU(t, cpu.Options{}), c.m, d, c.o)
		var diverged *DivergedError
		if !errors.As(err, &diverged) || !errors.Is(err, ErrDiverged) || diverged.Setting != c.want {
			t.Errorf("%v, %v: error %v, want one that names %s", c.m.Likelihood, c.m.Prior, err, c.want)
		}
	}
	// Priors that are far out are blamed before the learning rate.
	for _, std := range []float64{1e-9, 1e9} {
		m := real(Gaussian(0.3), Prior{Std: std})
		tr := must.Get(NewTrainer(newCPU(t, cpu.Options{}), m, toyData(m, 30, 1), FitOptions{}))(t)
		if setting, value, _ := tr.blame(); setting != "prior-std" || value != std {
			t.Errorf("prior %v: %s %v is blamed", std, setting, value)
		}
	}
}

// A training is not stopped because its log-likelihood is low for a while, nor because its
// parameters are large where that is what fits the data.
func TestNotExploded(t *testing.T) {
	before := &ELBO{KL: 1e3, LVI: Estimate{Value: -1e4}}
	for _, c := range []struct {
		s    EpochStats
		want bool
	}{
		{EpochStats{LogLikelihood: -1e15, KL: 1e5}, false},
		{EpochStats{LogLikelihood: -1, KL: 9e7}, false},
		{EpochStats{LogLikelihood: -1e15, KL: 9e7}, true},
	} {
		if got := exploded(c.s, before, 100); got != c.want {
			t.Errorf("exploded(%+v) = %v", c.s, got)
		}
	}
	m := Model{mlp(3, 1), Gaussian(1e5), Prior{Std: 1}}
	d := toyData(m, 30, 1)
	for i := range d.Targets {
		d.Targets[i] *= 1e6
	}
	o := FitOptions{LearningRate: 1e3, Epochs: 300}
	_, err := Fit(t.Context(), newCPU(t, cpu.Options{}), m, d, o)
	if err != nil {
		t.Errorf("large targets: %v", err)
	}
}

// TestStepsDoNotAllocate, whatever is learned.
func TestStepsDoNotAllocate(t *testing.T) {
	for _, l := range allLikelihoods {
		for _, y := range []Symmetrization{{}, {Estimator: EstimatorUniform, Permutations: 5},
			{Estimator: EstimatorExact}, {Estimator: EstimatorImportance, Permutations: 5}} {
			m := Model{mlp(13, 6, l.Outputs(2)), l, Prior{PriorARD, 1}}
			tr := must.Get(NewTrainer(newCPU(t, cpu.Options{Threads: 1}), m, toyData(m, 200, 1),
				FitOptions{Symmetrize: y}))(t)
			step := func() { tr.batch = 0; tr.step() }
			step()
			if n := testing.AllocsPerRun(20, step); n > 0 {
				t.Errorf("%v, %s: %v allocations a step", l, y.Estimator, n)
			}
		}
	}
}

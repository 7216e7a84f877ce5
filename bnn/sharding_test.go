package bnn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/inprocess"
	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// sharding covers samples, rows and parameters once each, whatever they are.
func TestShardingCoversEverything(t *testing.T) {
	for _, shards := range []int{1, 2, 8, 32} {
		for _, samples := range []int{1, 2, 3, 8, 11} {
			s := sharding{shards, samples}
			for _, rows := range []int{32, 37, 100} {
				seen := map[[2]int]int{}
				for k := range shards {
					of, part := s.samplesOf(k)
					at := s.rowsOf(part, rows)
					for i := of.lo; i < of.hi; i++ {
						for r := at.lo; r < at.hi; r++ {
							seen[[2]int{i, r}]++
						}
					}
				}
				for _, times := range seen {
					if times != 1 {
						t.Fatalf("%v, %d rows: a row of a sample is seen %d times", s, rows, times)
					}
				}
				if len(seen) != samples*rows {
					t.Fatalf("%v, %d rows: %d pairs are seen, want %d", s, rows, len(seen), samples*rows)
				}
			}
			end := 0
			for k := range shards {
				at := s.parametersOf(k, 1234)
				if at.lo != end {
					t.Fatalf("%v: the parameters of shard %d begin at %d, want %d", s, k, at.lo, end)
				}
				end = at.hi
			}
			if end != 1234 {
				t.Fatalf("%v: the parameters end at %d", s, end)
			}
		}
	}
}

func TestShardsAreChecked(t *testing.T) {
	m := Model{mlp(3, 4, 2), Softmax(), Prior{Std: 1}}
	for problem, o := range map[string]FitOptions{
		"shards: 3, want a power of two":                            {Shards: 3},
		"shards: -1, want a power of two":                           {Shards: -1},
		"cut a minibatch into 8 parts, but the smallest has 5 rows": {Shards: 8, Batch: 6},
		"shards: 2 for 3 processes, want at least one for each": {Shards: 2,
			Processes: inprocess.Group(3)[1]},
	} {
		_, err := NewTrainer(newCPU(t, cpu.Options{}), m, toyData(m, 46, 1), o)
		if err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("error %v, want %s", err, problem)
		}
	}
}

// shardedCases are trainings in every mode.
func shardedCases() map[string]struct {
	m Model
	o FitOptions
} {
	cases := map[string]struct {
		m Model
		o FitOptions
	}{}
	classes := func(hidden ...int) Model {
		return Model{mlp(append(append([]int{5}, hidden...), 3)...), Softmax(), Prior{Std: 0.8}}
	}
	for _, samples := range []int{1, 8} {
		for _, y := range []Symmetrization{{}, {Estimator: EstimatorExact},
			{Estimator: EstimatorImportance, Permutations: 4}} {
			for _, hidden := range [][]int{{7}, {4, 3}} {
				cases[fmt.Sprintf("%v, %s, S = %d", hidden, y.Estimator, samples)] = struct {
					m Model
					o FitOptions
				}{classes(hidden...), FitOptions{Samples: samples, Symmetrize: y}}
			}
		}
	}
	cases["adaptive, S = 3"] = struct {
		m Model
		o FitOptions
	}{classes(24), FitOptions{Samples: 3, Symmetrize: Symmetrization{Estimator: EstimatorAuto}}}
	for _, l := range []Likelihood{GaussianLearned(0.1), GaussianHeteroscedastic(0.1)} {
		m := Model{mlp(5, 7, l.Outputs(2)), l, Prior{PriorARD, 1}}
		cases[fmt.Sprint(l)] = struct {
			m Model
			o FitOptions
		}{m, FitOptions{Samples: 2, Steps: refitEvery + 12, Schedule: ScheduleCosine, KLWarmup: 20,
			Validation: &Validation{Data: toyData(m, 5, 5), Every: 30, Samples: 4}}}
	}
	return cases
}

// elsewhere hides that a device works in the host's memory, and its own composed operations.
type elsewhere struct{ kernels.Device }

// trainShards trains in so many processes, from a checkpoint if one is given, until so many
// steps are done, and returns the bytes of the checkpoint and all epochs.
func trainShards(t *testing.T, m Model, o FitOptions, processes, until int,
	from []byte) ([]byte, string) {
	t.Helper()
	models, epochs := make([][]byte, processes), make([]string, processes)
	inprocess.Run(processes, func(p *inprocess.Process) {
		o, ctx := o, context.Background()
		if processes > 1 {
			o.Processes = p
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		o.OnStep = func(done, _ int) {
			if done == until-1 && p.Rank() == processes-1 || done == until && processes == 1 {
				cancel() // the others learn of it with the next step
			}
		}
		o.OnEpoch = func(s EpochStats) error { epochs[p.Rank()] += fmt.Sprintln(s); return nil }
		var device kernels.Device = newCPU(t, cpu.Options{Threads: 1})
		if p.Rank()%2 == 1 { // values go through the host's memory, as those of a GPU do
			device = elsewhere{device}
		}
		tr, err := NewTrainer(device, m, toyData(m, 46, 1), o)
		if err != nil {
			t.Error(err)
			return
		}
		defer tr.Close()
		if from != nil {
			c, err := ReadCheckpoint(from)
			if err == nil {
				err = tr.Resume(c.Posterior, c.State)
			}
			if err != nil {
				t.Error(err)
			}
		}
		if err := tr.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		c, err := tr.Checkpoint()
		if err != nil {
			t.Error(err)
			return
		}
		var text bytes.Buffer
		if err := c.Write(&text); err != nil {
			t.Error(err)
		}
		models[p.Rank()] = text.Bytes()
	})
	for r := range models {
		if !bytes.Equal(models[r], models[0]) || epochs[r] != epochs[0] {
			t.Errorf("process %d has another result than process 0: %s, want %s", r, epochs[r], epochs[0])
		}
	}
	return models[0], epochs[0]
}

// TestAnyNumberOfProcesses: eight shards give the same files and statistics in 1, 2, 3, 4 and 8
// processes, also when another number of them goes on in the middle of an epoch.
func TestAnyNumberOfProcesses(t *testing.T) {
	for name, c := range shardedCases() {
		t.Run(name, func(t *testing.T) {
			o := c.o
			o.Batch, o.Seed, o.InitStd, o.LearningRate, o.Shards = 16, 4, 0.2, 0.02, 8
			if o.Steps == 0 {
				o.Steps = 14
			}
			want, epochs := trainShards(t, c.m, o, 1, -1, nil)
			for _, processes := range []int{2, 3, 4, 8} {
				got, same := trainShards(t, c.m, o, processes, -1, nil)
				if !bytes.Equal(got, want) || same != epochs {
					t.Errorf("%d processes give another result", processes)
				}
			}
			stop := o.Steps - 7
			half, _ := trainShards(t, c.m, o, 3, stop, nil)
			for _, processes := range []int{1, 2} {
				got, _ := trainShards(t, c.m, o, processes, -1, half)
				if !bytes.Equal(got, want) {
					t.Errorf("%d processes that go on after %d steps of 3 give another result", processes, stop)
				}
			}
		})
	}
}

// TestShardsSumToTheGradient: one step of many shards is one step of one, but for rounding.
func TestShardsSumToTheGradient(t *testing.T) {
	m := Model{tanh(5, 6, 4), GaussianLearned(0.3), Prior{Std: 0.8}}
	d := toyData(m, 64, 1)
	moments := func(shards, samples int) []float32 {
		o := FitOptions{Steps: 1, Batch: 64, Samples: samples, Shards: shards, Seed: 3, InitStd: 0.2,
			Symmetrize: Symmetrization{Estimator: EstimatorExact}}
		tr := must.Get(NewTrainer(newCPU(t, cpu.Options{}), m, d, o))(t)
		must.Do(t, tr.Run(context.Background()))
		s := must.Get(tr.State())(t)
		return s.Moment1 // a tenth of the gradient
	}
	for _, samples := range []int{1, 2, 5, 8} {
		want := moments(1, samples)
		size := 0.0
		for _, v := range want {
			size = max(size, math.Abs(float64(v)))
		}
		for _, shards := range []int{2, 4, 8, 16} {
			for i, got := range moments(shards, samples) {
				if diff := math.Abs(float64(got - want[i])); !(diff <= 2e-6*size) {
					t.Fatalf("%d samples, %d shards: element %d of the gradient is %v, want %v",
						samples, shards, i, got, want[i])
				}
			}
		}
	}
}

// TestShardedStepsDoNotAllocate but for what connects processes.
func TestShardedStepsDoNotAllocate(t *testing.T) {
	for _, samples := range []int{1, 8} {
		m := Model{mlp(13, 6, 4), GaussianLearned(0.2), Prior{PriorARD, 1}}
		tr, err := NewTrainer(newCPU(t, cpu.Options{Threads: 1}), m, toyData(m, 200, 1),
			FitOptions{Samples: samples, Shards: 8, Symmetrize: Symmetrization{Estimator: EstimatorExact}})
		if err != nil {
			t.Fatal(err)
		}
		step := func() { tr.batch = 0; tr.shardedStep() }
		step()
		if n := testing.AllocsPerRun(20, step); n > 0 {
			t.Errorf("%d samples: %v allocations a step", samples, n)
		}
	}
}

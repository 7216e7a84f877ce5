package bnn

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels/cpu"
)

// Evaluations count for all steps of an epoch together, whatever their number.
func TestCadenceCountsEveryStep(t *testing.T) {
	for steps := 1; steps < 40; steps++ {
		for every := 1; every <= steps; every++ {
			c := cadence{every, steps}
			total, evaluations := 0, 0
			for batch := range steps {
				w := c.weight(batch)
				if total += w; w > 0 {
					evaluations++
				}
				if got := c.evaluations(batch + 1); got != evaluations {
					t.Fatalf("%+v: %d evaluations in %d steps, want %d", c, got, batch+1, evaluations)
				}
			}
			if total != steps {
				t.Fatalf("%+v: evaluations count for %d steps", c, total)
			}
		}
	}
}

// TestCadence trains wide networks, in one shard and in two: the statistics are means over
// evaluations, and a training that was interrupted between two of them has the same bits.
func TestCadence(t *testing.T) {
	m := Model{mlp(3, 300, 2), Softmax(), Prior{Std: 1}}
	d := toyData(m, 160, 1)
	for _, shards := range []int{1, 2} {
		var last EpochStats
		o := FitOptions{Steps: 20, Batch: 8, Samples: 2, InitStd: 1e-4, Seed: 3, Shards: shards,
			Symmetrize: Symmetrization{Estimator: EstimatorAuto}}
		o.OnEpoch = func(e EpochStats) error { last = e; return nil }
		start := func(steps int) *Trainer {
			o.Steps = steps
			tr := must.Get(NewTrainer(newCPU(t, cpu.Options{}), m, d, o))(t)
			t.Cleanup(tr.Close)
			return tr
		}
		run := func(tr *Trainer) []float32 {
			must.Do(t, tr.Run(t.Context()))
			q := must.Get(tr.Posterior())(t)
			return slices.Concat(q.Mu, q.Rho)
		}
		whole := start(20)
		if whole.cadence.every < 5 {
			t.Fatalf("the information is evaluated every %d steps: no test", whole.cadence.every)
		}
		want := run(whole)
		full := o.Symmetrize.LogGroupOrder(m.Network) // neurons are distinct
		if math.Abs(last.Information-full) > 0.01 || math.Abs(last.InformationUpper-full) > 0.01 {
			t.Errorf("%d shards: information %v to %v, want %v", shards, last.Information,
				last.InformationUpper, full)
		}
		part := start(3)
		run(part)
		c := must.Get(part.Checkpoint())(t)
		rest := start(20)
		must.Do(t, rest.Resume(c.Posterior, c.State))
		if !slices.Equal(run(rest), want) {
			t.Errorf("%d shards: an interrupted training has other bits", shards)
		}
	}
}

// TestCadenceOfSaturated trains a small network of distinct neurons, in one shard and in two: after
// an epoch the information is known to be a constant and evaluated in one of 16 steps, and a
// training that was interrupted then has the same bits. Of neurons that overlap it is evaluated
// always.
func TestCadenceOfSaturated(t *testing.T) {
	m := Model{mlp(3, 40, 2), Softmax(), Prior{Std: 1}}
	d := toyData(m, 160, 1)
	const perEpoch = 20
	train := func(o FitOptions, steps int, from *Checkpoint) (*Trainer, *Checkpoint) {
		t.Helper()
		o.Steps, o.Batch, o.Samples, o.Seed = steps, 160/perEpoch, 2, 3
		o.Symmetrize = Symmetrization{Estimator: EstimatorAuto}
		tr := must.Get(NewTrainer(newCPU(t, cpu.Options{}), m, d, o))(t)
		t.Cleanup(tr.Close)
		if from != nil {
			must.Do(t, tr.Resume(from.Posterior, from.State))
		}
		must.Do(t, tr.Run(t.Context()))
		c := must.Get(tr.Checkpoint())(t)
		return tr, c
	}
	for _, shards := range []int{1, 2} {
		distinct := FitOptions{InitStd: 1e-4, Shards: shards}
		tr, whole := train(distinct, 3*perEpoch-1, nil)
		if got := tr.cadence.every; got != cadenceSaturated {
			t.Fatalf("%d shards: the information is evaluated every %d steps, want %d", shards, got,
				cadenceSaturated)
		}
		first, part := train(distinct, perEpoch-1, nil)
		if first.cadence.every != 1 || part.State.Saturated {
			t.Errorf("%d shards: in the first epoch every %d steps, want 1", shards, first.cadence.every)
		}
		_, part = train(distinct, 2*perEpoch-3, nil)
		_, rest := train(distinct, 3*perEpoch-1, reread(t, part))
		if !slices.Equal(rest.Posterior.Mu, whole.Posterior.Mu) ||
			!slices.Equal(rest.Posterior.Rho, whole.Posterior.Rho) ||
			!slices.Equal(rest.State.Sums, whole.State.Sums) {
			t.Errorf("%d shards: an interrupted training has other bits", shards)
		}
		overlapping := FitOptions{InitStd: 1, Shards: shards}
		if tr, _ = train(overlapping, 2*perEpoch, nil); tr.cadence.every != 1 {
			t.Errorf("%d shards: overlapping neurons every %d steps, want 1", shards, tr.cadence.every)
		}
	}
}

// reread writes a checkpoint and reads it.
func reread(t *testing.T, c *Checkpoint) *Checkpoint {
	t.Helper()
	var file bytes.Buffer
	must.Do(t, c.Write(&file))
	return must.Get(ReadCheckpoint(file.Bytes()))(t)
}

// Small networks, and estimators that were asked for by name, are evaluated in every step.
func TestCadenceOfEveryStep(t *testing.T) {
	for _, c := range []struct {
		hidden int
		y      Symmetrization
	}{{40, Symmetrization{Estimator: EstimatorAuto}},
		{300, Symmetrization{Estimator: EstimatorImportance}}, {300, Symmetrization{}}} {
		m := Model{mlp(3, c.hidden, 2), Softmax(), Prior{Std: 1}}
		tr := must.Get(NewTrainer(newCPU(t, cpu.Options{}), m, toyData(m, 160, 1),
			FitOptions{Batch: 8, Symmetrize: c.y}))(t)
		defer tr.Close()
		if tr.cadence.every != 1 {
			t.Errorf("%d neurons with %q: every %d steps", c.hidden, c.y.Estimator, tr.cadence.every)
		}
	}
}

package experiment

import (
	"path/filepath"
	"testing"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/ucitest"
)

// TestMixtures: the mixtures score as runs of as many members do.
func TestMixtures(t *testing.T) {
	dir := t.TempDir()
	ucitest.Write(t, dir, "toy", 60, 2)
	c := Table(NoiseHeteroscedastic)
	c.Data, c.Split, c.Hidden, c.Steps = filepath.Join(dir, "toy"), 1, []int{4}, 40
	c.Members, c.EvalSamples = 2, 10
	r := newRunner(t)
	judged := must.Get(r.Mixtures(t.Context(), c, []int{1, 2}))(t)
	scores := judged.Mixtures
	for i, s := range scores {
		same := c
		same.Members = i + 1
		same.EvalSamples *= same.Members
		run := must.Get(r.Train(t.Context(), same, filepath.Join(t.TempDir(), "run")))(t)
		want := run.Scores
		if *s.NLL != *want.NLL || *s.RMSE != *want.RMSE || *s.CRPS != *want.CRPS || s.TestRows != 6 {
			t.Errorf("%d members: NLL %v and RMSE %v of %d rows, want those of a run, %v and %v of 6",
				i+1, *s.NLL, *s.RMSE, s.TestRows, *want.NLL, *want.RMSE)
		}
		if alone := i == 0; (s.Lower != nil) != alone || alone && *s.Lower != *want.Lower {
			t.Errorf("%d members: bound %v, a run's is %v", i+1, s.Lower, want.Lower)
		}
	}
	if *scores[0].NLL == *scores[1].NLL {
		t.Error("a second member changes nothing")
	}
	if len(judged.Alone) != 2 || judged.Alone[0] != scores[0] ||
		*judged.Alone[1].NLL == *scores[0].NLL {
		t.Error("the members alone are not the first mixture and another posterior")
	}
	if _, err := r.Mixtures(t.Context(), c, []int{3}); err == nil {
		t.Error("a mixture of 3 of 2 members: no error")
	}
}

// TestTablesTrainWithFewDraws: on tables auto draws few permutations in training, which warns of
// nothing, and as many as the gap wants for the bounds.
func TestTablesTrainWithFewDraws(t *testing.T) {
	dir := t.TempDir()
	ucitest.Write(t, dir, "toy", 60, 2)
	c := Table(NoiseLearned)
	c.Data, c.Split, c.Steps, c.EvalSamples, c.Members = filepath.Join(dir, "toy"), 0, 60, 10, 1
	c.Symmetrize, c.InitStd, c.TargetGap = string(bnn.EstimatorAuto), 0.5, 1e-3
	warned := ""
	r := newRunner(t)
	r.Watch.Epoch = func(e Epoch, _ int) {
		if e.Permutations > TrainingDraws {
			t.Errorf("epoch %d drew %d permutations", e.Epoch, e.Permutations)
		}
		warned += e.Warning
	}
	s := must.Get(r.Train(t.Context(), c, filepath.Join(t.TempDir(), "run")))(t)
	if warned != "" || s.Scores.Permutations <= TrainingDraws {
		t.Errorf("warning %q, bounds by %d permutations; want none and more than in training",
			warned, s.Scores.Permutations)
	}
}

package experiment

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/must"
)

// TestWidthLeftToData: a width of 0 becomes what the table's task, classes and rows ask for, and
// no other width changes.
func TestWidthLeftToData(t *testing.T) {
	for _, c := range []struct {
		task          dataset.Task
		classes, rows int
		hidden, want  []int
	}{
		{dataset.Regress, 1, 100, []int{0}, []int{50}},
		{dataset.Classify, 3, 120, []int{0}, []int{10}},
		{dataset.Classify, 2, 614, []int{0}, []int{12}},
		{dataset.Classify, 8, 120, []int{0}, []int{16}},
		{dataset.Classify, 2, 100_000, []int{0}, []int{50}},
		{dataset.Classify, 100, 1000, []int{0}, []int{50}},
		{dataset.Classify, 2, 614, []int{7}, []int{7}},
		{dataset.Classify, 2, 614, []int{}, []int{}},
	} {
		open := Config{Hidden: c.hidden, Batch: 100}
		s := dataset.Schema{Task: c.task, Outputs: c.classes}
		got := open.forData(&s, c.rows).Hidden
		if !slices.Equal(got, c.want) || len(c.hidden) > 0 && c.hidden[0] != open.Hidden[0] {
			t.Errorf("%v, %d classes, %d rows, hidden %v: %v, want %v", c.task, c.classes, c.rows,
				c.hidden, got, c.want)
		}
	}
}

// TestPriorLeftToData: numbers from many inputs get a scale for each and the whole KL divergence,
// few and classes one scale; what is asked for stays.
func TestPriorLeftToData(t *testing.T) {
	for _, c := range []struct {
		task   dataset.Task
		inputs int
		prior  string
		weight float64
		want   string
		kl     float64
	}{
		{dataset.Regress, 15, auto, 0, "isotropic", 0.5},
		{dataset.Regress, 16, auto, 0, "ard", 1},
		{dataset.Regress, 16, auto, 0.5, "ard", 0.5},
		{dataset.Regress, 300, "isotropic", 0, "isotropic", 0.5},
		{dataset.Regress, 3, "ard", 0, "ard", 1},
		{dataset.Classify, 300, auto, 0, "isotropic", 1},
	} {
		open := Config{Hidden: []int{50}, Batch: 100, Prior: c.prior, KLWeight: c.weight}
		s := dataset.Schema{Task: c.task, Inputs: c.inputs, Outputs: 1}
		got := open.forData(&s, 100)
		if got.Prior != c.want || got.KLWeight != c.kl {
			t.Errorf("%v, %d inputs, prior %s, weight %g: %s and %g, want %s and %g", c.task, c.inputs,
				c.prior, c.weight, got.Prior, got.KLWeight, c.want, c.kl)
		}
		if kept := open.decidedAs(got); kept.Prior != c.want || kept.KLWeight != c.kl {
			t.Errorf("decided as %s and %g: %s and %g", c.want, c.kl, kept.Prior, kept.KLWeight)
		}
	}
}

// TestWarmupLeftToData: the divergence of classes comes in over 1000 steps, whatever the length,
// that of numbers and of what goes on from a run is there from the start.
func TestWarmupLeftToData(t *testing.T) {
	for _, c := range []struct {
		task                dataset.Task
		steps, warmup, want int
	}{
		{dataset.Classify, 0, -1, 1000}, {dataset.Classify, 400, -1, 1000},
		{dataset.Classify, 400, 0, 0}, {dataset.Classify, 400, 300, 300}, {dataset.Regress, 0, -1, 0},
	} {
		open := Config{Hidden: []int{30}, Batch: 100, Steps: c.steps, KLWarmup: c.warmup}
		got := open.forData(&dataset.Schema{Task: c.task, Outputs: 1}, 100)
		open.InitFrom = "run"
		if again := open.forData(&dataset.Schema{Task: c.task, Outputs: 1}, 100); again.KLWarmup !=
			max(c.warmup, 0) {
			t.Errorf("%v, warm-up %d, from a run: %d", c.task, c.warmup, again.KLWarmup)
		}
		if kept := open.decidedAs(got); got.KLWarmup != c.want || kept.KLWarmup != c.want {
			t.Errorf("%v, %d steps, warm-up %d: %d, decided as %d, want %d", c.task, c.steps, c.warmup,
				got.KLWarmup, kept.KLWarmup, c.want)
		}
	}
}

// TestStepsLeftToData: images take at least the steps of MNIST, and ten passes through more; tables
// their own.
func TestStepsLeftToData(t *testing.T) {
	table := dataset.Schema{Task: dataset.Classify, Outputs: 2,
		Columns: []dataset.Column{{Name: "x"}}}
	images := dataset.Schema{Task: dataset.Classify, Outputs: 10}
	for _, c := range []struct {
		schema     *dataset.Schema
		rows, want int
	}{{&images, 1500, 6000}, {&images, 60_000, 6000}, {&images, 90_000, 9000}, {&table, 100, 5000}} {
		open := Config{Hidden: []int{30}, Batch: 100}
		if got := open.forData(c.schema, c.rows).Steps; got != c.want {
			t.Errorf("%d rows of %v: %d steps, want %d", c.rows, c.schema.Columns, got, c.want)
		}
	}
	for data, want := range map[string]int{builtinData: 10, t.TempDir(): 0} {
		c := Default()
		c.Data = data
		if got := must.Get(Preset("default", c))(t).Epochs; got != want {
			t.Errorf("%s: %d epochs, want %d", data, got, want)
		}
	}
}

// TestOpenWidthIsKept: a run keeps the width that its data decided, goes on with it, and an
// estimator that it is too wide for is refused by name.
func TestOpenWidthIsKept(t *testing.T) {
	c := Table(NoiseHeteroscedastic)
	c.Data, c.Target, c.Steps, c.Members, c.EvalSamples = writeTable(t), "y", 20, 1, 5
	dir := filepath.Join(t.TempDir(), "run")
	r := newRunner(t)
	s := must.Get(r.Train(t.Context(), c, dir))(t)
	run := must.Get(RunConfig(dir))(t)
	if width := s.Widths[1]; width == 0 || !slices.Equal(run.Hidden, []int{width}) {
		t.Fatalf("trained %v, the run's settings say %v", s.Widths, run.Hidden)
	}
	run.EvalSamples = 6 // or there would be nothing to do
	again, err := r.Resume(t.Context(), dir, run)
	if err != nil || !slices.Equal(again.Widths, s.Widths) {
		t.Errorf("resumed: %v", err)
	}
	c.Symmetrize = string(bnn.EstimatorExact)
	if _, err := r.Train(t.Context(), c, filepath.Join(t.TempDir(), "exact")); err == nil ||
		!strings.Contains(err.Error(), "symmetrize") || !strings.Contains(err.Error(), "22") {
		t.Errorf("the exact average over %d neurons: %v", s.Widths[1], err)
	}
}

package bnn

import (
	"context"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// recorder is a CPU device with recordings, which call what they record again.
type recorder struct {
	*cpu.Device
	runs int // of recordings
}

func newRecorder(t testing.TB) *recorder { return &recorder{Device: newCPU(t, cpu.Options{})} }

func (r *recorder) Fork() kernels.Recorder { return r }

func (r *recorder) Record(f func()) kernels.Recording { return &recorded{r, f} }

type recorded struct {
	on *recorder
	f  func()
}

func (r *recorded) Run() { r.on.runs++; r.f() }

func (r *recorded) Free() { r.f = nil }

// TestWindowsEndWhereTheHostActs: at epochs, at checks of validation rows, at new priors, at the
// last step; and never begin within the steps of one evaluation of the information.
func TestWindowsEndWhereTheHostActs(t *testing.T) {
	m := Model{mlp(3, 4, 2), Softmax(), Prior{PriorLearned, 1}}
	d := newRecorder(t)
	var ends []int
	o := FitOptions{Steps: 3*46 + 7, Batch: 10, Seed: 3,
		OnStep:     func(done, _ int) { ends = append(ends, done) },
		Validation: &Validation{Data: toyData(m, 5, 1), Every: 65, Samples: 1}}
	tr := must.Get(NewTrainer(d, m, toyData(m, 460, 1), o))(t)
	defer tr.Close()
	must.Do(t, tr.Run(context.Background()))
	found := map[int]bool{}
	for _, end := range ends {
		found[end] = true
	}
	for _, end := range []int{46, 65, 92, 100, 130, 138, 145} {
		if !found[end] {
			t.Errorf("no window ends after %d steps: they end at %v", end, ends)
		}
	}
	if d.runs == 0 {
		t.Error("no window was run")
	}
	for every := 1; every <= cadenceMost; every++ {
		tr.cadence.every = every
		tr.setWindow()
		if w := tr.window.most; w < 1 || w > maxWindow || every <= maxWindow && w%every != 0 {
			t.Errorf("windows of %d steps for evaluations in every %d", w, every)
		}
	}
}

// TestWindowSteps: windows are short where steps or minibatches are large.
func TestWindowSteps(t *testing.T) {
	for _, c := range []struct{ rows, bytes, perEpoch, want int }{
		{100, 4 * 785, 600, 20}, {100, 4 * 785, 7, 7}, {1000, 4000, 600, 4}, {10_000, 4000, 600, 1},
		{1, 4, 1, 1},
	} {
		if got := windowSteps(c.rows, c.bytes, c.perEpoch); got != c.want {
			t.Errorf("%d rows of %d bytes, %d minibatches: windows of %d steps, want %d",
				c.rows, c.bytes, c.perEpoch, got, c.want)
		}
	}
	m := Model{mlp(784, 1000, 10), Softmax(), Prior{Std: 1}}
	tr := must.Get(
		NewTrainer(newRecorder(t), m, toyData(m, 300, 1), FitOptions{Batch: 10, Samples: 4}))(t)
	defer tr.Close()
	if tr.window.most >= tr.window.room {
		t.Errorf("windows of %d steps of a large network, of which there is room for %d",
			tr.window.most, tr.window.room)
	}
}

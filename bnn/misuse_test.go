package bnn

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// misusable is a small training that runs for ever, and what else can be misused.
func misusable(t *testing.T, o FitOptions) (kernels.Device, Model, Data, *Trainer) {
	t.Helper()
	device := must.Get(cpu.New(cpu.Options{Threads: 2}))(t)
	t.Cleanup(func() { device.Close() })
	m := Model{Network: Network{Widths: []int{2, 3, 2}, Activation: kernels.ReLU},
		Prior: Prior{Std: 1}}
	d := Data{X: []float32{1, 2, 3, 4, 5, 6}, Labels: []int32{0, 1, 0}}
	if o.Epochs == 0 {
		o.Epochs = 1 << 20
	}
	tr := must.Get(NewTrainer(device, m, d, o))(t)
	t.Cleanup(tr.Close)
	return device, m, d, tr
}

// calls are all methods of a trainer that can fail.
func calls(tr *Trainer) map[string]error {
	_, posterior := tr.Posterior()
	_, state := tr.State()
	_, checkpoint := tr.Checkpoint()
	_, result := tr.Result()
	return map[string]error{"Posterior": posterior, "State": state, "Checkpoint": checkpoint,
		"Result": result, "Run": tr.Run(context.Background()), "Resume": tr.Resume(nil, nil)}
}

// TestConcurrentUse: while a training runs every other call is an error, but those that only tell
// how far it is; Close ends it. The race detector looks on.
func TestConcurrentUse(t *testing.T) {
	began := make(chan bool)
	var once sync.Once
	_, _, _, tr := misusable(t, FitOptions{OnStep: func(int, int) {
		once.Do(func() { close(began) })
	}})
	ended := make(chan error)
	go func() { ended <- tr.Run(context.Background()) }()
	<-began
	inUse := 0
	for tries := 0; tries < 100_000 && inUse < 10; tries++ {
		_, err := tr.State()
		if err != nil && !errors.Is(err, ErrInUse) {
			t.Fatal(err)
		}
		if err != nil {
			inUse++
		}
		tr.Steps()
		tr.Epoch()
		tr.Best()
		tr.Rising()
		tr.Finished()
	}
	if inUse == 0 {
		t.Error("nobody was told that the trainer is in use")
	}
	tr.Close()
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("Run ended with %v, want ErrClosed", err)
	}
}

func TestUseAfterClose(t *testing.T) {
	device, m, d, tr := misusable(t, FitOptions{})
	tr.Close()
	tr.Close()
	for name, err := range calls(tr) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	q := must.Get(NewPosterior(m, 0.1, 1))(t)
	p := must.Get(q.Predictor(device, PredictOptions{Samples: 2}))(t)
	p.Close()
	p.Close()
	if _, err := p.Predict(t.Context(), d); !errors.Is(err, ErrClosed) {
		t.Errorf("Predict after Close: %v", err)
	}
	device.Close()
	_, errTrainer := NewTrainer(device, m, d, FitOptions{})
	_, errPredictor := q.Predictor(device, PredictOptions{})
	_, errELBO := q.ELBO(t.Context(), device, d, ELBOOptions{})
	for _, err := range []error{errTrainer, errPredictor, errELBO} {
		if err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("on a closed device: %v", err)
		}
	}
}

// failure is the error of a call that returns a value, too.
func failure[T any](_ T, err error) error { return err }

func TestNil(t *testing.T) {
	device, m, d, tr := misusable(t, FitOptions{})
	q := must.Get(NewPosterior(m, 0.1, 1))(t)
	var none *Posterior
	var noContext context.Context
	errs := map[string]error{"Run": tr.Run(noContext), "Resume": tr.Resume(q, nil),
		"Resume of nothing": tr.Resume(nil, &State{}), "Save": none.Save(t.TempDir() + "/x"),
		"NewTrainer":              failure(NewTrainer(nil, m, d, FitOptions{})),
		"Fit":                     failure(Fit(noContext, device, m, d, FitOptions{})),
		"Start":                   failure(NewTrainer(device, m, d, FitOptions{Start: &Posterior{}})),
		"Predict":                 failure(q.Predict(t.Context(), nil, d, PredictOptions{})),
		"Predict without context": failure(q.Predict(noContext, device, d, PredictOptions{})),
		"Predict by nothing":      failure(none.Predict(t.Context(), device, d, PredictOptions{})),
		"Mixture": failure(Mixture{q, nil}.Predict(t.Context(), device, d,
			PredictOptions{})),
		"ELBO":                 failure(none.ELBO(t.Context(), device, d, ELBOOptions{})),
		"Mixture.ELBO":         failure(Mixture{}.ELBO(t.Context(), device, d, ELBOOptions{})),
		"ELBO without context": failure(q.ELBO(noContext, device, d, ELBOOptions{})),
		"Evaluate":             failure(q.Evaluate(t.Context(), nil, d, PredictOptions{})),
	}
	for name, err := range errs {
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s with nil: %v, want one line", name, err)
		}
	}
}

// A posterior that makes no sense has no scales, and does not panic; what is said of one posterior
// does not call it a member.
func TestSenseless(t *testing.T) {
	device, m, d, _ := misusable(t, FitOptions{})
	learned := m
	learned.Likelihood, learned.Prior.Kind = GaussianLearned(DefaultNoiseStart), PriorLearned
	for name, q := range map[string]*Posterior{"nil": nil, "zero": {},
		"without vectors": {Model: learned}, "too many": {Model: learned, Noise: make([]float32, 9),
			PriorStds: make([]float64, 99)}} {
		if s := len(q.NoiseStds()) + len(q.PriorScales()) + len(q.Sigma()); s != 0 {
			t.Errorf("%s: %d scales, want none", name, s)
		}
		_, errUsed := q.Used()
		_, err := q.Predict(t.Context(), device, d, PredictOptions{})
		if err == nil || errUsed == nil || strings.Contains(err.Error(), "member") {
			t.Errorf("%s: errors %v and %v, want some that name no member", name, err, errUsed)
		}
	}
}

// TestCallbacks: a training can be read, and closed, where its callbacks are called.
func TestCallbacks(t *testing.T) {
	var tr *Trainer
	var read error
	o := FitOptions{Epochs: 4, OnEpoch: func(s EpochStats) error {
		if s.Epoch == 3 {
			tr.Close()
			return nil
		}
		_, read = tr.Checkpoint()
		return read
	}}
	_, _, _, tr = misusable(t, o)
	if err := tr.Run(t.Context()); !errors.Is(err, ErrClosed) || read != nil {
		t.Errorf("Run ended with %v, the checkpoint with %v", err, read)
	}
	if done, _ := tr.Steps(); done != 3 || tr.Finished() {
		t.Errorf("%d steps are done, want 3", done)
	}
}

// TestClosedSince: a trainer whose device was closed does not train.
func TestClosedSince(t *testing.T) {
	device, _, _, tr := misusable(t, FitOptions{Epochs: 3})
	device.Close()
	if err := tr.Run(context.Background()); err == nil {
		t.Error("a training ran on a device that is closed")
	}
}

// TestScoreOfWhat: what has no targets, or other ones, has no scores.
func TestScoreOfWhat(t *testing.T) {
	device, m, d, _ := misusable(t, FitOptions{Epochs: 3})
	q := must.Get(NewPosterior(m, 0.1, 1))(t)
	without := must.Get(q.Predict(context.Background(), device, Data{X: d.X},
		PredictOptions{Samples: 2}))(t)
	with := must.Get(q.Predict(context.Background(), device, d, PredictOptions{Samples: 2}))(t)
	for _, s := range []Metrics{without.Score(d), with.Score(Data{X: d.X}),
		with.Score(Data{Labels: d.Labels[:1]})} {
		if s.N != 0 || s.NLL.Value == s.NLL.Value || s.Classes != nil {
			t.Errorf("%+v, want no scores", s)
		}
	}
	if s := with.Score(d); s.N != 3 || len(s.Classes) != 2 {
		t.Errorf("%+v, want scores of 3 rows", s)
	}
}

// TestNilCheckpoint: none is an error.
func TestNilCheckpoint(t *testing.T) {
	var c *Checkpoint
	if err := c.Save(filepath.Join(t.TempDir(), "c")); err == nil {
		t.Error("no error for a nil checkpoint")
	}
}

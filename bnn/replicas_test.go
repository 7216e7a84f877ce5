package bnn

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/symvi/symvi/kernels/cpu"
)

// TestReplicas: replicas of different lengths, stopped and gone on with, find what each finds
// alone.
func TestReplicas(t *testing.T) {
	m := Model{mlp(3, 5, 2), Softmax(), Prior{Std: 1}}
	d := toyData(m, 46, 1)
	dev := newCPU(t, cpu.Options{})
	options := []FitOptions{{Steps: 23, Batch: 10, Seed: 3}, {Epochs: 3, Batch: 10, Seed: 4,
		LearningRate: 0.02}, {Steps: 7, Batch: 10, KLWarmup: 5,
		Symmetrize: Symmetrization{Estimator: EstimatorNone}}}
	ctx, cancel := context.WithCancel(context.Background())
	seen := make([][]string, len(options))
	with := func(i int) FitOptions {
		o := options[i]
		o.OnEpoch = func(s EpochStats) error {
			seen[i] = append(seen[i], fmt.Sprint(s))
			return nil
		}
		return o
	}
	var all []FitOptions
	for i := range options {
		all = append(all, with(i))
	}
	all[0].OnStep = func(done, _ int) {
		if done == 9 {
			cancel()
		}
	}
	r, err := NewReplicas(dev, m, d, all)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	for i, tr := range r.Trainers() {
		if done, total := tr.Steps(); done != min(9, total) {
			t.Errorf("replica %d: %d steps of %d after 9", i, done, total)
		}
	}
	if err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	together := seen
	for i, tr := range r.Trainers() {
		got, err := tr.Result()
		if err != nil {
			t.Fatal(err)
		}
		seen = make([][]string, len(options))
		want, err := Fit(context.Background(), dev, m, d, with(i))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(together[i], seen[i]) {
			t.Errorf("replica %d is not what its training finds alone:\n%v\n%v", i, together[i], seen[i])
		}
	}
}

func TestReplicasErrors(t *testing.T) {
	m := Model{mlp(3, 5, 2), Softmax(), Prior{Std: 1}}
	d := toyData(m, 46, 1)
	dev := newCPU(t, cpu.Options{})
	for want, options := range map[string][]FitOptions{
		"none, want options for at least one": nil,
		"replica 1: batch size: -1":           {{}, {Batch: -1}},
		"replica 0: learning rate":            {{LearningRate: -1}},
	} {
		if _, err := NewReplicas(dev, m, d, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q", err, want)
		}
	}
	stop := errors.New("stop")
	var r *Replicas
	var inUse error
	r, err := NewReplicas(dev, m, d, []FitOptions{{Epochs: 2, Batch: 10}, {Epochs: 2, Batch: 10,
		OnEpoch: func(EpochStats) error {
			inUse = r.Run(context.Background())
			return stop
		}}})
	if err != nil {
		t.Fatal(err)
	}
	err = r.Run(context.Background())
	if !errors.Is(err, stop) || !strings.HasPrefix(err.Error(), "replica 1: ") {
		t.Errorf("an epoch that fails: %v", err)
	}
	if !errors.Is(inUse, ErrInUse) {
		t.Errorf("in a callback: %v", inUse)
	}
	r.Close()
	r.Close()
	if err := r.Run(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

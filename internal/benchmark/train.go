package benchmark

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// trainStep is a step of training a network on synthetic data.
type trainStep struct {
	widths               []int
	batch, samples, rows int
}

func (t trainStep) benchmark() benchmark {
	widths := strings.Trim(strings.ReplaceAll(fmt.Sprint(t.widths), " ", "-"), "[]")
	return benchmark{kernel: "trainStep", shape: fmt.Sprintf("%s,batch=%d,S=%d", widths, t.batch,
		t.samples), work: 1, unit: "steps/s", scaling: true, setup: t.setup}
}

func (t trainStep) setup(f *field) {
	data := bnn.Data{X: f.values(t.rows*t.widths[0], 0, 1), Labels: make([]int32, t.rows)}
	for i := range data.Labels {
		data.Labels[i] = int32(i % t.widths[len(t.widths)-1])
	}
	f.each("", func(d *cpu.Device) func(n int) { return newStepper(d, t, data).run })
}

// stepper runs a training some steps at a time.
type stepper struct {
	trainer *bnn.Trainer
	left    int
	stop    context.CancelFunc
}

func newStepper(d kernels.Device, t trainStep, data bnn.Data) *stepper {
	s := &stepper{}
	model := bnn.Model{Network: bnn.Network{Widths: t.widths, Activation: kernels.ReLU},
		Likelihood: bnn.Softmax(), Prior: bnn.Prior{Std: 1}}
	options := bnn.FitOptions{Epochs: 1 << 30, Batch: t.batch, Samples: t.samples, OnStep: s.onStep}
	var err error
	if s.trainer, err = bnn.NewTrainer(d, model, data, options); err != nil {
		panic(err) // synthetic data fit the model
	}
	return s
}

func (s *stepper) onStep(int, int) {
	if s.left--; s.left == 0 {
		s.stop()
	}
}

// run does n steps.
func (s *stepper) run(n int) {
	ctx, stop := context.WithCancel(context.Background())
	s.left, s.stop = n, stop
	if err := s.trainer.Run(ctx); !errors.Is(err, context.Canceled) {
		panic(err) // nor do they make a training diverge
	}
}

package bnn

import (
	"context"
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// FitOptions says how a posterior is trained. Zero values take the defaults given
// with the fields.
type FitOptions struct {
	// Symmetrize chooses the objective; the zero value is EstimatorNone, plain mean-field VI.
	Symmetrize Symmetrization
	// Epochs is the number of passes through the data (10). Steps, if not 0, takes its place:
	// the number of optimizer steps.
	Epochs, Steps int
	// Batch is the largest size M of a minibatch (100): the N data are dealt into ⌈N/M⌉
	// minibatches whose sizes differ by at most one.
	Batch int
	// Samples is the number S of weight samples per step (1).
	Samples int
	// Shards is the number of parts, a power of two, that a step's gradient is added up from (1):
	// contiguous blocks of samples and, with fewer samples, of a minibatch's rows. As many
	// processes can train together.
	Shards int
	// Processes, if set, are those that train together, at most Shards of them. Any number of
	// them gives the same bits.
	Processes Communicator
	// LearningRate is Adam's step size (1e-3); β₁ = 0.9, β₂ = 0.999, ε = 1e-8. Schedule says
	// how it changes (ScheduleConstant).
	LearningRate float64
	Schedule     Schedule
	// KLWeight multiplies KL(q^G ‖ p), that is KL(q ‖ p) and the information, in what is
	// maximized (1), reached in equal increments over the first KLWarmup steps (0). What is
	// reported is never weighted.
	KLWeight float64
	KLWarmup int
	// ScaleWarmup is the number of first steps in which the noise of GaussianHeteroscedastic
	// stays constant over inputs (0: half of all, or none with Start; −1: none).
	ScaleWarmup int
	// InitStd is every parameter's initial standard deviation (0.05).
	InitStd float64
	// Start, if set, is where training starts instead: a posterior of the same network.
	// What is learned beside ω is taken over where its model learns the same.
	Start *Posterior
	// Seed decides the initial means, the minibatches, the noise and the permutations.
	Seed uint64
	// Validation, if set, judges the training as it goes on.
	Validation *Validation
	// OnEpoch, if set, is called after every epoch; an error stops the training.
	OnEpoch func(EpochStats) error
	// OnStep, if set, is called after every step, or after every few that a device runs at once
	// (kernels.Recorder), with the steps done and to do.
	OnStep func(done, total int)
}

// Adam's constants (Kingma & Ba 2015).
const beta1, beta2, epsilon = 0.9, 0.999, 1e-8

// withDefaults fills in the defaults for n data and reports what makes no sense.
func (o FitOptions) withDefaults(m Model, n int) (FitOptions, error) {
	if o.Steps == 0 {
		set(&o.Epochs, 10)
	} else if o.Epochs != 0 {
		return o, fmt.Errorf("epochs: %d beside %d steps, want one of them", o.Epochs, o.Steps)
	}
	set(&o.Batch, 100)
	set(&o.Samples, 1)
	set(&o.Shards, 1)
	set(&o.LearningRate, 1e-3)
	set(&o.Schedule, ScheduleConstant)
	set(&o.KLWeight, 1)
	set(&o.InitStd, 0.05)
	set(&o.Symmetrize.Estimator, EstimatorNone)
	epochs := 1
	if o.Steps != 0 {
		epochs = 0
	}
	for _, c := range []struct {
		what          string
		value, lowest int
	}{{"epochs", o.Epochs, epochs}, {"steps", o.Steps, 0}, {"batch size", o.Batch, 1},
		{"samples per step", o.Samples, 1},
		{"KL warm-up steps", o.KLWarmup, 0}, {"scale warm-up steps", o.ScaleWarmup, -1}} {
		if c.value < c.lowest || c.value > 1<<30 {
			return o, fmt.Errorf("%s: %d, want at least %d", c.what, c.value, c.lowest)
		}
	}
	if err := o.Schedule.validate(); err != nil {
		return o, err
	}
	o.Batch = min(o.Batch, n)
	if err := o.checkShards(n); err != nil {
		return o, err
	}
	for _, c := range []struct {
		what  string
		value float64
	}{{"initial standard deviation", o.InitStd}, {"KL weight", o.KLWeight},
		{"learning rate", o.LearningRate}} {
		if err := positive(c.what, c.value); err != nil {
			return o, err
		}
	}
	if o.Validation == nil {
		return o, nil
	}
	v, err := o.Validation.withDefaults(m.Network.inputs(), o.Batch)
	o.Validation = &v
	return o, err
}

// checkShards reports shards that n data or the processes cannot be divided into.
func (o *FitOptions) checkShards(n int) error {
	smallest := n / len(batchEnds(n, o.Batch))
	if err := (sharding{o.Shards, o.Samples}).validate(smallest); err != nil {
		return err
	}
	if !alone(o.Processes) && o.Processes.Size() > o.Shards {
		return fmt.Errorf("shards: %d for %d processes, want at least one for each", o.Shards,
			o.Processes.Size())
	}
	return nil
}

// set replaces a zero value by its default.
func set[T comparable](x *T, value T) {
	var zero T
	if *x == zero {
		*x = value
	}
}

// EpochStats are the terms of the objective, averaged over the steps of an epoch
// (nats, for the whole data set), without KLWeight.
type EpochStats struct {
	// Epoch counts from 1.
	Epoch int
	// Steps is the number of optimizer steps done.
	Steps int
	// LogLikelihood is E_q[log p(Y|X, ω)], estimated by minibatches scaled to the data set.
	LogLikelihood float64
	// KL is KL(q ‖ p), summed over the parameters.
	KL float64
	// Information is the estimate of E_q[I(ω)], 0 without symmetrisation: a lower bound
	// in expectation for EstimatorUniform and EstimatorImportance.
	Information float64
	// InformationUpper is an upper bound in expectation: from the draws of
	// EstimatorImportance, the information itself for EstimatorExact, log |G| for EstimatorUniform.
	InformationUpper float64
	// Permutations is the number K of draws of EstimatorImportance in this epoch, and ESS
	// how many independent draws from the posterior over permutations they are worth; 0 for
	// the others.
	Permutations int
	ESS          float64
	// Warning is set when EstimatorAuto would have needed more permutations than it may draw,
	// unless these are fewer than DefaultPermutations, which serve gradients alone.
	Warning string
	// ValidationNLL is −log p(y|x) of the latest check of the validation rows, in nats per row, and
	// Best that of the best one; 0 before the first check and without validation.
	ValidationNLL, Best float64
}

// ELBO is L_VI = E_q[log p(Y|X, ω)] − KL(q ‖ p) (paper, eq. 3).
func (s EpochStats) ELBO() float64 { return s.LogLikelihood - s.KL }

// SymmetrizedELBO is L^G_VI = L_VI + E_q[I(ω)] (paper, Theorem 4.1).
func (s EpochStats) SymmetrizedELBO() float64 { return s.ELBO() + s.Information }

// Fit trains a posterior for a model on data. It is NewTrainer, Trainer.Run and Trainer.Result.
// The error says which argument makes no sense or what the device lacks, is the context's, or
// wraps ErrDiverged.
func Fit(ctx context.Context, device kernels.Device, m Model, d Data,
	o FitOptions) (*Posterior, error) {
	t, err := NewTrainer(device, m, d, o)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	if err := t.Run(ctx); err != nil {
		return nil, err
	}
	return t.Result()
}

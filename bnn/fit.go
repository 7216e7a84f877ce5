package bnn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/symvi/symvi/kernels"
)

// FitOptions says how a posterior is trained. Zero values take the defaults given
// with the fields.
type FitOptions struct {
	// Symmetrize chooses the objective; the zero value is None, plain mean-field VI.
	Symmetrize Symmetrization
	// Epochs is the number of passes through the data (10).
	Epochs int
	// Batch is the minibatch size M (100), cut to the number of data.
	Batch int
	// Samples is the number S of weight samples per step (1).
	Samples int
	// LearningRate is Adam's step size (1e-3); β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
	LearningRate float64
	// InitStd is every parameter's initial standard deviation (0.05).
	InitStd float64
	// Seed decides the initial means, the minibatches, the noise and the permutations.
	Seed uint64
	// OnEpoch, if set, is called after every epoch; an error stops the training.
	OnEpoch func(EpochStats) error
	// OnStep, if set, is called after every step, with the steps done and to do.
	OnStep func(done, total int)
}

// Adam's constants (Kingma & Ba 2015).
const beta1, beta2, epsilon = 0.9, 0.999, 1e-8

func (o FitOptions) withDefaults(n int) (FitOptions, error) {
	set(&o.Epochs, 10)
	set(&o.Batch, 100)
	set(&o.Samples, 1)
	set(&o.LearningRate, 1e-3)
	set(&o.InitStd, 0.05)
	set(&o.Symmetrize.Estimator, EstimatorNone)
	for _, c := range []struct {
		what  string
		value int
	}{{"epochs", o.Epochs}, {"batch size", o.Batch}, {"samples per step", o.Samples}} {
		if c.value < 1 || c.value > 1<<30 {
			return o, fmt.Errorf("%s: %d, want at least 1", c.what, c.value)
		}
	}
	o.Batch = min(o.Batch, n)
	if err := positive("initial standard deviation", o.InitStd); err != nil {
		return o, err
	}
	return o, positive("learning rate", o.LearningRate)
}

// set replaces a zero value by its default.
func set[T comparable](x *T, value T) {
	var zero T
	if *x == zero {
		*x = value
	}
}

// EpochStats are the terms of the objective, averaged over the steps of an epoch
// (nats, for the whole data set).
type EpochStats struct {
	// Epoch counts from 1.
	Epoch int
	// LogLikelihood is E_q[log p(Y|X, ω)], estimated by minibatches scaled to the data set.
	LogLikelihood float64
	// KL is KL(q ‖ p), summed over the parameters.
	KL float64
	// Information is the estimate of E_q[I(ω)], 0 without symmetrisation: a lower bound
	// in expectation for Uniform and Importance.
	Information float64
	// InformationUpper is an upper bound in expectation: from the draws of Importance,
	// the information itself for Exact, log |G| for Uniform.
	InformationUpper float64
	// Permutations is the number K of draws of Importance in this epoch, and ESS how many
	// independent draws from the posterior over permutations they are worth; 0 for the others.
	Permutations int
	ESS          float64
	// Warning is set when Auto would have needed more permutations than it may draw.
	Warning string
}

// ELBO is L_VI = E_q[log p(Y|X, ω)] − KL(q ‖ p) (paper, eq. 3).
func (s EpochStats) ELBO() float64 { return s.LogLikelihood - s.KL }

// SymmetrizedELBO is L^G_VI = L_VI + E_q[I(ω)] (paper, Theorem 4.1).
func (s EpochStats) SymmetrizedELBO() float64 { return s.ELBO() + s.Information }

// ErrDiverged is wrapped by the error of a training whose objective is no longer finite.
var ErrDiverged = errors.New("training diverged")

// Fit trains a posterior for a model on data. It is NewTrainer and Trainer.Run.
func Fit(ctx context.Context, device kernels.Device, m Model, d Data, o FitOptions) (*Posterior, error) {
	t, err := NewTrainer(device, m, d, o)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	if err := t.Run(ctx); err != nil {
		return nil, err
	}
	return t.Posterior()
}

// Trainer is a training under way, for callers who checkpoint.
type Trainer struct {
	model     Model
	options   FitOptions
	device    kernels.Device
	scratch   *scratch
	data      *dataset
	pass      *pass
	estimator estimator
	drawn     drawn // nil unless the estimator draws from a proposal
	n, size   int
	perEpoch  int
	epoch     int // epochs done
	batch     int // minibatches done in this epoch

	x, moment1, moment2, grad kernels.F32 // (μ, ρ), Adam's moments and the gradient, 2P each
	mu, rho, dMu, dSigma      kernels.F32 // halves of x and grad
	q                         gaussian
	order                     []int32
	index                     kernels.I32
	batches                   []kernels.I32
	loss                      kernels.F32
	stats                     kernels.F64 // sums over the epoch's steps, see State.Sums
	logLikelihood             kernels.F64
	information               kernels.F64
	kl                        kernels.F64
	upper, spread             kernels.F64
}

// NewTrainer checks the arguments and puts everything on the device.
func NewTrainer(device kernels.Device, m Model, d Data, o FitOptions) (*Trainer, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	n, err := m.check(d, true)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(n); err != nil {
		return nil, err
	}
	if err := o.Symmetrize.Validate(m.Network); err != nil {
		return nil, err
	}
	start, err := NewPosterior(m, o.InitStd, o.Seed)
	if err != nil {
		return nil, err
	}
	t := &Trainer{model: m, options: o, device: device, scratch: &scratch{device: device}, n: n,
		size: m.Network.Parameters(), perEpoch: (n + o.Batch - 1) / o.Batch, order: make([]int32, n)}
	t.allocate(d)
	t.mu.Upload(start.Mu)
	t.rho.Upload(start.Rho)
	t.shuffle()
	if err := deviceError(device, device.Sync()); err != nil { // too little memory, say
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *Trainer) allocate(d Data) {
	s, o, p := t.scratch, t.options, t.size
	t.data = newDataset(s, t.model, d, t.n, o.Batch)
	t.pass = newPass(s, t.model.Network, o.Samples, o.Batch, true)
	t.x, t.moment1, t.moment2, t.grad = s.f32(2*p), s.f32(2*p), s.f32(2*p), s.f32(2*p)
	t.mu, t.rho = t.x.Slice(0, p), t.x.Slice(p, 2*p)
	t.dMu, t.dSigma = t.grad.Slice(0, p), t.grad.Slice(p, 2*p)
	t.q = gaussian{t.mu, s.f32(p), s.f32(p)}
	t.estimator = newEstimator(s, t.model.Network, t.q, o.Symmetrize, o.Samples)
	t.drawn, _ = t.estimator.(drawn)
	t.index = s.i32(t.n)
	for lo := 0; lo < t.n; lo += o.Batch {
		t.batches = append(t.batches, t.index.Slice(lo, min(lo+o.Batch, t.n)))
	}
	t.loss = s.f32(o.Samples * o.Batch)
	t.stats = s.f64(statistics)
	t.logLikelihood, t.information, t.kl = t.stats.Slice(0, 1), t.stats.Slice(1, 2), t.stats.Slice(2, 3)
	t.upper, t.spread = t.stats.Slice(3, 4), t.stats.Slice(4, 5)
}

// shuffle orders the data for the current epoch: a function of seed and epoch only.
func (t *Trainer) shuffle() {
	kernels.Key{Seed: t.options.Seed, Stream: streamShuffle, Step: uint32(t.epoch)}.Permutation(t.order, 0)
	t.index.Upload(t.order)
}

// Steps is the number of optimiser steps done, and of all that the options ask for.
func (t *Trainer) Steps() (done, total int) {
	return t.epoch*t.perEpoch + t.batch, t.options.Epochs * t.perEpoch
}

// Epoch is the number of whole epochs done.
func (t *Trainer) Epoch() int { return t.epoch }

// Run trains until the last epoch is done. When ctx is cancelled it stops between two
// steps and returns the context's error; the trainer can then be saved, or run on.
func (t *Trainer) Run(ctx context.Context) error {
	step := t.step
	for t.epoch < t.options.Epochs {
		if err := ctx.Err(); err != nil {
			return err
		}
		kernels.Repeat(t.device, step)
		done, total := t.Steps()
		if t.options.OnStep != nil {
			t.options.OnStep(done, total)
		}
		if t.batch < t.perEpoch {
			continue
		}
		if err := t.endEpoch(); err != nil {
			return err
		}
	}
	return nil
}

// endEpoch reads the epoch's sums, the only values that training reads back.
func (t *Trainer) endEpoch() error {
	sums, err := kernels.Read(t.stats)
	if err != nil {
		return deviceError(t.device, err)
	}
	stats := t.epochStats(sums)
	if bad := stats.SymmetrizedELBO(); math.IsNaN(bad) || math.IsInf(bad, 0) {
		return fmt.Errorf("%w: the objective is %v in epoch %d (log-likelihood %v, KL %v, information %v); try a smaller learning rate than %g",
			ErrDiverged, bad, stats.Epoch, stats.LogLikelihood, stats.KL, stats.Information, t.options.LearningRate)
	}
	if t.drawn != nil {
		t.drawn.adapt(t.precision(sums))
	}
	t.epoch++
	t.batch = 0
	t.stats.Upload(make([]float64, statistics))
	if t.epoch < t.options.Epochs {
		t.shuffle()
	}
	if t.options.OnEpoch != nil {
		return t.options.OnEpoch(stats)
	}
	return nil
}

func (t *Trainer) epochStats(sums []float64) EpochStats {
	steps := float64(t.batch)
	e := EpochStats{Epoch: t.epoch + 1, LogLikelihood: sums[0] / steps, Information: sums[1] / steps, KL: sums[2] / steps}
	switch {
	case t.drawn != nil:
		p := t.precision(sums)
		e.InformationUpper, e.Permutations, e.ESS, e.Warning = sums[3]/steps, p.draws, p.ess(), t.drawn.warning(p)
	case t.estimator.found().exact:
		e.InformationUpper = e.Information
	case t.estimator.found().information != nil:
		e.InformationUpper = t.options.Symmetrize.LogGroupOrder(t.model.Network)
	}
	return e
}

// precision of the epoch's draws.
func (t *Trainer) precision(sums []float64) precision {
	return precision{t.drawn.draws(), sums[4] / float64(t.batch)}
}

// step does one step of Adam on −L̂ (docs/math.md, "A training step").
func (t *Trainer) step() {
	dev, o, s := t.device, &t.options, t.options.Samples
	done, _ := t.Steps()
	key := kernels.Key{Seed: o.Seed, Stream: streamTrain, Step: uint32(done)}
	index := t.batches[t.batch]
	rows := index.Len()

	t.data.gather(index, rows)
	dev.GaussianScale(kernels.GaussianScale{N: t.size, Rho: t.rho, Sigma: t.q.sigma, InvSigma: t.q.inv})
	t.pass.sample(t.q, key, s)
	t.pass.gradient(t.model.Likelihood, t.data.batchX, t.data.batch, s, rows,
		lossSum{t.loss, t.logLikelihood, float64(t.n) / float64(rows*s)})

	key.Stream = streamTrainPermutations
	t.estimator.prepare(t.q)
	t.estimator.evaluate(t.pass.w, s, key, true)
	t.estimator.addGradient(t.pass.w, t.pass.dw, s, -1/float64(s))
	f := t.estimator.found()
	t.sum(f.information, t.information)
	t.sum(f.upper, t.upper)
	t.sum(f.spread, t.spread)
	key.Stream = streamTrain

	dev.SampleGaussianGrad(kernels.SampleGaussianGrad{Key: key, Samples: s, N: t.size, DW: t.pass.dw, DMu: t.dMu, DSigma: t.dSigma})
	dev.KLGaussian(kernels.KLGaussian{N: t.size, Mu: t.mu, Sigma: t.q.sigma, PriorStd: float32(t.model.Prior.Std), Weight: 1, KL: t.kl, DMu: t.dMu, DSigma: t.dSigma})
	dev.GaussianScaleGrad(kernels.GaussianScaleGrad{N: t.size, DSigma: t.dSigma, Rho: t.rho, DRho: t.dSigma})
	dev.Adam(kernels.Adam{N: 2 * t.size, X: t.x, M: t.moment1, V: t.moment2, Grad: t.grad,
		LR: o.LearningRate, Beta1: beta1, Beta2: beta2, Epsilon: epsilon, Step: done + 1})
	t.batch++
}

// sum adds the mean over the step's samples of what was found, if it was, to a sum over steps.
func (t *Trainer) sum(found, sum kernels.F64) {
	if found == nil {
		return
	}
	s := t.options.Samples
	t.device.Sum(kernels.Sum{Batch: 1, N: s, Src64: found, Dst: sum, Scale: 1 / float64(s), Accumulate: true})
}

// Posterior reads the current posterior.
func (t *Trainer) Posterior() (*Posterior, error) {
	x, err := kernels.Read(t.x)
	if err != nil {
		return nil, deviceError(t.device, err)
	}
	return &Posterior{t.model, x[:t.size:t.size], x[t.size:]}, nil
}

// Close returns the trainer's buffers.
func (t *Trainer) Close() { t.scratch.release() }

// State is all that a training must remember between two steps, next to its
// options, to go on bit for bit as if it had not been interrupted.
type State struct {
	// Epoch and Batch count the epochs and, within the next one, the minibatches done.
	Epoch, Batch int
	// Moment1 and Moment2 are Adam's moments of (μ, ρ), 2P values each.
	Moment1, Moment2 []float32
	// Sums are terms summed over the Batch steps of the current epoch: log-likelihood,
	// information, KL; for Importance also the information's upper bound and the relative
	// variance of the weights.
	Sums [statistics]float64
	// Permutations is the number of draws that Importance, or Auto at this time, makes; 0
	// for the other estimators.
	Permutations int
}

// statistics is the number of sums over an epoch's steps.
const statistics = 5

// State reads the trainer's state; Posterior reads the rest.
func (t *Trainer) State() (*State, error) {
	s := &State{Epoch: t.epoch, Batch: t.batch, Moment1: make([]float32, 2*t.size), Moment2: make([]float32, 2*t.size)}
	err := deviceError(t.device, t.moment1.Download(s.Moment1), t.moment2.Download(s.Moment2), t.stats.Download(s.Sums[:]))
	if err != nil {
		return nil, err
	}
	if t.drawn != nil {
		s.Permutations = t.drawn.draws()
	}
	return s, nil
}

// Resume puts a posterior and state that were read from a trainer with the same
// model, data and options back. More epochs may be asked for than before.
func (t *Trainer) Resume(p *Posterior, s *State) error {
	if err := p.check(); err != nil {
		return err
	}
	if !slices.Equal(p.Model.Network.Widths, t.model.Network.Widths) {
		return fmt.Errorf("resume: the posterior's widths are %v, the model's %v", p.Model.Network.Widths, t.model.Network.Widths)
	}
	if len(s.Moment1) != 2*t.size || len(s.Moment2) != 2*t.size {
		return fmt.Errorf("resume: %d and %d optimiser moments, want %d of each", len(s.Moment1), len(s.Moment2), 2*t.size)
	}
	if s.Epoch < 0 || s.Epoch > t.options.Epochs || s.Batch < 0 || s.Batch >= t.perEpoch || s.Epoch == t.options.Epochs && s.Batch > 0 {
		return fmt.Errorf("resume: %d epochs and %d minibatches done, want at most %d epochs of %d minibatches", s.Epoch, s.Batch, t.options.Epochs, t.perEpoch)
	}
	if t.drawn != nil {
		if s.Permutations < 1 || s.Permutations > t.drawn.limit() {
			return fmt.Errorf("resume: %d permutations, want at least 1 and at most %d", s.Permutations, t.drawn.limit())
		}
		t.drawn.setDraws(s.Permutations)
	}
	t.mu.Upload(p.Mu)
	t.rho.Upload(p.Rho)
	t.moment1.Upload(s.Moment1)
	t.moment2.Upload(s.Moment2)
	t.stats.Upload(s.Sums[:])
	t.epoch, t.batch = s.Epoch, s.Batch
	t.shuffle()
	return nil
}

package bnn

import (
	"errors"
	"fmt"
	"math"

	"github.com/symvi/symvi/kernels"
)

// ErrDiverged is wrapped by the error of a training whose objective or parameters are no longer
// finite, or whose objective is so low that nothing brings it back.
var ErrDiverged = errors.New("training diverged")

// DivergedError says how a training diverged and which setting is the likely cause.
type DivergedError struct {
	// What is no longer finite, or too low.
	What string
	// Setting is noise, prior-std, init-std, kl-weight or lr; Value is what it is, and Reason
	// what is wrong with it.
	Setting string
	Value   float64
	Reason  string
}

// Error is one line.
func (e *DivergedError) Error() string {
	return fmt.Sprintf("%v: %s: %s is %g: %s", ErrDiverged, e.What, e.Setting, e.Value, e.Reason)
}

// Unwrap makes it an ErrDiverged.
func (e *DivergedError) Unwrap() error { return ErrDiverged }

// diverged blames a setting.
func (t *Trainer) diverged(what string) error {
	setting, value, reason := t.blame()
	return &DivergedError{what, setting, value, reason}
}

// objective words the terms of an epoch.
func (s EpochStats) objective() string {
	return fmt.Sprintf("the objective is %.4g in epoch %d (log-likelihood %.4g, KL %.4g, "+
		"information %.4g)", s.SymmetrizedELBO(), s.Epoch, s.LogLikelihood, s.KL, s.Information)
}

// parametersDiverged is the error where parameters are seen that are no longer finite.
func (t *Trainer) parametersDiverged() error {
	return t.diverged(fmt.Sprintf("parameters are no longer finite in epoch %d", t.epoch+1))
}

// checkFinite finds an objective that is no longer finite.
func (t *Trainer) checkFinite(s EpochStats) error {
	if isFinite(s.SymmetrizedELBO()) {
		return nil
	}
	return t.diverged(s.objective())
}

// glance is checkFinite between two steps, where it costs nothing.
func (t *Trainer) glance() error {
	if t.glanced == nil {
		return nil
	}
	if err := t.stats.Download(t.glanced); err != nil {
		return deviceError(t.device, err)
	}
	sum := 0.0
	for i, v := range t.glanced {
		if i%statistics < terms {
			sum += math.Abs(v)
		}
	}
	if isFinite(sum) {
		return nil
	}
	if _, err := t.readSums(); err != nil {
		return err
	}
	return t.checkFinite(t.epochStats())
}

// newGlance is room for glance, nil where the host would have to wait for the device to see the
// sums, and where several processes train, which must all stop after the same step.
func (t *Trainer) newGlance() []float64 {
	if _, visible := t.device.(kernels.HostMemory); !visible || !alone(t.options.Processes) {
		return nil
	}
	return make([]float64, t.stats.Len())
}

// checkObjective finds an objective that is no longer finite, or exploded.
func (t *Trainer) checkObjective(s EpochStats) error {
	if err := t.checkFinite(s); err != nil {
		return err
	}
	if s.KL < explosion*float64(t.size) {
		return nil
	}
	before, err := t.untrained()
	if err != nil || !exploded(s, before, t.size) { // nothing to compare with, or not so far
		return nil
	}
	return t.diverged(fmt.Sprintf("%s, %.4g before training", s.objective(), before.LVI.Value))
}

// explosion is what the divergence from the prior is, in nats for each parameter, where their means
// are 140 of its standard deviations from 0.
const explosion = 1e4

// exploded reports whether so many parameters are so far out, and the objective has so little of
// it, that no training comes back. A log-likelihood alone may be as low for some steps.
func exploded(s EpochStats, before *ELBO, parameters int) bool {
	p := float64(parameters)
	return s.KL > explosion*(p+before.KL) &&
		s.SymmetrizedELBO() < -explosion*(p+math.Abs(before.LVI.Value))
}

// untrained is about what the objective was before training, from some rows.
func (t *Trainer) untrained() (*ELBO, error) {
	q, err := NewPosterior(t.model, t.options.InitStd, t.options.Seed)
	if err != nil {
		return nil, err
	}
	s := &scratch{device: t.device}
	defer s.release()
	o := ELBOOptions{Samples: 8, Batch: min(500, t.n)}
	o.Symmetrize.Estimator = EstimatorNone
	e := newELBOEstimator(s, q, &t.data.rows, o)
	for i := range o.Samples {
		e.sample(i)
	}
	return e.result()
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// outOfRange is the factor between a setting and what it should resemble from which on it is
// blamed for a divergence; and farOut that beyond which nothing works.
const outOfRange = 1e3

// blame looks for a setting that does not fit the model and the data, in the order in which
// they can be told from each other, and else blames the learning rate.
func (t *Trainer) blame() (setting string, value float64, reason string) {
	o, m := &t.options, t.model
	if !m.Likelihood.IsSoftmax() {
		size := t.targetSize()
		if size > outOfRange*m.Likelihood.noise {
			return "noise", m.Likelihood.noise, fmt.Sprintf("the targets are of the size %.3g; want a "+
				"noise nearer to them", size)
		}
	}
	// What the prior makes of the start: the squares of means and deviations in units of it.
	narrow, wide := math.Inf(1), 0.0
	for _, s := range m.scales() {
		narrow = min(narrow, s.Std)
		wide = max(wide, s.Std)
	}
	switch {
	case o.Start == nil && outOfRange*narrow < o.InitStd && narrow < 1/outOfRange:
		return "prior-std", m.Prior.Std, fmt.Sprintf("the posterior starts at %g; want a prior nearer "+
			"to it", o.InitStd)
	case o.Start == nil && o.InitStd > 10:
		return "init-std", o.InitStd, "the first networks drawn from the posterior are huge; want " +
			"something like 0.05"
	case wide > outOfRange:
		return "prior-std", m.Prior.Std, "networks drawn from the prior are huge; want something like 1"
	case o.KLWeight > outOfRange:
		return "kl-weight", o.KLWeight, "want something like 1"
	}
	return "lr", o.LearningRate, "want a smaller learning rate"
}

// targetSize is the root mean square of the real targets, 0 if they cannot be read.
func (t *Trainer) targetSize() float64 {
	y, err := kernels.Read(t.data.all.real)
	if err != nil {
		return 0
	}
	sum := 0.0
	for _, v := range y {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(len(y)))
}

package bnn

import (
	"slices"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// refitEvery is the number of steps after which a learned prior is put at its fixed point.
const refitEvery = 100

// learnedPrior is a trainer's prior where it is not isotropic; the standard deviations are
// learned by alternating with Adam: exactly, for the posterior of the moment.
type learnedPrior struct {
	stds    []float64   // nil unless learned; never written to, only replaced
	inverse kernels.F32 // 1/s of every parameter, nil if isotropic
}

// upload takes over a posterior's prior.
func (l *learnedPrior) upload(q *Posterior) {
	l.stds = q.PriorStds
	if l.inverse != nil {
		l.inverse.Upload(q.inversePrior())
	}
}

// refitPrior learns the prior anew if it is due.
func (t *Trainer) refitPrior() error {
	if !t.model.Prior.learned() || t.done()%refitEvery != 0 {
		return nil
	}
	if err := t.completeRho(); err != nil {
		return err
	}
	x, err := kernels.Read(t.x.Slice(0, 2*t.size))
	if err != nil {
		return deviceError(t.device, err)
	}
	mu, sigma := x[:t.size], make([]float32, t.size)
	ref.GaussianScale(sigma, nil, x[t.size:])
	stds := t.model.refitPrior(mu, sigma)
	if slices.ContainsFunc(stds, func(s float64) bool { return !isFinite(s) }) {
		return t.parametersDiverged()
	}
	t.prior.upload(&Posterior{Model: t.model, Mu: mu, PriorStds: stds})
	return nil
}

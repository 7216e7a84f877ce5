package bnn

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Mixture is the posterior q = (1/M) Σ_m q_m of M posteriors of one model, each trained from
// another seed: mean-field posteriors of several modes (Lakshminarayanan et al. 2017 for
// networks; Wilson and Izmailov 2020, Section 3.1, for posteriors). A learned noise is each
// member's own.
type Mixture []*Posterior

// check reports members that are not posteriors of one model.
func (m Mixture) check() error {
	if len(m) == 0 {
		return errors.New("mixture: no members, want at least 1")
	}
	for i, q := range m {
		if err := q.check(); err != nil {
			if len(m) > 1 {
				err = fmt.Errorf("member %d: %w", i+1, err)
			}
			return err
		}
		if d := m[0].Model.Difference(q.Model); d != "" {
			return fmt.Errorf("mixture: members 1 and %d have %s, want members of one model", i+1, d)
		}
	}
	return nil
}

// Predict averages predictions over samples of all members in turn: sample s is drawn from
// member s mod M. For one member it is Posterior.Predict.
func (m Mixture) Predict(ctx context.Context, device kernels.Device, d Data,
	o PredictOptions) (*Prediction, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	p, err := m.newPredictor(device, o, max(1, d.inputValues()/m[0].Model.Network.inputs()))
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return p.Predict(ctx, d)
}

// Predictor prepares predictions. Close must be called.
func (m Mixture) Predictor(device kernels.Device, o PredictOptions) (*Predictor, error) {
	return m.newPredictor(device, o, 1<<20)
}

// MixtureELBO bounds the ELBO of a mixture of symmetrised posteriors, in nats.
type MixtureELBO struct {
	// Members are the members' own.
	Members []*ELBO
	// LVI is the mean of their L_VI. Lower is the mean of their lower bounds of L^G: the
	// mixture's ELBO is at least that, because the entropy of a mixture is at least the mean of
	// its parts' entropies. Upper is the mean of the upper bounds and log M, by which the
	// entropy is at most larger.
	LVI, Lower, Upper Estimate
}

// ELBO estimates the bounds of a mixture. Noise that is learned belongs to the model, so for
// members that have learned another one the bounds are of the mean of the members' evidences.
func (m Mixture) ELBO(ctx context.Context, device kernels.Device, d Data,
	o ELBOOptions) (*MixtureELBO, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	r := &MixtureELBO{}
	for i, q := range m {
		each := o
		if o.OnSample != nil {
			each.OnSample = func(done, total int) { o.OnSample(i*total+done, len(m)*total) }
		}
		e, err := q.ELBO(ctx, device, d, each)
		if err != nil {
			return nil, err
		}
		r.Members = append(r.Members, e)
	}
	r.combine()
	return r, nil
}

// combine computes the mixture's bounds from those of the members.
func (r *MixtureELBO) combine() {
	r.LVI = r.mean(func(e *ELBO) Estimate { return e.LVI })
	r.Lower = r.mean(func(e *ELBO) Estimate { return e.Lower })
	r.Upper = r.mean(func(e *ELBO) Estimate { return e.Upper })
	r.Upper.Value += ref.Log64(float64(len(r.Members)))
}

// InUnits is ELBO.InUnits for all members and the mixture.
func (r *MixtureELBO) InUnits(std []float64) *MixtureELBO {
	moved := &MixtureELBO{}
	for _, e := range r.Members {
		moved.Members = append(moved.Members, e.InUnits(std))
	}
	moved.combine()
	return moved
}

// mean is the mean over members, whose estimates are independent.
func (r *MixtureELBO) mean(of func(*ELBO) Estimate) Estimate {
	n, sum, variance := float64(len(r.Members)), 0.0, 0.0
	for _, e := range r.Members {
		x := of(e)
		sum += x.Value
		variance += float64(x.SE * x.SE)
	}
	return Estimate{sum / n, math.Sqrt(variance) / n}
}

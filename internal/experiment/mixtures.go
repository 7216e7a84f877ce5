package experiment

import (
	"context"
	"fmt"

	"github.com/symvi/symvi/bnn"
)

// Mixtures trains the members of c one after another on the runner's device and scores the
// mixtures of the first members, of the sizes asked for, as Train would score a run of so many:
// with c.EvalSamples posterior samples for each member. A posterior alone is also bounded, by
// EstimatorAuto whatever it was trained by. Nothing is written.
func (r *Runner) Mixtures(ctx context.Context, c Config, sizes []int) ([]*Scores, error) {
	c, err := r.resolve(c)
	if err != nil {
		return nil, err
	}
	d, err := r.load(c)
	if err != nil {
		return nil, err
	}
	members, err := r.fit(ctx, c, d)
	if err != nil {
		return nil, err
	}
	scores := make([]*Scores, len(sizes))
	for i, size := range sizes {
		if size < 1 || size > c.Members {
			return nil, c.problem("members", fmt.Sprintf("a mixture of %d of them was asked for", size))
		}
		s := scoring{posterior: members[:size], test: d.Test, schema: d.Schema,
			samples: size * c.EvalSamples, seed: uint64(c.Seed),
			symmetrize: c.with(Method{Estimator: bnn.EstimatorAuto}).symmetrization()}
		if size == 1 {
			s.train, s.elboSamples = d.Train, max(c.EvalSamples, 2)
		}
		if scores[i], _, err = r.score(ctx, s); err != nil {
			return nil, err
		}
	}
	return scores, nil
}

// fit trains the members of c one after another and writes nothing.
func (r *Runner) fit(ctx context.Context, c Config, d *data) (bnn.Mixture, error) {
	model, err := c.model(d.Schema)
	if err != nil {
		return nil, err
	}
	var members bnn.Mixture
	for number := range c.Members {
		o := c.forRows(d.Train.N).fitOptions()
		o.Seed += uint64(number)
		posterior, err := bnn.Fit(ctx, r.Device, model, Tensors(d.Train), o)
		if err != nil {
			return nil, err
		}
		members = append(members, posterior)
	}
	return members, nil
}

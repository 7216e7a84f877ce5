package experiment

import (
	"context"
	"fmt"

	"github.com/symvi/symvi/bnn"
)

// checkWorse says so where the first member's objective is lower than before training, as too
// large a learning rate makes it without ever leaving the range of numbers.
func (j *job) checkWorse(ctx context.Context) error {
	untrained, err := bnn.NewPosterior(j.model, j.config.InitStd, uint64(j.config.Seed))
	if err != nil {
		return err
	}
	before, err := j.objective(ctx, untrained)
	if err != nil {
		return ctx.Err() // nothing to compare with
	}
	after, err := j.objective(ctx, j.members[0].result)
	if err != nil {
		return err
	}
	margin := 2*(before.SE+after.SE) + max(1, 0.02*float64(j.trainRows.N))
	if j.worse = after.Value < before.Value-margin; j.worse {
		j.note(fmt.Sprintf("the objective is lower than before training, %.4g where it was %.4g: want a "+
			"smaller --lr than %g", after.Value, before.Value, j.config.LR))
	}
	return nil
}

// objective is roughly what training maximizes, without the information.
func (j *job) objective(ctx context.Context, q *bnn.Posterior) (bnn.Estimate, error) {
	e, err := q.ELBO(ctx, j.Device, Tensors(j.trainRows), bnn.ELBOOptions{Samples: 4, Batch: 250,
		Processes: j.Processes})
	if err != nil {
		return bnn.Estimate{}, fmt.Errorf("comparing with an untrained network: %w", err)
	}
	return bnn.Estimate{Value: e.LogLikelihood.Value - j.config.KLWeight*e.KL, SE: e.LVI.SE}, nil
}

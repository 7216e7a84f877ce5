package experiment

import (
	"context"
	"fmt"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
)

// Judged are the scores of members and of mixtures of them.
type Judged struct {
	// Mixtures are those of the sizes asked for.
	Mixtures []*Scores
	// Alone are the members by themselves; the first one is also bounded.
	Alone []*Scores
}

// Mixtures trains the members of c on the runner's device and scores the
// mixtures of the first members, of the sizes asked for, as Train would score a run of so many:
// with c.EvalSamples posterior samples for each member. A posterior alone is bounded by
// EstimatorAuto, whatever it was trained by, unless it is wide. Nothing is written.
func (r *Runner) Mixtures(ctx context.Context, c Config, sizes []int) (*Judged, error) {
	c, err := r.resolve(c)
	if err != nil {
		return nil, err
	}
	for _, size := range sizes {
		if size < 1 || size > c.Members {
			return nil, c.problem("members", fmt.Sprintf("a mixture of %d of them was asked for", size))
		}
	}
	d, err := await(ctx, func() (*data, error) { return r.load(c) })
	if err != nil {
		return nil, err
	}
	members, rows, err := r.fit(ctx, c, d)
	if err != nil {
		return nil, err
	}
	j := &Judged{}
	for i := range members {
		s := c.scoring(d, members[i:i+1])
		if i == 0 {
			s.train, s.elboSamples = rows, max(c.EvalSamples, 2)
		}
		scores, _, err := r.score(ctx, s)
		if err != nil {
			return nil, err
		}
		j.Alone = append(j.Alone, scores)
	}
	for _, size := range sizes {
		scores := j.Alone[0]
		if size > 1 {
			if scores, _, err = r.score(ctx, c.scoring(d, members[:size])); err != nil {
				return nil, err
			}
		}
		j.Mixtures = append(j.Mixtures, scores)
	}
	return j, nil
}

// scoring scores a mixture on the test rows.
func (c Config) scoring(d *data, m bnn.Mixture) scoring {
	judge := bnn.Symmetrization{Estimator: bnn.EstimatorAuto, Group: bnn.Group(c.Group)}
	if !c.narrow() {
		judge.Estimator = bnn.EstimatorNone
	}
	return scoring{posterior: m, test: d.Test, schema: d.Schema, samples: len(m) * c.EvalSamples,
		seed: uint64(c.Seed), symmetrize: judge}
}

// fit trains the members of c and writes nothing. It returns the rows that they learned from too,
// those of d without the validation rows.
func (r *Runner) fit(ctx context.Context, c Config, d *data) (bnn.Mixture, *dataset.Table, error) {
	return r.fitMembers(ctx, c, d, c.memberNumbers())
}

// fitMembers is fit for some of the members, by their numbers, which decide their seeds: together
// where the device can. Numbers beyond c.Members are trainings with other seeds of the same
// members.
func (r *Runner) fitMembers(ctx context.Context, c Config, d *data, numbers []int) (bnn.Mixture,
	*dataset.Table, error) {
	j := &job{Runner: r, config: c, data: d}
	j.setApart()
	c = c.forData(&d.Schema, j.trainRows.N)
	model, err := c.model(d.Schema)
	if err != nil {
		return nil, nil, err
	}
	j.model = model
	if err := j.takeStarts(nil); err != nil {
		return nil, nil, err
	}
	options := make([]bnn.FitOptions, len(numbers))
	for i, number := range numbers {
		o := c.fitOptions()
		o.Seed += uint64(number)
		o.Start, o.Validation = j.startOf(number%c.Members), j.valid
		options[i] = o
	}
	members, err := bnn.FitAll(ctx, r.Device, model, Tensors(j.trainRows), options)
	return members, j.trainRows, err
}

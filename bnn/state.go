package bnn

import (
	"cmp"
	"errors"
	"fmt"
)

// State is all that a training must remember between two steps, next to its
// options, to go on bit for bit as if it had not been interrupted.
type State struct {
	// Epoch and Batch count the epochs and, within the next one, the minibatches done.
	Epoch, Batch int
	// Moment1 and Moment2 are Adam's moments of (μ, ρ, noise): two values for every
	// parameter and one for every learned noise.
	Moment1, Moment2 []float32
	// Sums are terms summed over the Batch steps of the current epoch, five for every shard:
	// log-likelihood, information, KL; for EstimatorImportance also the information's upper bound
	// and the relative variance of the weights.
	Sums []float64
	// Permutations is the number of draws that EstimatorImportance, or EstimatorAuto at this
	// time, makes; 0 for the other estimators.
	Permutations int
	// Saturated says that the last whole epoch found the information to be a constant, so that
	// EstimatorAuto evaluates it in few steps of this one.
	Saturated bool
	// History and HistoryEpochs are the sums of the objective over blocks of so many epochs
	// each, the last block not full, which holds Recent epochs.
	History               []float64
	HistoryEpochs, Recent int
	// Best is the best posterior by the validation rows, nil before their first check, and
	// ValidationNLL what the latest check found.
	Best          *Best
	ValidationNLL float64
}

// statistics is the number of sums over an epoch's steps, the first of which are the objective's
// terms.
const statistics, terms = 5, 3

// check reports what no training can have left behind; Trainer.Resume compares the rest with the
// options.
func (s *State) check() error {
	for _, count := range []struct {
		key   string
		value int
	}{{"epoch", s.Epoch}, {"batch", s.Batch}, {"permutations", s.Permutations}} {
		if count.value < 0 || count.value > 1<<30 {
			return fmt.Errorf("metadata %s%s %d: want an integer between 0 and 2^30", reserved,
				count.key, count.value)
		}
	}
	if s.Best != nil && s.Best.Steps < 0 {
		return fmt.Errorf("metadata %sbest_steps %d: want at least 0", reserved, s.Best.Steps)
	}
	for i, v := range s.Moment2 {
		if v < 0 {
			return fmt.Errorf("tensor optimizer.exp_avg_sq: element %d is %v, want at least 0: "+
				"it is a mean of squares", i, v)
		}
	}
	if len(s.Sums) == 0 || len(s.Sums)%statistics != 0 {
		return fmt.Errorf("tensor trainer.sums: %d elements, want %d for every shard", len(s.Sums),
			statistics)
	}
	var unused history
	if err := unused.restore(s.History, s.HistoryEpochs, s.Recent); err != nil {
		return fmt.Errorf("tensor trainer.history, metadata %shistory_epochs: %w", reserved, err)
	}
	return nil
}

// State reads the trainer's state; Posterior reads the rest. Of several processes, all must
// call it, and all get the whole state.
func (t *Trainer) State() (*State, error) {
	if err := t.take(); err != nil {
		return nil, err
	}
	defer t.give()
	return t.state()
}

func (t *Trainer) state() (*State, error) {
	s := &State{Epoch: t.epoch, Batch: t.batch, Saturated: t.saturated, Best: t.best,
		ValidationNLL: t.validation}
	s.History, s.HistoryEpochs, s.Recent = t.history.state()
	var err1, err2, err3 error
	s.Moment1, err1 = t.readMoments(t.moment1)
	s.Moment2, err2 = t.readMoments(t.moment2)
	s.Sums, err3 = t.readSums()
	if err := cmp.Or(err1, err2, err3); err != nil {
		return nil, err
	}
	if t.drawn != nil {
		s.Permutations = t.drawn.draws()
	}
	return s, nil
}

// Checkpoint reads the posterior and the state. If they are no longer finite, and so could not be
// read again, it is a DivergedError.
func (t *Trainer) Checkpoint() (*Checkpoint, error) {
	if err := t.take(); err != nil {
		return nil, err
	}
	defer t.give()
	q, err := t.posterior()
	if err != nil {
		return nil, err
	}
	s, err := t.state()
	if err != nil {
		return nil, err
	}
	if s.Batch > 0 {
		if err := t.checkFinite(t.epochStats()); err != nil {
			return nil, err
		}
	}
	for _, vector := range [][]float32{q.Mu, q.Rho, q.Noise, s.Moment1, s.Moment2} {
		for _, v := range vector {
			if !isFinite(float64(v)) {
				return nil, t.parametersDiverged()
			}
		}
	}
	return &Checkpoint{Posterior: q, State: s}, nil
}

// Resume puts a posterior and state that were read from a trainer with the same
// model, data and options back. More steps may be asked for than before.
func (t *Trainer) Resume(q *Posterior, s *State) error {
	if err := t.take(); err != nil {
		return err
	}
	defer t.give()
	if s == nil {
		return errors.New("resume: no state, want that of a checkpoint")
	}
	if err := q.check(); err != nil {
		return err
	}
	if d := q.Model.Difference(t.model); d != "" {
		return fmt.Errorf("resume: the posterior and the training are of two models: %s", d)
	}
	if n := t.x.Len(); len(s.Moment1) != n || len(s.Moment2) != n {
		return fmt.Errorf("resume: %d and %d optimizer moments, want %d of each", len(s.Moment1),
			len(s.Moment2), n)
	}
	if got, want := len(s.Sums), statistics*t.options.Shards; got != want {
		return fmt.Errorf("resume: %d sums over steps, want %d for %d shards", got, want,
			t.options.Shards)
	}
	if s.Epoch < 0 || s.Batch < 0 || s.Batch >= t.perEpoch || s.Epoch > t.total/t.perEpoch ||
		s.Epoch*t.perEpoch+s.Batch > t.total {
		return fmt.Errorf("resume: %d epochs and %d minibatches done, want at most %d steps of %d "+
			"minibatches an epoch",
			s.Epoch, s.Batch, t.total, t.perEpoch)
	}
	if t.drawn != nil {
		if s.Permutations < 1 || s.Permutations > t.drawn.limit() {
			return fmt.Errorf("resume: %d permutations, want at least 1 and at most %d", s.Permutations,
				t.drawn.limit())
		}
		t.drawn.setDraws(s.Permutations)
		t.saturated = s.Saturated
		t.setCadence()
	}
	if err := t.history.restore(s.History, s.HistoryEpochs, s.Recent); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if s.Best != nil {
		if err := s.Best.Posterior.check(); err != nil {
			return fmt.Errorf("resume: the best posterior: %w", err)
		}
		if d := s.Best.Posterior.Model.Difference(t.model); d != "" {
			return fmt.Errorf("resume: the best posterior and the training are of two models: %s", d)
		}
	}
	t.best, t.validation = s.Best, s.ValidationNLL
	t.upload(q)
	t.setMoments(t.moment1, s.Moment1)
	t.setMoments(t.moment2, s.Moment2)
	t.setSums(s.Sums)
	t.epoch, t.batch = s.Epoch, s.Batch
	t.steps.Store(int64(t.done()))
	t.shuffle()
	return nil
}

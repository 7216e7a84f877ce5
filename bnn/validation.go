package bnn

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Validation judges a training by rows that it does not learn from: the best posterior is
// kept, and the training may stop early. Zero values take the defaults given with the fields.
type Validation struct {
	// Data are the rows, in the scale of the training data.
	Data Data
	// Every is the number of steps between two checks: 100, or as many as it takes to see as
	// many rows in training as in a check, over its samples.
	Every int
	// Patience is the number of checks without a new best after which training stops; 0: it
	// goes on to the end.
	Patience int
	// Samples is the number of posterior samples of a check (20). Their noise is the same in
	// every check.
	Samples int
}

// withDefaults fills in the defaults for a network with so many inputs.
func (v Validation) withDefaults(inputs, batch int) (Validation, error) {
	set(&v.Samples, 20)
	set(&v.Every, max(100, v.Data.inputValues()/inputs*v.Samples/batch))
	if v.Every < 1 || v.Patience < 0 || v.Samples < 1 {
		return v, fmt.Errorf("validation: every %d steps, patience %d, %d samples; want at least 1, 0 "+
			"and 1",
			v.Every, v.Patience, v.Samples)
	}
	return v, nil
}

// Best is the best posterior of a training so far by its validation rows.
type Best struct {
	Posterior *Posterior
	// Steps is when it was found, and NLL its −log p(y|x), in nats per row.
	Steps int
	NLL   float64
}

// validator estimates the negative log-likelihood of the validation rows, of the
// predictive distribution averaged over posterior samples. Of several processes each judges
// some rows.
type validator struct {
	Validation
	device    kernels.Device
	processes Communicator
	seed      uint64
	data      *dataset
	index     []kernels.I32 // this process's rows, in blocks
	pass      *pass
	loss      kernels.F32
	density   []kernels.F64 // a block's log-sum-exp over samples
}

// validatorRows is how many rows are predicted at a time.
const validatorRows = 1000

func newValidator(s *scratch, m Model, noise kernels.F32, o FitOptions) (*validator, error) {
	d := o.Validation.Data
	n, err := m.check(d, true)
	if err != nil {
		return nil, fmt.Errorf("validation: %w", err)
	}
	mine := own(o.Processes, n)
	ends := batchEnds(mine.len(), validatorRows)
	most := 1 // rows at a time, of which there may be none
	if len(ends) > 0 {
		most = ends[0]
	}
	v := &validator{Validation: *o.Validation, device: s.device, processes: o.Processes, seed: o.Seed}
	v.data = newDataset(s, m, newRows(s, m, d, n), most)
	v.pass = newPass(s, m.Network, 1, most, false)
	if noise != nil {
		v.pass.setNoise(s, noise)
	}
	v.loss = s.f32(most)
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	all, first := s.i32(mine.len()), 0
	all.Upload(rows[mine.lo:mine.hi])
	for _, end := range ends {
		v.index = append(v.index, all.Slice(first, end))
		v.density = append(v.density, s.f64(2*(end-first)))
		first = end
	}
	return v, nil
}

// nll is the mean over rows for the posterior whose σ is up to date.
func (v *validator) nll(m Model, q gaussian) (float64, error) {
	for s := range v.Samples {
		v.pass.sample(q, kernels.Key{Seed: v.seed, Stream: streamValidate, Sample: uint32(s)}, 1)
		for b, index := range v.index {
			rows := index.Len()
			v.data.gather(index)
			v.pass.forward(v.data.batchX, 1, rows)
			v.pass.loss(m.Likelihood, v.data.batch, 1, rows, v.loss, v.pass.out, 1)
			v.device.Accumulate(kernels.Accumulate{Kind: kernels.LogSumExpOfNegated, Samples: 1, N: rows,
				Src: v.loss, State: v.density[b], First: s == 0})
		}
	}
	var logs []float64 // of this process's rows
	for _, density := range v.density {
		state, err := kernels.Read(density)
		if err != nil {
			return 0, deviceError(v.device, err)
		}
		rows := len(state) / 2
		for i := range rows {
			logs = append(logs, state[i]+ref.Log64(state[rows+i]/float64(v.Samples)))
		}
	}
	sum := 0.0
	for _, log := range gather64(v.processes, logs) {
		sum -= log
	}
	return sum / float64(v.data.n), nil
}

// validate checks the validation rows if it is due.
func (t *Trainer) validate() error {
	v, done := t.validator, t.done()
	if v == nil || done%v.Every != 0 && done != t.total {
		return nil
	}
	if t.sharded == nil || !t.sharded.scaled {
		t.scale()
	}
	nll, err := v.nll(t.model, t.q)
	if err != nil {
		return err
	}
	if math.IsNaN(nll) {
		return t.diverged(fmt.Sprintf("the NLL of the validation rows is NaN in epoch %d", t.epoch+1))
	}
	t.validation = nll
	if t.best != nil && !(nll < t.best.NLL) {
		return nil
	}
	q, err := t.posterior()
	if err != nil {
		return err
	}
	t.best = &Best{Posterior: q, Steps: done, NLL: nll}
	return nil
}

// impatient reports whether the checks since the best one are as many as patience allows.
func (t *Trainer) impatient() bool {
	v := t.validator
	return v != nil && v.Patience > 0 && t.best != nil &&
		t.done()/v.Every-t.best.Steps/v.Every >= v.Patience
}

// Best is the best posterior by the validation rows so far, nil without them or before the
// first check and while Run has not returned.
func (t *Trainer) Best() *Best {
	if !t.quiet() {
		return nil
	}
	defer t.give()
	return t.best
}

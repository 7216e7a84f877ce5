package experiment

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
)

// ForeignOptions say of the posterior of another program what its file does not. Empty fields are
// found out, or take the defaults given with them.
type ForeignOptions struct {
	// Target is the column of the table to predict.
	Target string
	// Likelihood is softmax or gaussian; by default what the number of outputs suggests.
	Likelihood string
	// Noise is the standard deviation of a gaussian likelihood, in the target's units.
	Noise float64
	// PriorStd is the standard deviation of every parameter's prior (1).
	PriorStd float64
	// Activation is that of the hidden layers (relu).
	Activation string
}

// Likelihoods are the values of ForeignOptions.Likelihood.
func Likelihoods() []string { return []string{"softmax", "gaussian"} }

// refuse reports options that a model of this program does not take.
func (o ForeignOptions) refuse(path string) error {
	number := func(x float64) string {
		if x == 0 {
			return ""
		}
		return fmt.Sprint(x)
	}
	for _, option := range [][2]string{{"target", o.Target}, {"likelihood", o.Likelihood},
		{"noise", number(o.Noise)}, {"prior-std", number(o.PriorStd)}, {"activation", o.Activation}} {
		if option[1] != "" {
			return &SettingError{option[0], option[1],
				fmt.Sprintf("%s knows its target, likelihood, prior and activation", path)}
		}
	}
	return nil
}

// evalForeign judges the posterior of another program. All rows of the data are scored; L_VI and
// L^G take them for the training data.
func (r *Runner) evalForeign(ctx context.Context, path string, o EvalOptions) (*Scores, error) {
	q, err := r.loadForeign(path, o.Foreign)
	if err != nil {
		return nil, err
	}
	symmetrize := o.symmetrization(Default())
	if err := symmetrize.Validate(q.Model.Network); err != nil {
		return nil, symmetrizeError(symmetrize, err)
	}
	type read struct {
		rows   *evalRows
		schema *dataset.Schema
	}
	d, err := await(ctx, func() (read, error) {
		rows, schema, err := r.foreignRows(path, q.Model, o)
		return read{rows, schema}, err
	})
	if err != nil {
		return nil, err
	}
	rows, schema := d.rows, d.schema
	job := scoring{foreign: true, posterior: bnn.Mixture{q}, test: rows.scored, train: rows.train,
		schema: *schema, on: rows.which,
		samples: o.Samples, elboSamples: o.ELBOSamples, symmetrize: symmetrize, seed: uint64(o.Seed)}
	if err := r.admitScoring(job); err != nil {
		return nil, err
	}
	scores, _, err := r.score(ctx, job)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, &InterruptedError{Cause: err}
	}
	return scores, err
}

// loadForeign reads a posterior and completes its model, saying what is assumed.
func (r *Runner) loadForeign(path string, o ForeignOptions) (*bnn.Posterior, error) {
	if o.Activation == "" {
		o.Activation = Default().Activation
	}
	activation, known := activations[o.Activation]
	if !known {
		return nil, &SettingError{"activation", o.Activation, "want " + orList(Choices("activation"))}
	}
	f, err := bnn.LoadForeign(path, activation)
	if err != nil {
		return nil, err
	}
	for _, line := range f.Assumed {
		r.note(path + ": " + line)
	}
	q := f.Posterior
	if q.Model.Likelihood, err = o.likelihood(q.Model.Network.Widths); err != nil {
		return nil, err
	}
	if q.Model.Prior.Std = o.PriorStd; o.PriorStd == 0 {
		q.Model.Prior.Std = 1
	}
	r.note(fmt.Sprintf("%s: network %v with %s, %v, prior standard deviation %g, as the flags "+
		"say or by default",
		path, q.Model.Network.Widths, o.Activation, q.Model.Likelihood, q.Model.Prior.Std))
	if err := q.Model.Validate(); err != nil {
		return nil, &SettingError{"prior-std", fmt.Sprint(o.PriorStd), err.Error()}
	}
	return q, nil
}

// likelihood is what was asked for, or softmax for more than one output.
func (o ForeignOptions) likelihood(widths []int) (bnn.Likelihood, error) {
	outputs := widths[len(widths)-1]
	switch {
	case o.Likelihood == "softmax", o.Likelihood == "" && outputs > 1 && o.Noise == 0:
		return bnn.Softmax(), nil
	case o.Likelihood != "" && o.Likelihood != "gaussian":
		return bnn.Likelihood{}, &SettingError{"likelihood", o.Likelihood,
			"want " + orList(Likelihoods())}
	case !(o.Noise > 0):
		return bnn.Likelihood{}, &SettingError{"noise", fmt.Sprint(o.Noise),
			"say the standard deviation of the gaussian noise, in the target's units"}
	}
	return bnn.Gaussian(o.Noise), nil
}

// foreignRows reads the data as they are.
func (r *Runner) foreignRows(path string, m bnn.Model,
	o EvalOptions) (*evalRows, *dataset.Schema, error) {
	inputs, outputs := m.Network.Widths[0], m.Network.Widths[len(m.Network.Widths)-1]
	if o.Data == "" {
		return nil, nil, &SettingError{"data", "", fmt.Sprintf("%s does not know its data; say so", path)}
	}
	c := Default()
	c.Data = o.Data
	rows := &evalRows{which: "rows, all of " + o.Data}
	var schema *dataset.Schema
	if isTable(o.Data) {
		options := c.tableOptions()
		options.Target, options.Raw, options.Missing, options.Task = o.Foreign.Target, true,
			dataset.MissingError, dataset.Regress.String()
		if m.Likelihood.IsSoftmax() {
			options.Task = dataset.Classify.String()
		}
		options.Admit = r.admitRows
		split, err := dataset.ReadTable(o.Data, options)
		var none *dataset.NoTargetError
		if errors.As(err, &none) {
			return nil, nil, &SettingError{"target", "", fmt.Sprintf("say which column of %s the posterior "+
				"predicts: %s", inWords(o.Data), none.Columns)}
		}
		if err != nil {
			return nil, nil, err
		}
		rows.scored, rows.train, schema = split.Train, split.Train, &split.Schema
		r.note(fmt.Sprintf("%s: inputs as they are, not standardised, in this order: %s", o.Data,
			strings.Join(schema.FeatureNames(), ", ")))
	} else {
		split, err := r.read(c)
		if err != nil {
			return nil, nil, err
		}
		rows.scored, rows.train, schema, rows.which = split.Test, split.Train, &split.Schema, "test rows"
	}
	if schema.Inputs != inputs || schema.Outputs != outputs {
		return nil, nil, fmt.Errorf("%s: %d inputs and %d outputs (classes or targets), want %d "+
			"and %d as the network of %s",
			o.Data, schema.Inputs, schema.Outputs, inputs, outputs, path)
	}
	if schema.ClassNames != nil {
		r.note(fmt.Sprintf("%s: outputs are the classes %s in this order", o.Data,
			strings.Join(schema.ClassNames, ", ")))
	}
	return rows, schema, nil
}

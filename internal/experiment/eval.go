package experiment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/files"
)

// EvalOptions says how a trained posterior is judged.
type EvalOptions struct {
	// Data, if set, are other rows to score; with On, it is where the run's own data are now.
	Data string
	// On says which of the run's own rows are scored: test, train or all. "" is test, or with
	// Data all of those.
	On string
	// OOD, if set, are rows of another kind, which the predictions' uncertainty should tell from
	// the scored ones. They need no target.
	OOD string
	// Samples and ELBOSamples are the posterior samples of the test metrics and of the bounds.
	Samples, ELBOSamples int
	// Symmetrize is the estimator of the information; "" is auto.
	Symmetrize string
	// Permutations is K of uniform and importance, and the most that auto draws.
	Permutations int
	// Quantiles are wanted of the predictions of real targets.
	Quantiles []float64
	// Seed decides the samples.
	Seed int64
	// Foreign is for the posterior of another program.
	Foreign ForeignOptions
}

// Eval judges the posterior of a run directory or a model.safetensors file.
func (r *Runner) Eval(ctx context.Context, run string, o EvalOptions) (*Scores, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	path, err := modelPath(run)
	if err != nil {
		return nil, err
	}
	if bnn.IsForeign(path) {
		return r.evalForeign(ctx, path, o)
	}
	model, err := r.loadModel(run)
	if err != nil {
		return nil, err
	}
	if err := o.Foreign.refuse(path); err != nil {
		return nil, err
	}
	e, err := r.evaluate(ctx, model, o)
	if err != nil {
		return nil, err
	}
	return e.scores, nil
}

// evaluation is what a judgement rests on.
type evaluation struct {
	rows       *evalRows
	prediction *bnn.Prediction // of rows.scored
	scores     *Scores
}

// evaluate judges a trained model.
func (r *Runner) evaluate(ctx context.Context, model *trained, o EvalOptions) (*evaluation, error) {
	from := model.from
	symmetrize := o.symmetrization(from.config)
	if err := symmetrize.Validate(model.posterior[0].Model.Network); err != nil {
		return nil, symmetrizeError(symmetrize, err)
	}
	rows, err := await(ctx, func() (*evalRows, error) { return r.evalData(model.path, from, o) })
	if err != nil {
		return nil, err
	}
	outliers, err := await(ctx, func() (*dataset.Table, error) { return r.outliers(from, o.OOD) })
	if err != nil {
		return nil, err
	}
	job := scoring{outliers: outliers, quantiles: o.Quantiles, posterior: model.posterior,
		test: rows.scored, train: rows.train, schema: from.schema, on: rows.which,
		samples: o.Samples, elboSamples: o.ELBOSamples, symmetrize: symmetrize, seed: uint64(o.Seed)}
	if err := r.admitScoring(job); err != nil {
		return nil, err
	}
	scores, prediction, err := r.score(ctx, job)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, &InterruptedError{Cause: err}
	}
	return &evaluation{rows, prediction, scores}, err
}

func (o EvalOptions) validate() error {
	for _, n := range []struct {
		key       string
		value, lo int
	}{{"samples", o.Samples, 1}, {"elbo-samples", o.ELBOSamples, 2},
		{"permutations", o.Permutations, 1}} {
		if n.value < n.lo || n.value > maxCount {
			return &SettingError{n.key, fmt.Sprint(n.value),
				fmt.Sprintf("want an integer between %d and %d", n.lo, maxCount)}
		}
	}
	if choices := Choices("symmetrize"); o.Symmetrize != "" &&
		!slices.Contains(choices, o.Symmetrize) {
		return &SettingError{"symmetrize", o.Symmetrize, "want " + orList(choices)}
	}
	if o.On != "" && !slices.Contains(OnChoices(), o.On) {
		return &SettingError{"on", o.On, "want " + orList(OnChoices())}
	}
	if o.OOD == dataset.Stdin && o.Data == dataset.Stdin {
		return &SettingError{"ood", o.OOD, "standard input holds the scored rows already; want a file"}
	}
	if o.Seed < 0 {
		return &SettingError{"seed", fmt.Sprint(o.Seed), "want an integer between 0 and 2^63-1"}
	}
	return nil
}

// symmetrization is the estimator that was asked for, else auto, over the run's group.
func (o EvalOptions) symmetrization(c Config) bnn.Symmetrization {
	s := bnn.Symmetrization{Estimator: bnn.Estimator(o.Symmetrize), Permutations: o.Permutations,
		TargetGap: c.TargetGap, Group: bnn.Group(c.Group)}
	if s.Estimator == "" {
		s.Estimator = bnn.EstimatorAuto
	}
	return s
}

// modelPath finds the checkpoint of a run.
func modelPath(run string) (string, error) {
	if run == "" {
		return "", fmt.Errorf("an empty name; want a run directory or a %s", modelName)
	}
	info, err := os.Stat(run)
	if err != nil {
		return "", fmt.Errorf("%s: %w; want a run directory or a %s", run, files.Cause(err), modelName)
	}
	path := run
	if info.IsDir() {
		path = filepath.Join(run, modelName)
		info, err = os.Stat(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s: has no %s; want the directory of a run that has finished an epoch",
			run, modelName)
	case err != nil:
		return "", fmt.Errorf("%s: %w", path, files.Cause(err))
	case !info.Mode().IsRegular(): // opening a FIFO would wait for a writer
		return "", fmt.Errorf("%s: want a file, found %s", path, kindOfFile(info.Mode()))
	}
	return path, nil
}

// kindOfFile names what is not a regular file.
func kindOfFile(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	}
	return "a device"
}

// previousHint says what can be done about a checkpoint that cannot be used.
func previousHint(path string, err error) error {
	dir := filepath.Dir(path)
	if filepath.Base(path) != modelName {
		return err
	}
	if _, errPrevious := bnn.LoadCheckpoint(filepath.Join(dir, previousName)); errPrevious != nil {
		return err
	}
	return fmt.Errorf("%w; %s is the checkpoint before it, and symvi train --resume %s goes on "+
		"from there",
		err, previousName, files.Quote(dir))
}

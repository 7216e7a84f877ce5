package experiment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/files"
)

// EvalOptions says how a trained posterior is judged.
type EvalOptions struct {
	// Data, if set, is another data set than the run's: one that is in another place
	// now, or other rows to score.
	Data string
	// Samples and ELBOSamples are the posterior samples of the test metrics and of the bounds.
	Samples, ELBOSamples int
	// Symmetrize is the estimator of the information; "" is auto.
	Symmetrize string
	// Permutations is K of uniform and importance, and the most that auto draws.
	Permutations int
	// Seed decides the samples.
	Seed int64
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
	checkpoint, err := bnn.LoadCheckpoint(path)
	if err != nil {
		return nil, previousHint(path, err)
	}
	from, err := readOrigin(path, checkpoint)
	if err != nil {
		return nil, err
	}
	symmetrize := o.symmetrization(from.config)
	if err := symmetrize.Validate(checkpoint.Posterior.Model.Network); err != nil {
		_, what, _ := strings.Cut(err.Error(), ": ")
		return nil, &SettingError{"symmetrize", string(symmetrize.Estimator), what}
	}
	test, train, err := r.evalData(path, from, o)
	if err != nil {
		return nil, err
	}
	scores, err := r.score(ctx, scoring{posterior: checkpoint.Result(), test: test, train: train, standard: from.standard,
		samples: o.Samples, elboSamples: o.ELBOSamples, symmetrize: symmetrize, seed: uint64(o.Seed)})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, &InterruptedError{Cause: err}
	}
	return scores, err
}

func (o EvalOptions) validate() error {
	for _, n := range []struct {
		key       string
		value, lo int
	}{{"samples", o.Samples, 1}, {"elbo-samples", o.ELBOSamples, 2}, {"permutations", o.Permutations, 1}} {
		if n.value < n.lo || n.value > maxCount {
			return &SettingError{n.key, fmt.Sprint(n.value), fmt.Sprintf("want an integer between %d and %d", n.lo, maxCount)}
		}
	}
	if choices := Choices("symmetrize"); o.Symmetrize != "" && !slices.Contains(choices, o.Symmetrize) {
		return &SettingError{"symmetrize", o.Symmetrize, "want " + orList(choices)}
	}
	if o.Seed < 0 {
		return &SettingError{"seed", fmt.Sprint(o.Seed), "want an integer between 0 and 2^63-1"}
	}
	return nil
}

// symmetrization is the estimator that was asked for, else auto, over the run's group.
func (o EvalOptions) symmetrization(c Config) bnn.Symmetrization {
	s := bnn.Symmetrization{Estimator: bnn.Estimator(o.Symmetrize), Permutations: o.Permutations, TargetGap: c.TargetGap, Group: bnn.Group(c.Group)}
	if s.Estimator == "" {
		s.Estimator = bnn.EstimatorAuto
	}
	return s
}

// modelPath finds the checkpoint of a run.
func modelPath(run string) (string, error) {
	info, err := os.Stat(run)
	if err != nil {
		return "", fmt.Errorf("%s: %w; want a run directory or a %s", run, files.Cause(err), modelName)
	}
	if !info.IsDir() {
		return run, nil
	}
	path := filepath.Join(run, modelName)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s: has no %s; want the directory of a run that has finished an epoch", run, modelName)
	}
	return path, nil
}

// evalData finds the rows to score and the training rows for the bounds, nil if
// they are not to be had, and brings them to the model's scale.
func (r *Runner) evalData(path string, from *origin, o EvalOptions) (test, train *dataset.Table, err error) {
	c := from.config
	c.Test = ""
	if beside := filepath.Join(filepath.Dir(path), configName); fileExists(beside) {
		run := Default()
		if err := readRunConfig(beside, &run); err != nil {
			return nil, nil, err
		}
		c.Data, c.Test = run.Data, run.Test
	}
	if o.Data == "" {
		test, train, err = r.runData(path, c, from)
	} else {
		c.Data = o.Data
		test, train, err = r.otherData(c, from)
	}
	if err != nil || from.standard == nil {
		return test, train, err
	}
	for _, t := range []*dataset.Table{test, train} {
		if t == nil {
			continue
		}
		if err := from.standard.Apply(t); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", c.Data, err)
		}
	}
	return test, train, nil
}

// runData are the data the model was trained on.
func (r *Runner) runData(path string, c Config, from *origin) (test, train *dataset.Table, err error) {
	if c.Data == "" {
		return nil, nil, &SettingError{"data", "", fmt.Sprintf("%s does not know where its data are; say so", path)}
	}
	split, err := r.read(c)
	if err != nil {
		return nil, nil, err
	}
	if (prints{checksum(split.Train), checksum(split.Test)}) != from.prints {
		return nil, nil, fmt.Errorf("%s: the data have changed since %s was trained on them; give other data to score with --data", c.Data, path)
	}
	return split.Test, split.Train, nil
}

// otherData are the run's data if c.Data turns out to hold them in another place.
// Else they are rows to score: the test part of images, all rows of a table.
func (r *Runner) otherData(c Config, from *origin) (test, train *dataset.Table, err error) {
	table := from.schema.Target != ""
	if table != isTable(c.Data) {
		want := "images: want mnist or a directory with IDX files"
		if table {
			want = "a table: want a .csv file"
		}
		return nil, nil, &SettingError{"data", c.Data, "the model was trained on " + want}
	}
	split, err := r.read(c)
	if err == nil && checksum(split.Train) == from.prints.Train {
		return split.Test, split.Train, nil
	}
	if table {
		test, err = dataset.ReadCSVLike(c.Data, from.schema)
	} else if err == nil {
		if test = split.Test; test.Inputs != from.schema.Inputs {
			err = fmt.Errorf("%s: images of %d pixels, want %d as in training", c.Data, test.Inputs, from.schema.Inputs)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	r.note(fmt.Sprintf("%s does not hold the data of the training, so L_VI and L^G are left out", c.Data))
	return test, nil, nil
}

// previousHint says what can be done about a checkpoint that cannot be used.
func previousHint(path string, err error) error {
	dir := filepath.Dir(path)
	if filepath.Base(path) != modelName || !fileExists(filepath.Join(dir, previousName)) {
		return err
	}
	return fmt.Errorf("%w; %s is the checkpoint before it, and symvi train --resume %s goes on from there",
		err, previousName, files.Quote(dir))
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

package experiment

import (
	"fmt"
	"os"
	"slices"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
)

// startOf is the posterior that a member, counted from 0, starts from: those of a run take turns,
// so that members that differ go on as members that differ. It is nil for a new one.
func (j *job) startOf(number int) *bnn.Posterior {
	if len(j.starts) == 0 {
		return nil
	}
	return j.starts[number%len(j.starts)]
}

// takeStarts reads the posteriors that training starts from, if --init-from names some and there
// is a member in d, the directory of a run that is resumed, that has not begun.
func (j *job) takeStarts(d *runDir) (err error) {
	if j.config.InitFrom == "" || d != nil && d.allBegun(j.config.Members) {
		return nil
	}
	j.starts, err = j.readStarts(j.config, &j.data.Schema, j.model.Network)
	return err
}

// allBegun reports whether all members of a run have a checkpoint.
func (d *runDir) allBegun(members int) bool {
	for number := range members {
		member := runDir{path: memberPath(d.path, number)}
		if !member.has(modelName) && !member.has(previousName) {
			return false
		}
	}
	return true
}

// readStarts reads the posteriors of the run or the file that c names, and reports if their inputs
// or outputs are not those of a network for data with a schema.
func (r *Runner) readStarts(c Config, s *dataset.Schema, n bnn.Network) (bnn.Mixture, error) {
	info, err := os.Stat(c.InitFrom)
	if err == nil && info.IsDir() {
		model, err := r.loadModel(c.InitFrom)
		if err != nil {
			return nil, err
		}
		return model.posterior, c.checkStart(model.posterior[0], &model.from.schema, s, n)
	}
	path, err := modelPath(c.InitFrom)
	if err != nil {
		return nil, err
	}
	if err := refuseForeign(path); err != nil {
		return nil, err
	}
	checkpoint, err := bnn.LoadCheckpoint(path)
	if err != nil {
		return nil, previousHint(path, err)
	}
	its := s // of a posterior that a program has saved nothing is known
	if _, known := checkpoint.Metadata[metaSchema]; known {
		from, err := readOrigin(path, checkpoint)
		if err != nil {
			return nil, err
		}
		its = &from.schema
	}
	q := checkpoint.Result()
	return bnn.Mixture{q}, c.checkStart(q, its, s, n)
}

// checkStart compares a posterior that was trained on data with the schema its with what is to be
// trained.
func (c Config) checkStart(q *bnn.Posterior, its, s *dataset.Schema, n bnn.Network) error {
	other := q.Model.Network
	if !slices.Equal(other.Widths, n.Widths) || len(n.Widths) > 2 && other.Activation != n.Activation {
		return c.problem("init-from", fmt.Sprintf("its network has widths %v with %v, but %v with %v "+
			"are to be trained", other.Widths, other.Activation, n.Widths, n.Activation))
	}
	for _, names := range []struct {
		what        string
		its, wanted []string
	}{{"input", its.FeatureNames(), s.FeatureNames()}, {"class", its.ClassNames, s.ClassNames},
		{"target", its.TargetNames(), s.TargetNames()}} {
		if names.what == "target" && len(names.wanted) == 1 { // which may have another name
			continue
		}
		for i, name := range names.wanted[:min(len(names.wanted), len(names.its))] {
			if name != names.its[i] {
				return c.problem("init-from", fmt.Sprintf("its %s %d is %q, that of the data %q; want the "+
					"same ones in the same order", names.what, i+1, names.its[i], name))
			}
		}
	}
	return nil
}

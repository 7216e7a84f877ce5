package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/seal"
	"github.com/symvi/symvi/kernels"
)

// model builds the network, likelihood and prior for data with a schema.
func (c Config) model(s dataset.Schema) (bnn.Model, error) {
	m := bnn.Model{Prior: bnn.Prior{Kind: bnn.PriorKind(c.Prior), Std: c.PriorStd}}
	if s.Task == dataset.Regress {
		var err error
		if m.Likelihood, err = c.Noise.likelihood(c.NoiseStart); err != nil {
			return m, c.problem("noise", err.Error())
		}
	}
	m.Network.Widths = slices.Concat([]int{s.Inputs}, c.Hidden, []int{m.Likelihood.Outputs(s.Outputs)})
	if len(c.Hidden) > 0 {
		m.Network.Activation = activations[c.Activation]
	}
	if err := m.Validate(); err != nil {
		return m, c.problem("hidden", err.Error())
	}
	return m, c.checkSymmetrize()
}

var activations = map[string]kernels.Activation{"relu": kernels.ReLU, "tanh": kernels.Tanh}

func (c Config) fitOptions() bnn.FitOptions {
	o := bnn.FitOptions{Symmetrize: c.symmetrization(), Epochs: c.Epochs, Steps: c.Steps,
		Batch: c.Batch, Samples: c.Samples, Shards: c.Shards,
		LearningRate: c.LR, Schedule: bnn.Schedule(c.Schedule), KLWeight: c.KLWeight,
		KLWarmup: c.KLWarmup,
		InitStd:  c.InitStd, Seed: uint64(c.Seed)}
	if c.InitFrom != "" {
		o.ScaleWarmup = -1 // as with a Start, which a run that is resumed may do without
	}
	return o
}

// The checkpoint's metadata. They hold what decides the model and what reading new data needs,
// never a path, a time or a number of threads: equal trainings leave equal files.
const (
	metaSettings = "settings"
	metaSchema   = "schema" // the JSON of dataset.Schema
	metaData     = "data"
	metaMember   = "member" // its number, from 2
)

// origin says where a model comes from: the part of a checkpoint that is not bnn's.
type origin struct {
	config Config // only the settings that decide the model, and the name of built-in data
	schema dataset.Schema
	prints prints
	old    bool // a table of version 1, whose prints are of its values and tell nothing today
}

// dataOrigin is the JSON under metaData.
type dataOrigin struct {
	Builtin string `json:"builtin,omitempty"`
	prints
}

// describe fills the metadata of checkpoints of a training.
func (r *Runner) describe(c Config, d *data) (metadata map[string]string, err error) {
	text, err1 := c.encodeDeciding()
	from := dataOrigin{prints: d.prints}
	if _, ok := r.Builtin[c.Data]; ok {
		from.Builtin = c.Data
	}
	fromText, err2 := json.Marshal(from)
	schema, err3 := json.Marshal(d.Schema)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	return map[string]string{metaSettings: text, metaSchema: string(schema),
		metaData: string(fromText)}, nil
}

// readOrigin checks and parses what describe wrote; path names the checkpoint in errors.
func readOrigin(path string, c *bnn.Checkpoint) (*origin, error) {
	o := &origin{config: Default()}
	if _, err := decodeConfig(path+" (settings)", []byte(c.Metadata[metaSettings]),
		&o.config); err != nil {
		return nil, corrupt(path, err)
	}
	var from dataOrigin
	if err := seal.Unmarshal([]byte(c.Metadata[metaData]), &from); err != nil {
		return nil, corrupt(path, fmt.Errorf("metadata: want the JSON that symvi train writes: %w", err))
	}
	schema, old, err := readSchema(c)
	if err != nil {
		return nil, corrupt(path, err)
	}
	o.config.Data, o.prints, o.schema, o.old = from.Builtin, from.prints, *schema, old
	if err := o.checkNetwork(c.Posterior.Model); err != nil {
		return nil, corrupt(path, err)
	}
	if c.Note != "" { // older settings do not say all of the model
		return o, nil
	}
	return o, corrupt(path, o.checkSettings(c.Posterior.Model))
}

// readSchema reads the schema, also that of a checkpoint of version 1, which is then old.
func readSchema(c *bnn.Checkpoint) (s *dataset.Schema, old bool, err error) {
	text := []byte(c.Metadata[metaSchema])
	var first oldSchema
	if err := json.Unmarshal(text, &first); err != nil || first.Features == nil {
		s, err = dataset.ParseSchema(text)
		return s, false, err
	}
	s, err = first.schema(c.Vectors)
	return s, true, err
}

// checkNetwork compares the schema with the network that is to read its data.
func (o *origin) checkNetwork(m bnn.Model) error {
	w, s := m.Network.Widths, o.schema
	if w[0] != s.Inputs || w[len(w)-1] != m.Likelihood.Outputs(s.Outputs) ||
		m.Likelihood.IsSoftmax() != (s.Task == dataset.Classify) {
		return fmt.Errorf("the schema (%v, %d inputs, %d outputs) does not fit the network of "+
			"widths %v", s.Task, s.Inputs, s.Outputs, w)
	}
	return nil
}

// checkSettings compares the settings with the model that was trained with them.
func (o *origin) checkSettings(m bnn.Model) error {
	want, err := o.config.model(o.schema)
	if err != nil {
		return err
	}
	if !m.Equal(want) {
		return fmt.Errorf("its settings ask for the model %v, but it holds %v", want, m)
	}
	return nil
}

// corrupt makes an error of a checkpoint's contents a failure, not a mistake in what was asked for.
func corrupt(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("checkpoint %s: %s", path, firstLine(err))
}

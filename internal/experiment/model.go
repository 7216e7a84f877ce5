package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/kernels"
)

// maxMemory is the most that a training may need, in bytes: a guard against typing
// errors, not a promise that the machine has as much.
const maxMemory = 256 << 30

// model builds the network, likelihood and prior for data with a schema.
func (c Config) model(s dataset.Schema) (bnn.Model, error) {
	m := bnn.Model{
		Network: bnn.Network{Widths: slices.Concat([]int{s.Inputs}, c.Hidden, []int{s.Outputs})},
		Prior:   bnn.Prior{Std: c.PriorStd},
	}
	if len(c.Hidden) > 0 {
		m.Network.Activation = activations[c.Activation]
	}
	if s.Task == dataset.Regress {
		m.Likelihood = bnn.Gaussian(c.Noise)
	}
	if err := m.Validate(); err != nil {
		return m, c.problem("hidden", err.Error())
	}
	parameters, widest := float64(m.Network.Parameters()), 0.0
	for _, w := range c.Hidden {
		widest += float64(w)
	}
	need := 4*parameters*float64(12+3*c.Samples) + 4*widest*float64(c.Samples)*float64(c.Permutations+4*c.Batch)
	if need > maxMemory {
		return m, c.problem("samples", fmt.Sprintf("this many samples of a network of widths %v need about %.0f GiB of memory; want fewer samples, permutations or neurons", m.Network.Widths, need/(1<<30)))
	}
	return m, nil
}

var activations = map[string]kernels.Activation{"relu": kernels.ReLU, "tanh": kernels.Tanh}

func (c Config) fitOptions() bnn.FitOptions {
	return bnn.FitOptions{Symmetrize: c.symmetrization(), Epochs: c.Epochs, Batch: c.Batch, Samples: c.Samples,
		LearningRate: c.LR, InitStd: c.InitStd, Seed: uint64(c.Seed)}
}

// The checkpoint's metadata and vectors. They hold what decides the model and what
// reading new data needs, never a path, a time or a number of threads: equal
// trainings leave equal files.
const (
	metaSettings = "settings"
	metaSchema   = "schema"
	metaData     = "data"

	vectorMean       = "input_mean"
	vectorStd        = "input_std"
	vectorTargetMean = "target_mean"
	vectorTargetStd  = "target_std"
)

// origin says where a model comes from: the part of a checkpoint that is not bnn's.
type origin struct {
	config   Config // only the settings that decide the model, and the name of built-in data
	schema   dataset.Schema
	prints   prints
	standard *dataset.Standardisation
}

// dataOrigin is the JSON under metaData.
type dataOrigin struct {
	Builtin string `json:"builtin,omitempty"`
	prints
}

// schemaOrigin is the JSON under metaSchema.
type schemaOrigin struct {
	Task     string   `json:"task"`
	Inputs   int      `json:"inputs"`
	Outputs  int      `json:"outputs"`
	Target   string   `json:"target,omitempty"`
	Features []string `json:"features,omitempty"`
	Classes  []string `json:"classes,omitempty"`
}

// describe fills the metadata and vectors of checkpoints of a training.
func (r *Runner) describe(c Config, d *data) (metadata map[string]string, vectors map[string][]float32, err error) {
	text, err1 := c.encodeDeciding()
	from := dataOrigin{prints: d.prints}
	if _, ok := r.Builtin[c.Data]; ok {
		from.Builtin = c.Data
	}
	fromText, err2 := json.Marshal(from)
	schema, err3 := json.Marshal(schemaOrigin{d.Task.String(), d.Inputs, d.Outputs, d.Target, d.FeatureNames, d.ClassNames})
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, nil, err
	}
	metadata = map[string]string{metaSettings: text, metaSchema: string(schema), metaData: string(fromText)}
	if s := d.standard; s != nil {
		vectors = map[string][]float32{vectorMean: s.Mean, vectorStd: s.Std}
		if d.Task == dataset.Regress {
			vectors[vectorTargetMean], vectors[vectorTargetStd] = s.TargetMean, s.TargetStd
		}
	}
	return metadata, vectors, nil
}

// readOrigin checks and parses what describe wrote; path names the checkpoint in errors.
func readOrigin(path string, c *bnn.Checkpoint) (*origin, error) {
	o := &origin{config: Default()}
	if _, err := decodeConfig(path+" (settings)", []byte(c.Metadata[metaSettings]), &o.config); err != nil {
		return nil, corrupt(path, err)
	}
	var from dataOrigin
	var schema schemaOrigin
	if err := errors.Join(json.Unmarshal([]byte(c.Metadata[metaData]), &from), json.Unmarshal([]byte(c.Metadata[metaSchema]), &schema)); err != nil {
		return nil, corrupt(path, fmt.Errorf("metadata: want the JSON that symvi train writes: %w", err))
	}
	task, err := dataset.ParseTask(schema.Task)
	if err != nil {
		return nil, corrupt(path, err)
	}
	o.config.Data, o.prints = from.Builtin, from.prints
	o.schema = dataset.Schema{Task: task, Inputs: schema.Inputs, Outputs: schema.Outputs, Target: schema.Target, FeatureNames: schema.Features, ClassNames: schema.Classes}
	return o, corrupt(path, errors.Join(o.checkNetwork(c.Posterior.Model), o.readStandard(c.Vectors)))
}

// checkNetwork compares the schema with the network that is to read its data.
func (o *origin) checkNetwork(m bnn.Model) error {
	w, s := m.Network.Widths, o.schema
	if w[0] != s.Inputs || w[len(w)-1] != s.Outputs || m.Likelihood.IsSoftmax() != (s.Task == dataset.Classify) ||
		s.Task == dataset.Regress && s.Target == "" || s.ClassNames != nil && len(s.ClassNames) != s.Outputs {
		return fmt.Errorf("the schema (%v, %d inputs, %d outputs) does not fit the network of widths %v", s.Task, s.Inputs, s.Outputs, w)
	}
	return nil
}

// readStandard reads the standardisation, which tables have and images do not.
func (o *origin) readStandard(vectors map[string][]float32) error {
	if o.schema.Target == "" {
		return nil
	}
	s := &dataset.Standardisation{Mean: vectors[vectorMean], Std: vectors[vectorStd], TargetMean: vectors[vectorTargetMean], TargetStd: vectors[vectorTargetStd]}
	targets := 0
	if o.schema.Task == dataset.Regress {
		targets = o.schema.Outputs
	}
	for _, v := range []struct {
		name  string
		value []float32
		size  int
	}{{vectorMean, s.Mean, o.schema.Inputs}, {vectorStd, s.Std, o.schema.Inputs}, {vectorTargetMean, s.TargetMean, targets}, {vectorTargetStd, s.TargetStd, targets}} {
		if len(v.value) != v.size {
			return fmt.Errorf("tensor extra.%s has %d elements, want %d", v.name, len(v.value), v.size)
		}
	}
	for _, std := range slices.Concat(s.Std, s.TargetStd) {
		if !(std > 0) || math.IsInf(float64(std), 0) {
			return fmt.Errorf("tensor extra.%s or extra.%s holds %v, want positive numbers", vectorStd, vectorTargetStd, std)
		}
	}
	o.standard = s
	return nil
}

// corrupt makes an error of a checkpoint's contents a failure, not a mistake in what was asked for.
func corrupt(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("checkpoint %s: %s", path, firstLine(err))
}

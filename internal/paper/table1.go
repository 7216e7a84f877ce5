package paper

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/mnist"
	"github.com/symvi/symvi/internal/studies"
	"github.com/symvi/symvi/kernels"
)

// table1Methods are the rows of Table 1 for a width: plain mean field, the paper's
// estimator, of which K = 1 is a control that must not differ from mean field, and ours.
func table1Methods(o options, width int) []experiment.Method {
	methods := []experiment.Method{{Estimator: bnn.EstimatorNone}}
	for _, k := range []int{1, 5, 10, 20} {
		methods = append(methods, experiment.Method{Estimator: bnn.EstimatorUniform, Permutations: k})
	}
	if width <= studies.Choose(o.Quick, exactWidth, quickExactWidth) {
		methods = append(methods, experiment.Method{Estimator: bnn.EstimatorExact})
	}
	return append(methods, experiment.Method{Estimator: bnn.EstimatorImportance,
		Permutations: bnn.DefaultPermutations})
}

// exactWidth is the widest layer whose permanents are cheap enough to train with, quickExactWidth
// in a quick run: they take twice as long for every neuron more.
const exactWidth, quickExactWidth = 20, 10

// classifier decides a training of Table 1 and how it is scored.
type classifier struct {
	Preset       string  `json:"preset"`
	Hidden       int     `json:"hidden"`
	Estimator    string  `json:"estimator"`
	Permutations int     `json:"permutations"`
	Seed         int64   `json:"seed"`
	PriorStd     float64 `json:"prior_std"`
	InitStd      float64 `json:"init_std"`
	Batch        int     `json:"batch"`
	LR           float64 `json:"lr"`
	StepSamples  int     `json:"step_samples"` // weight samples per step
	Epochs       int     `json:"epochs"`
	Samples      int     `json:"samples"`      // posterior samples of a prediction
	ELBOSamples  int     `json:"elbo_samples"` // and of the bounds
	Draws        int     `json:"draws"`        // predictions, each with its own samples
}

// classified is the outcome.
type classified struct {
	// Accuracy of every prediction, in per cent.
	Accuracy []float64 `json:"accuracy"`
	NLL      float64   `json:"nll"`
	ELBO     float64   `json:"elbo"`
	Lower    float64   `json:"elbo_sym_lower"`
	Upper    float64   `json:"elbo_sym_upper"`
	Used     *int      `json:"used_neurons"` // nil in older results
	LogGroup float64   `json:"log_group_order"`
}

// redrawn is how many seeds are predicted with twice, for the spread of the predictions.
const redrawn = 5

func table1Cells(o options) []studies.Cell {
	var cells []studies.Cell
	for _, width := range table1Widths {
		for _, m := range table1Methods(o, width) {
			cells = append(cells, methodCells(o, width, m)...)
		}
	}
	return cells
}

// methodCells are the trainings of one method at one width, one cell per seed.
func methodCells(o options, width int, m experiment.Method) []studies.Cell {
	config, err := experiment.Preset(o.Preset, experiment.Default())
	if err != nil {
		panic(err) // validate has looked
	}
	var cells []studies.Cell
	for i, seed := range o.SeedList() {
		c := classifier{Preset: o.Preset, Hidden: width, Estimator: string(m.Estimator),
			Permutations: m.Permutations, Seed: seed,
			PriorStd: config.PriorStd, InitStd: config.InitStd, Batch: config.Batch, LR: config.LR,
			StepSamples: config.Samples, Epochs: studies.Choose(o.Quick, config.Epochs, 1),
			Samples: studies.Choose(o.Quick, 1000, 50), ELBOSamples: studies.Choose(o.Quick, 200,
				20), Draws: 1}
		if i < redrawn {
			c.Draws = 2
		}
		cells = append(cells, studies.Cell{Folder: "table1",
			Name: fmt.Sprintf("hidden%d-%s-seed%d", width, studies.FileName(m), seed), Settings: c,
			Seconds: c.seconds(), Memory: c.memory(), Shared: mnistBytes,
			Run: func(ctx context.Context, d kernels.Device) (any, error) { return c.run(ctx, d) }})
	}
	return cells
}

// seconds on one core of the reference machine: an epoch, and a thousand samples, are
// hardly faster for fewer neurons than the 16 lanes of a vector.
func (c classifier) seconds() float64 {
	vectors := math.Ceil(float64(c.Hidden) / 16)
	s := 0.6 + (0.05+0.06*vectors)*float64(c.Epochs) + (0.5+2.8*vectors)*float64(c.Draws*c.Samples)/
		1000
	if c.Estimator == string(bnn.EstimatorExact) {
		const steps = 600 // an epoch; 2ⁿ sets of columns are visited twice a step
		s += 6e-9 * math.Exp2(float64(c.Hidden)) * steps * float64(c.Epochs)
	}
	return s
}

// mnistBytes is what the data hold: a byte a pixel, and the labels.
const mnistBytes = mnistRows*(784+4) + 10_000*(784+4)

// mnistRows are those of the training part.
const mnistRows = 60_000

// memory is what a training holds and, if that is more, what judging it does.
func (c classifier) memory() float64 {
	// Sampled weights and blocks of inputs and outputs of a prediction, at most.
	const predicting = 48 << 20
	training, err := bnn.TrainingMemory(c.model(784, 10), mnistRows, c.fitOptions())
	if err != nil {
		return 0 // the training will say what is wrong
	}
	judging := bnn.ELBOMemory(c.model(784, 10), mnistRows, c.elboOptions())
	return max(training.Total(), predicting+judging.Total())
}

// model is the network for images of so many pixels and classes.
func (c classifier) model(inputs, outputs int) bnn.Model {
	return bnn.Model{Prior: bnn.Prior{Std: c.PriorStd},
		Network: bnn.Network{Widths: []int{inputs, c.Hidden, outputs}, Activation: kernels.ReLU}}
}

func (c classifier) fitOptions() bnn.FitOptions {
	return bnn.FitOptions{Epochs: c.Epochs, InitStd: c.InitStd, Batch: c.Batch, LearningRate: c.LR,
		Samples: c.StepSamples, Seed: uint64(c.Seed),
		Symmetrize: bnn.Symmetrization{Estimator: bnn.Estimator(c.Estimator),
			Permutations: c.Permutations}}
}

// elboOptions are those of the bounds of any method, by auto.
func (c classifier) elboOptions() bnn.ELBOOptions {
	return bnn.ELBOOptions{Samples: c.ELBOSamples, Seed: uint64(c.Seed),
		Symmetrize: bnn.Symmetrization{Estimator: bnn.EstimatorAuto}}
}

// mnistData reads the built-in data once for all cells.
var mnistData = sync.OnceValues(mnist.Load)

func (c classifier) run(ctx context.Context, d kernels.Device) (*classified, error) {
	split, err := mnistData()
	if err != nil {
		return nil, err
	}
	train, test := experiment.Tensors(split.Train), experiment.Tensors(split.Test)
	posterior, err := bnn.Fit(ctx, d, c.model(split.Schema.Inputs, split.Schema.Outputs), train,
		c.fitOptions())
	if err != nil {
		return nil, err
	}
	var out classified
	for draw := range c.Draws {
		m, err := posterior.Evaluate(ctx, d, test,
			bnn.PredictOptions{Samples: c.Samples, Seed: c.predictionSeed(draw)})
		if err != nil {
			return nil, err
		}
		out.Accuracy = append(out.Accuracy, 100*m.Accuracy.Value)
		if draw == 0 {
			out.NLL = m.NLL.Value
		}
	}
	return &out, out.bound(ctx, d, c, posterior, train)
}

// predictionSeed pairs the methods; the draws of one training share nothing.
func (c classifier) predictionSeed(draw int) uint64 { return uint64(c.Seed) + uint64(draw)<<32 }

// bound estimates L_VI and the bounds of L^G of any method by auto.
func (r *classified) bound(ctx context.Context, d kernels.Device, c classifier, q *bnn.Posterior,
	train bnn.Data) error {
	e, err := q.ELBO(ctx, d, train, c.elboOptions())
	if err != nil {
		return err
	}
	if len(e.Used) != 1 {
		return errors.New("want one hidden layer")
	}
	r.ELBO, r.Lower, r.Upper, r.Used, r.LogGroup = e.LVI.Value, e.Lower.Value, e.Upper.Value,
		new(e.Used[0]), e.LogGroupOrder
	return nil
}

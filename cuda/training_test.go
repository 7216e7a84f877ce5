//go:build cuda

package cuda

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
	"github.com/symvi/symvi/kernels/kerneltest"
)

// trainingCase is a small training: 5 minibatches an epoch, the last one smaller.
type trainingCase struct {
	name    string
	model   bnn.Model
	options bnn.FitOptions
}

const (
	trainingRows  = 46
	trainingBatch = 10
	stepsPerEpoch = 5
)

func trainingCases(steps int) []trainingCase {
	var cases []trainingCase
	for _, c := range []struct {
		symmetrize bnn.Symmetrization
		widths     []int
		likelihood bnn.Likelihood
		activation kernels.Activation
		samples    int
		prior      bnn.PriorKind
	}{
		{bnn.Symmetrization{Estimator: bnn.EstimatorNone}, []int{7, 33, 5}, bnn.Softmax(),
			kernels.ReLU, 1, ""},
		{bnn.Symmetrization{Estimator: bnn.EstimatorNone}, []int{7, 40, 20, 2}, bnn.Gaussian(0.3),
			kernels.Tanh, 3, ""},
		{bnn.Symmetrization{Estimator: bnn.EstimatorUniform, Permutations: 5}, []int{7, 9, 6, 4},
			bnn.Softmax(), kernels.Tanh, 2, ""},
		{bnn.Symmetrization{Estimator: bnn.EstimatorExact}, []int{7, 8, 4}, bnn.Softmax(),
			kernels.ReLU, 2, ""},
		{bnn.Symmetrization{Estimator: bnn.EstimatorExact, Group: bnn.GroupSignedPermutations},
			[]int{7, 6, 1}, bnn.Gaussian(0.2), kernels.Tanh, 2, ""},
		{bnn.Symmetrization{Estimator: bnn.EstimatorImportance, Permutations: 6}, []int{7, 12, 4},
			bnn.Softmax(), kernels.ReLU, 2, ""},
		{bnn.Symmetrization{Estimator: bnn.EstimatorImportance, Permutations: 4}, []int{7, 8, 6, 4},
			bnn.Softmax(), kernels.ReLU, 1, ""},
		{bnn.Symmetrization{Estimator: bnn.EstimatorAuto}, []int{7, 20, 3}, bnn.Softmax(),
			kernels.Tanh, 1, ""},
		{bnn.Symmetrization{Estimator: bnn.EstimatorExact}, []int{7, 8, 2},
			bnn.GaussianLearned(0.3), kernels.ReLU, 2, bnn.PriorARD},
		{bnn.Symmetrization{Estimator: bnn.EstimatorImportance, Permutations: 4}, []int{7, 8, 6, 4},
			bnn.GaussianHeteroscedastic(0.3), kernels.Tanh, 1, bnn.PriorLearned},
		{bnn.Symmetrization{Estimator: bnn.EstimatorNone}, []int{7, 12, 4}, bnn.Softmax(),
			kernels.ReLU, 2, bnn.PriorFanIn},
		// too many outputs for output_backward: the divergence is computed aside
		{bnn.Symmetrization{Estimator: bnn.EstimatorNone}, []int{7, 12, 18}, bnn.Softmax(),
			kernels.ReLU, 1, ""},
	} {
		cases = append(cases, trainingCase{
			fmt.Sprintf("%s%v/%v/samples=%d", c.symmetrize.Estimator, c.widths, c.likelihood.Kind(),
				c.samples),
			bnn.Model{Network: bnn.Network{Widths: c.widths, Activation: c.activation},
				Likelihood: c.likelihood, Prior: bnn.Prior{Kind: c.prior, Std: 1}},
			bnn.FitOptions{Symmetrize: c.symmetrize, Epochs: steps / stepsPerEpoch,
				Batch: trainingBatch, Samples: c.samples, LearningRate: 0.01, Seed: 9},
		})
		if c.prior != "" { // with all that training can do beside
			o := &cases[len(cases)-1].options
			o.Schedule, o.KLWeight, o.KLWarmup = bnn.ScheduleCosine, 0.9, 20
		}
	}
	return cases
}

// trainingSteps is 50, enough for ten epochs; make cuda-test asks for more.
func trainingSteps() int {
	if n, err := strconv.Atoi(os.Getenv("SYMVI_TRAINING_STEPS")); err == nil {
		return n
	}
	return 50
}

// data are inputs with labels or targets that depend on them.
func (c *trainingCase) data() bnn.Data {
	in, out := c.model.Network.Widths[0], c.model.Network.Widths[len(c.model.Network.Widths)-1]
	d := bnn.Data{X: make([]float32, trainingRows*in)}
	kernels.Key{Seed: 3}.Normals(d.X, 0)
	for i := range trainingRows {
		x := d.X[i*in:][:in]
		if c.model.Likelihood.IsSoftmax() {
			label := 0
			for k, v := range x {
				if v > 0 {
					label += k + 1
				}
			}
			d.Labels = append(d.Labels, int32(label%out))
			continue
		}
		for o := range c.model.Likelihood.Targets(out) {
			d.Targets = append(d.Targets, float32(x[o]*x[o])-x[o+1])
		}
	}
	return d
}

// trained is all that a training and a prediction leave behind, as bits.
func (c *trainingCase) trained(t *testing.T, d kernels.Device) map[string][]uint64 {
	t.Helper()
	bits := map[string][]uint64{}
	q, err := bnn.Fit(context.Background(), d, c.model, c.data(), c.watched(bits))
	if err != nil {
		t.Fatalf("%s: %v", d.Name(), err)
	}
	c.found(t, d, q, bits)
	return bits
}

// watched are the options of a training that puts its statistics among the bits.
func (c *trainingCase) watched(bits map[string][]uint64) bnn.FitOptions {
	options := c.options
	options.OnEpoch = func(s bnn.EpochStats) error {
		for _, v := range []float64{s.LogLikelihood, s.KL, s.Information, s.InformationUpper, s.ESS,
			float64(s.Permutations), s.ValidationNLL} {
			bits["statistics"] = append(bits["statistics"], math.Float64bits(v))
		}
		return nil
	}
	if c.model.Prior.Kind != "" {
		options.Validation = &bnn.Validation{Data: c.data(), Every: 7, Samples: 3}
	}
	return options
}

// found adds a posterior and what it predicts to the bits.
func (c *trainingCase) found(t *testing.T, d kernels.Device, q *bnn.Posterior,
	bits map[string][]uint64) {
	t.Helper()
	data := c.data()
	for i := range q.Mu {
		bits["mu"] = append(bits["mu"], uint64(math.Float32bits(q.Mu[i])))
		bits["rho"] = append(bits["rho"], uint64(math.Float32bits(q.Rho[i])))
	}
	for _, v := range append(q.PriorStds, q.NoiseStds()...) {
		bits["learned"] = append(bits["learned"], math.Float64bits(v))
	}
	wanted := bnn.PredictOptions{Samples: 7, Seed: 2, Draws: 3, Scores: true}
	if !c.model.Likelihood.IsSoftmax() {
		wanted.Quantiles = []float64{0.05, 0.9}
	}
	p, err := q.Predict(context.Background(), d, data, wanted)
	if err != nil {
		t.Fatalf("%s: %v", d.Name(), err)
	}
	for what, x := range map[string][]float64{
		"prediction": p.Mean, "log density": p.LogDensity, "noise": p.NoiseSD, "model": p.ModelSD,
		"quantiles": p.Quantiles, "entropy": p.Entropy, "aleatoric": p.Aleatoric,
		"information of classes": p.Information, "draws of f": p.DrawsOfF, "draws of y": p.DrawsOfY,
		"CRPS": p.CRPS, "PIT": p.PIT,
	} {
		for _, v := range x {
			bits[what] = append(bits[what], math.Float64bits(v))
		}
	}
}

// compare reports where two trainings differ.
func compare(t *testing.T, got, want map[string][]uint64) {
	t.Helper()
	for what, w := range want {
		g := got[what]
		if len(g) != len(w) {
			t.Errorf("%s: %d values, want %d", what, len(g), len(w))
			continue
		}
		for i := range w {
			if g[i] != w[i] {
				t.Errorf("%s: value %d of %d has the bits %#x, want %#x", what, i, len(w), g[i], w[i])
				break
			}
		}
	}
}

// TestTraining trains with every estimator on the CPU and on the GPU, there with and
// without graphs: the same bits everywhere, and no memory left behind.
func TestTraining(t *testing.T) {
	for _, c := range trainingCases(trainingSteps()) {
		t.Run(c.name, func(t *testing.T) {
			host, err := cpu.New(cpu.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer host.Close()
			want := c.trained(t, host)
			t.Run("graphs", func(t *testing.T) {
				d := newDevice(t)
				compare(t, c.trained(t, d), want)
				if d.replays.Load() == 0 {
					t.Error("no step was replayed as a graph")
				}
				adaptive := c.options.Symmetrize.Estimator == bnn.EstimatorAuto // its draws change
				if d.reruns.Load() == 0 && !adaptive {
					t.Error("no steps ran without the host")
				}
			})
			t.Run("launches", func(t *testing.T) {
				t.Setenv("SYMVI_CUDA_GRAPHS", "off")
				d := newDevice(t)
				compare(t, c.trained(t, d), want)
				if n := d.replays.Load(); n != 0 {
					t.Errorf("%d steps were replayed as graphs", n)
				}
			})
		})
	}
}

// manyProcessors are those of a large card: fewer take other kernels for many replicas.
const manyProcessors = 132

// TestStepNodes: how many launches a step takes is what decides its time on a GPU where the network
// is small, and how many of them one after another. The steps of a window share two: its states and
// its minibatches.
func TestStepNodes(t *testing.T) {
	none := bnn.Symmetrization{Estimator: bnn.EstimatorNone}
	noisy := bnn.GaussianHeteroscedastic(0.3)
	drawn := bnn.Symmetrization{Estimator: bnn.EstimatorImportance, Permutations: 20} // as auto
	exact := bnn.Symmetrization{Estimator: bnn.EstimatorExact}
	uniform := bnn.Symmetrization{Estimator: bnn.EstimatorUniform, Permutations: 20}
	for name, c := range map[string]struct {
		symmetrize bnn.Symmetrization
		likelihood bnn.Likelihood
		widths     []int
		samples    int
		most, deep int64
	}{
		"one hidden layer, one sample":   {none, bnn.Softmax(), []int{7, 30, 10}, 1, 4, 4},
		"one hidden layer, many samples": {none, bnn.Softmax(), []int{7, 30, 10}, 12, 4, 4},
		"a wide layer, many samples":     {none, bnn.Softmax(), []int{7, 512, 10}, 12, 5, 5},
		"noise of the inputs":            {none, noisy, []int{7, 30, 4}, 1, 4, 4},
		"learned noise":                  {none, bnn.GaussianLearned(0.3), []int{7, 30, 4}, 1, 5, 5},
		"two hidden layers":              {none, bnn.Softmax(), []int{7, 30, 20, 10}, 1, 9, 9},
		"symmetrized":                    {drawn, bnn.Softmax(), []int{7, 30, 10}, 1, 9, 6},
		"symmetrized exactly":            {exact, bnn.Softmax(), []int{7, 8, 10}, 1, 12, 7},
		"symmetrized uniformly":          {uniform, bnn.Softmax(), []int{7, 30, 10}, 1, 12, 7},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t)
			if c.symmetrize != none {
				d.multiprocessors = manyProcessors
			}
			step := trainingCases(20)[0]
			step.model.Network.Widths = c.widths
			step.model.Likelihood = c.likelihood
			step.options.Samples = c.samples
			step.options.Symmetrize = c.symmetrize
			step.trained(t, d)
			steps, nodes, levels := d.reruns.Load(), d.nodes.Load(), d.levels.Load()
			windows := steps / stepsPerEpoch
			if steps == 0 || nodes > c.most*steps+2*windows {
				t.Errorf("%d steps took %d launches, want at most %d each and two for each of %d windows",
					steps, nodes, c.most, windows)
			}
			if levels > c.deep*steps+2*windows {
				t.Errorf("%d steps were %d launches deep, want at most %d each and two for each of %d windows",
					steps, levels, c.deep, windows)
			}
		})
	}
}

// TestWide holds gaussian_step_walk, not only where it would be chosen, to the specification, and
// trains with it and gemm_stages: the bits of the CPU, of one training and of replicas.
func TestWide(t *testing.T) {
	defer func() { chooseWalk, chooseStages = walkFaster, stagesFaster }()
	chooseWalk = func(*kernels.GaussianStep, int) bool { return true }
	chooseStages = func(g *kernels.Gemm, _ int) (stageTile, bool) {
		i := slices.IndexFunc(stageTiles, func(s stageTile) bool { return s.fits(g) })
		return stageTiles[max(i, 0)], i >= 0
	}
	d := newDevice(t)
	kerneltest.RunSteps(t, d)
	if _, ran := d.signatures[walkKernel]; !ran {
		t.Error("no step went there")
	}
	for _, c := range trainingCases(20) {
		if c.options.Symmetrize.Estimator == bnn.EstimatorNone {
			c.options.Samples = 20
		} else if c.model.Prior.Kind == "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			host, err := cpu.New(cpu.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer host.Close()
			for _, graphs := range []string{"on", "off"} {
				t.Setenv("SYMVI_CUDA_GRAPHS", graphs)
				compare(t, c.trained(t, newDevice(t)), c.trained(t, host))
			}
			cases := replicasOf(c, 2, false)
			for k, got := range together(t, newDevice(t), cases) {
				compare(t, got, cases[k].trained(t, host))
			}
		})
	}
}

// TestWalkFaster: many samples of many weights, whatever the card and the replicas that share it.
func TestWalkFaster(t *testing.T) {
	for _, c := range []struct {
		samples, n, processors int
		want                   bool
	}{
		{64, 407_050, 132, true},
		{9, 407_050, 132, true},
		{8, 407_050, 132, false},
		{64, 23_860, 132, false},
		{64, 23_860, 132 / 64, true},
	} {
		s := kernels.GaussianStep{Samples: c.samples, N: c.n}
		if got := walkFaster(&s, c.processors); got != c.want {
			t.Errorf("%d samples of %d weights on %d: %v, want %v", c.samples, c.n, c.processors, got,
				c.want)
		}
	}
}

package studies

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/kernels"
)

// uciMethod is how posteriors are trained, and the sizes of the mixtures that are scored.
type uciMethod struct {
	// name is what --methods calls it.
	name   string
	method experiment.Method
	sizes  []int
}

// uciMethods are the methods of the study. Members are seeds of one training, so a mixture
// shares its members with the smaller ones.
var uciMethods = []uciMethod{
	{"none", experiment.Method{Estimator: bnn.EstimatorNone}, []int{1, 2, 3, 5}},
	{"uniform:20", experiment.Method{Estimator: bnn.EstimatorUniform, Permutations: 20}, []int{1}},
	{"auto", experiment.Method{Estimator: bnn.EstimatorAuto}, []int{1}},
	{"auto-members", experiment.Method{Estimator: bnn.EstimatorAuto}, []int{1, 5}},
}

// methods are those that are asked for; mean field, which the others are compared with, is
// always among them. Without the members of auto its first member is trained alone.
func (o Options) methods() []uciMethod {
	var asked []uciMethod
	for _, m := range uciMethods {
		wanted := o.asks(m.name)
		if m.name == "auto" && o.asks("auto-members") { // of which it is the first
			wanted = false
		}
		if wanted || m.method.Estimator == bnn.EstimatorNone {
			asked = append(asked, m)
		}
	}
	return asked
}

// asks reports whether the options want a method of the study uci.
func (o Options) asks(method string) bool {
	return o.Methods == nil || slices.Contains(o.Methods, method)
}

// UCIMethods are the names of the methods of the study uci.
func UCIMethods() []string {
	var names []string
	for _, m := range uciMethods {
		names = append(names, m.name)
	}
	return names
}

// regressor decides the trainings of one method on one split.
type regressor struct {
	Set      string `json:"set"`
	Checksum uint32 `json:"data_crc32c"`
	Split    int    `json:"split"`
	// Config are all settings as text but the data's place, by key.
	Config map[string]string `json:"config"`
	Sizes  []int             `json:"sizes"`
	// Start are the settings of the training from whose posterior this one starts, if any.
	Start map[string]string `json:"start,omitempty"`
	// Measured tells results apart that hold other quantities.
	Measured string `json:"measured,omitempty"`

	path   string
	config experiment.Config
	start  *experiment.Config
	memory int64 // Options.Memory
}

// regressed are the scores of a mixture on a split, in the target's units. The bounds and the
// neurons in use are known of a posterior alone.
type regressed struct {
	Members int     `json:"members"`
	Rows    int     `json:"rows"`
	RMSE    float64 `json:"rmse"`
	NLL     float64 `json:"nll"`
	CRPS    float64 `json:"crps"`
	Cover50 float64 `json:"coverage_50"`
	Cover90 float64 `json:"coverage_90"`
	Cover95 float64 `json:"coverage_95"`
	ELBO    float64 `json:"elbo,omitempty"`
	Lower   float64 `json:"elbo_sym_lower,omitempty"`
	Upper   float64 `json:"elbo_sym_upper,omitempty"`
	// Hidden is the number of hidden neurons, and Noise the standard deviation of a noise that
	// depends on no input.
	Hidden int     `json:"hidden,omitempty"`
	Used   int     `json:"used,omitempty"` // neurons with an outgoing weight that is not 0
	Noise  float64 `json:"noise,omitempty"`
}

// judgedSplit is the result of one method on one split.
type judgedSplit struct {
	Mixtures []regressed `json:"mixtures"`
	// MemberNLLs are those of the members alone.
	MemberNLLs []float64 `json:"member_nlls"`
}

// pairedSeeds is the number of seeds of a block of trainings, those of a mixture's members, by auto
// and by mean field.
const pairedSeeds = 5

// blocks are how many trainings of a method's members there are on a split, with other seeds: more
// than one where Pairs asks for more seeds than a mixture has members.
func (o Options) blocks(m uciMethod) int {
	if !o.asks("auto-members") || m.sizes[len(m.sizes)-1] != pairedSeeds {
		return 1
	}
	return max(1, (o.Pairs+pairedSeeds-1)/pairedSeeds)
}

// uciCells are all trainings of the study: those of the cheap methods come first.
func uciCells(o Options) []Cell {
	var cells []Cell
	for _, m := range o.methods() {
		for _, set := range o.sets {
			for block := range o.blocks(m) {
				cells = append(cells, o.splitCells(set, m, block)...)
			}
		}
	}
	return cells
}

// splits is the number of splits of a set that are asked for.
func (o Options) splits(set dataset.UCISet) int {
	if o.Splits > 0 {
		return min(o.Splits, set.Splits)
	}
	return set.Splits
}

// splitCells are the trainings of one method on one set in one block of seeds, one cell per split.
func (o Options) splitCells(set dataset.UCISet, m uciMethod, block int) []Cell {
	config := o.uciConfig(set, m)
	config.Seed += int64(block * pairedSeeds)
	var cells []Cell
	for split := range o.splits(set) {
		r := regressor{Set: set.Name, Checksum: set.Checksum, Split: split, Config: texts(config),
			Sizes: m.sizes, path: set.Path, config: config, memory: o.Memory}
		name := fmt.Sprintf("%s-%s-split%d", set.Name, strings.ReplaceAll(m.name, ":", ""), split)
		cells = append(cells, r.cell("uci", name, uciSeconds(set, config, m.method)))
	}
	return cells
}

// uciConfig is the one setting for all sets: that of tables. The largest set of the collection
// has twice the neurons, as in all papers since Hernández-Lobato and Adams (2015).
func (o Options) uciConfig(set dataset.UCISet, m uciMethod) experiment.Config {
	c := experiment.Table(experiment.NoiseHeteroscedastic)
	c.Data, c.Hidden = "", []int{experiment.Widest} // a cell's own, and those of numbers
	if strings.HasPrefix(set.Name, "protein") {
		c.Hidden = []int{100}
	}
	c.Symmetrize = string(m.method.Estimator)
	if m.method.Permutations > 0 {
		c.Permutations = m.method.Permutations
	}
	c.Members, c.Seed = m.sizes[len(m.sizes)-1], o.Seed
	if o.Quick {
		c.Steps, c.EvalSamples = 100, 10
	}
	return c
}

// texts are the settings that decide a training, by key.
func texts(c experiment.Config) map[string]string {
	m := map[string]string{}
	for _, s := range experiment.Settings() {
		if s.Key != "threads" {
			m[s.Key] = c.Text(s)
		}
	}
	return m
}

// uciSeconds is the time of a cell on one core of the reference machine.
func uciSeconds(set dataset.UCISet, c experiment.Config, m experiment.Method) float64 {
	steps := float64(max(3000, min(50*set.Train, 15000), 40*((set.Train+c.Batch-1)/c.Batch)))
	if c.Steps > 0 {
		steps = float64(c.Steps)
	}
	step := 45e-6 * float64(c.Hidden[0]) / 50 * (1 + float64(set.Inputs)/100)
	switch m.Estimator {
	case bnn.EstimatorUniform:
		step *= 1.6
	case bnn.EstimatorAuto:
		step *= 6.5
	}
	return 0.3 + float64(c.Members)*steps*step
}

// cell is the training as one, which takes so many seconds.
func (r regressor) cell(folder, name string, seconds float64) Cell {
	return Cell{Folder: folder, Name: name, Settings: r, Seconds: seconds,
		Run: func(ctx context.Context, d kernels.Device) (any, error) { return r.run(ctx, d) }}
}

func (r regressor) run(ctx context.Context, d kernels.Device) (*judgedSplit, error) {
	c := r.config
	c.Data, c.Split = r.path, r.Split
	runner := experiment.Runner{Device: d, Memory: r.memory}
	if r.start != nil {
		dir, err := os.MkdirTemp("", "symvi-start-")
		if err != nil {
			return nil, fmt.Errorf("no directory for the start: %w", files.Cause(err))
		}
		defer os.RemoveAll(dir)
		first := *r.start
		first.Data, first.Split, c.InitFrom = c.Data, c.Split, filepath.Join(dir, "run")
		if _, err := runner.Train(ctx, first, c.InitFrom); err != nil {
			return nil, err
		}
	}
	judged, err := runner.Mixtures(ctx, c, r.Sizes)
	if err != nil {
		return nil, err
	}
	var split judgedSplit
	for _, s := range judged.Alone {
		split.MemberNLLs = append(split.MemberNLLs, *s.NLL)
	}
	for i, s := range judged.Mixtures {
		m := regressed{Members: r.Sizes[i], Rows: s.TestRows,
			RMSE: *s.RMSE, NLL: *s.NLL, CRPS: *s.CRPS,
			Cover50: *s.Coverage50, Cover90: *s.Coverage90, Cover95: *s.Coverage95}
		if s.ELBO != nil {
			m.ELBO, m.Lower, m.Upper = *s.ELBO, *s.Lower, *s.Upper
			m.Hidden, m.Used = s.Hidden, s.Used
		}
		if s.Noise != nil {
			m.Noise = s.Noise[0]
		}
		split.Mixtures = append(split.Mixtures, m)
	}
	return &split, nil
}

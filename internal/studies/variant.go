package studies

import (
	"fmt"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
)

// variant is a way to train, for studies that compare several on the same splits.
type variant struct {
	// name is part of file names, label for a reader.
	name, label string
	change      func(*experiment.Config)
	// start, if set, makes of the base the settings of another training, from whose posterior
	// this one starts.
	start func(*experiment.Config)
}

// learnedConfig is the base of the studies of evidence: one noise, learned, and the KL divergence
// in full, so that bounds can be compared.
func (o Options) learnedConfig() experiment.Config {
	c := experiment.Table(experiment.NoiseLearned)
	c.Data, c.Hidden = "", []int{experiment.Widest} // a cell's own, and those of numbers
	c.Prior = string(bnn.PriorIsotropic)            // unless a variant says otherwise
	c.Members, c.Seed = 1, o.Seed
	if o.Quick {
		c.Steps, c.EvalSamples = 100, 10
	}
	return c
}

// variantCells are the trainings of a variant on the first splits of a set.
func (o Options) variantCells(folder string, set dataset.UCISet, v variant, splits int) []Cell {
	config := o.learnedConfig()
	v.change(&config)
	method := experiment.Method{Estimator: bnn.Estimator(config.Symmetrize)}
	seconds := variantSeconds(set, config, method)
	base := regressor{Set: set.Name, Checksum: set.Checksum, Config: texts(config),
		Sizes: []int{1}, Measured: "used", path: set.Path, config: config,
		memory: o.Memory}
	if v.start != nil {
		first := o.learnedConfig()
		v.start(&first)
		base.Start, base.start = texts(first), &first
		seconds += variantSeconds(set, first, experiment.Method{Estimator: bnn.EstimatorNone})
	}
	var cells []Cell
	for split := range splits {
		r := base
		r.Split = split
		cells = append(cells, r.cell(folder, fmt.Sprintf("%s-%s-split%d", set.Name, v.name, split),
			seconds))
	}
	return cells
}

// variantSeconds is the time of a cell on one core of the reference machine: its training, twice
// as long as one with a noise of the input, and its bounds, which take most where the layer is
// wide.
func variantSeconds(set dataset.UCISet, c experiment.Config, m experiment.Method) float64 {
	width := float64(c.Hidden[0]) / 50
	if m.Estimator == bnn.EstimatorImportance {
		m.Estimator = bnn.EstimatorAuto
	}
	return 2*uciSeconds(set, c, m) + 0.5*width*width
}

// fitted are the results of a variant, a posterior a split.
func (o Options) fitted(s Store, folder string, set dataset.UCISet, v variant,
	splits int) ([]regressed, error) {
	results, err := LoadAll[judgedSplit](s, o.variantCells(folder, set, v, splits))
	if err != nil {
		return nil, err
	}
	fits := make([]regressed, len(results))
	for i, r := range results {
		fits[i] = r.Mixtures[0]
	}
	return fits, nil
}

// quantity is something that a study shows of every fit.
type quantity struct {
	title    string
	decimals int
	of       func(regressed) float64
}

var (
	quantityNoise = quantity{"σ", 3, func(r regressed) float64 { return r.Noise }}
	quantityUsed  = quantity{"neurons used", 1, func(r regressed) float64 { return float64(r.Used) }}
	quantityELBO  = quantity{"L_VI", 1, func(r regressed) float64 { return r.ELBO }}
	quantityLower = quantity{"Lᴳ from", 1, func(r regressed) float64 { return r.Lower }}
	quantityNLL   = quantity{"NLL", 3, func(r regressed) float64 { return r.NLL }}
)

// mean is a quantity's mean over fits and its standard error.
func (q quantity) mean(fits []regressed) Spread { return meanSE(Column(fits, q.of)) }

// change is the mean paired difference of a quantity.
func (q quantity) change(a, b []regressed) Spread {
	return PairedDifference(Column(a, q.of), Column(b, q.of))
}

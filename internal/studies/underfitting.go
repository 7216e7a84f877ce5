package studies

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/report"
)

// Underfitting is the study of a hypothesis: mean-field VI is charged log n! for n neurons in use
// and pays by pruning and with noise; training on L^G lifts the charge, so that σ becomes smaller,
// more neurons are used and predictions better.
func Underfitting() Study {
	return Study{Name: "underfitting", Title: "Does symmetrising undo the underfitting of mean " +
		"field?", OnData: true,
		Cells: underfittingCells, Section: underfitting}
}

const underfittingFolder = "underfitting"

// temperedWeight is the KL weight of tempered mean field, what practitioners do against
// underfitting.
const temperedWeight = 0.3

func symmetrized(c *experiment.Config) { c.Symmetrize = string(bnn.EstimatorAuto) }

// The variants of the hypothesis, on all splits.
var (
	meanField = variant{name: "none", label: "MFVI", change: func(*experiment.Config) {}}
	onLG      = variant{name: "auto", label: "auto", change: symmetrized}
	tempered  = variant{name: "tempered", label: fmt.Sprintf("MFVI, KL weight %g", temperedWeight),
		change: func(c *experiment.Config) { c.KLWeight = temperedWeight }}
	hypothesis = []variant{meanField, onLG, tempered}
)

// causeSplits is how many splits tell the objective and the optimiser apart.
const causeSplits = 2

// narrow is the width of the networks whose average is exact.
const narrow = 12

// contrast compares L^G of some trainings with that of others; of several the one with the highest
// L^G counts, split by split.
type contrast struct{ other, than []variant }

// cause compares L^G with that of something that the optimiser cannot be blamed for as much.
type cause struct {
	what string
	contrast
	// beyond, if set, is taken away.
	beyond *contrast
	// ofOptimizer says that a higher L^G is the optimiser's fault.
	ofOptimizer bool
}

// one is the contrast of two variants.
func one(other, than variant) contrast { return contrast{[]variant{other}, []variant{than}} }

// unprunedWeight is the KL weight of the training that leaves all neurons in use, from which
// another one starts.
const unprunedWeight = 0.1

var (
	manyDraws = variant{name: "auto-draws", change: func(c *experiment.Config) {
		symmetrized(c)
		c.MaxPermutations = 10 * experiment.TrainingDraws
	}}
	annealed = variant{name: "auto-unpruned", change: func(c *experiment.Config) {
		symmetrized(c)
		c.KLWarmup = 15000
	}}
	fromUnpruned = variant{name: "auto-from-unpruned", change: func(c *experiment.Config) {
		symmetrized(c)
		c.KLWarmup = 0
	}, start: func(c *experiment.Config) { c.KLWeight = unprunedWeight }}
	narrowNone = variant{name: "none-narrow",
		change: func(c *experiment.Config) { c.Hidden = []int{narrow} }}
	exact = variant{name: "exact-narrow", change: func(c *experiment.Config) {
		c.Hidden, c.Symmetrize = []int{narrow}, string(bnn.EstimatorExact)
	}}
	drawn = variant{name: "drawn-narrow", change: func(c *experiment.Config) {
		c.Hidden, c.Symmetrize, c.Permutations = []int{narrow}, string(bnn.EstimatorImportance),
			experiment.TrainingDraws
	}}
	gain   = one(onLG, meanField)
	causes = []cause{
		{"ten times the draws in training", one(manyDraws, onLG), nil, true},
		{"annealing from many neurons: the KL divergence comes in over half of the steps",
			one(annealed, onLG), nil, true},
		{fmt.Sprintf("a start from a posterior that a KL weight of %g left unpruned", unprunedWeight),
			one(fromUnpruned, onLG), nil, true},
		{"the exact average instead of draws, 12 neurons", one(exact, drawn), nil, true},
		{"the best of three starts of each, beyond what training on Lᴳ gains with one",
			contrast{starts(onLG), starts(meanField)}, &gain, true},
		{"what training on Lᴳ gains over MFVI, 12 neurons, exactly", one(exact, narrowNone), nil,
			false},
		{"what training on Lᴳ gains over MFVI, 50 neurons", gain, nil, false},
	}
)

// starts is a variant with three seeds, the first of which is its own.
func starts(v variant) []variant {
	all := []variant{v}
	for extra := int64(1); extra < 3; extra++ {
		all = append(all, variant{name: fmt.Sprintf("%s-start%d", v.name, extra+1),
			change: func(c *experiment.Config) {
				v.change(c)
				c.Seed += extra
			}})
	}
	return all
}

func underfittingCells(o Options) []Cell {
	var cells []Cell
	seen := map[string]bool{}
	add := func(set dataset.UCISet, v variant, splits int) {
		if !seen[set.Name+v.name] {
			seen[set.Name+v.name] = true
			cells = append(cells, o.variantCells(underfittingFolder, set, v, splits)...)
		}
	}
	for _, set := range o.sets {
		for _, v := range hypothesis {
			add(set, v, o.splits(set))
		}
	}
	for _, set := range o.sets {
		for _, c := range causes {
			for _, v := range slices.Concat(c.other, c.than) {
				add(set, v, o.causeSplits(set))
			}
		}
	}
	return cells
}

func (o Options) causeSplits(set dataset.UCISet) int { return min(causeSplits, o.splits(set)) }

// underfit is a set's results, by variant of the hypothesis.
type underfit struct {
	set  string
	fits [][]regressed
}

// claims are the three parts of the hypothesis and the sign that each predicts of auto − MFVI.
var claims = []struct {
	quantity
	says string
	sign float64
}{
	{quantityNoise, "a smaller σ", -1},
	{quantityUsed, "more neurons used", 1},
	{quantityNLL, "a smaller NLL", -1},
}

func underfitting(o Options, s Store) (*report.Section, error) {
	var sets []underfit
	for _, set := range o.sets {
		u := underfit{set: set.Name}
		for _, v := range hypothesis {
			fits, err := o.fitted(s, underfittingFolder, set, v, o.splits(set))
			if err != nil {
				return nil, err
			}
			u.fits = append(u.fits, fits)
		}
		sets = append(sets, u)
	}
	found, err := underfittingCauses(o, s)
	if err != nil {
		return nil, err
	}
	verdict, sentence := judgeUnderfitting(sets)
	blame := judgeCause(found)
	if o.Quick {
		verdict, sentence, blame = report.NotJudged, "A quick run takes a hundred steps, which "+
			"says nothing.", "Not judged."
	}
	return &report.Section{Verdict: verdict, Sentence: sentence,
		Paragraphs: []string{
			"The hypothesis: mean-field VI underfits, because L_VI charges log n! for n neurons in " +
				"use; it pays by pruning and with noise. Training on Lᴳ lifts the charge, so that " +
				"auto should end with a smaller σ, more neurons used and a smaller held-out NLL. It " +
				"reproduces if all three hold on more than half of the data sets, each by more than " +
				"two standard errors of the paired difference over splits; in part if one of them " +
				"does. More splits may change the verdict.",
			"Objective or optimiser: " + blame,
		},
		Settings: learnedSettings(o, "50"),
		Tables: []report.Table{underfittingTable(sets), underfittingChanges(sets),
			causeTable(found)}}, nil
}

// learnedSettings are those of trainings with one learned noise, with the widths of a study.
func learnedSettings(o Options, widths string) []report.Setting {
	c := o.learnedConfig()
	return []report.Setting{
		{Name: "model", Value: fmt.Sprintf("%s hidden neurons, prior N(0, %g²), noise learned",
			widths, c.PriorStd)},
		{Name: "training", Value: fmt.Sprintf("Adam with learning rate %g, schedule %s, KL "+
			"weight %g after %d steps", c.LR, c.Schedule, c.KLWeight, c.KLWarmup)},
		{Name: "permutations", Value: fmt.Sprintf("auto draws at most %d a step in training, "+
			"and up to %d for the bounds", experiment.TrainingDraws, bnn.DefaultLimit)},
	}
}

// judgeUnderfitting judges the hypothesis.
func judgeUnderfitting(sets []underfit) (report.Verdict, string) {
	held := make([]int, len(claims))
	all := 0
	for _, u := range sets {
		together := true
		for i, c := range claims {
			d := c.change(u.fits[1], u.fits[0])
			if d.Significant() && d.Mean*c.sign > 0 {
				held[i]++
			} else {
				together = false
			}
		}
		if together {
			all++
		}
	}
	verdict := report.Differs
	for _, n := range held {
		if 2*n > len(sets) {
			verdict = report.Partly
		}
	}
	if 2*all > len(sets) {
		verdict = report.Reproduces
	}
	var parts []string
	for i, c := range claims {
		parts = append(parts, fmt.Sprintf("%s on %d", c.says, held[i]))
	}
	return verdict, fmt.Sprintf("Against mean field, auto has %s of %d data sets, by more than "+
		"two standard errors; all three on %d.",
		strings.Join(parts, ", "), len(sets), all)
}

// foundCause is a cause with the change of Lᴳ over all sets and splits.
type foundCause struct {
	cause
	lower, nll Spread
}

func underfittingCauses(o Options, s Store) ([]foundCause, error) {
	var all []foundCause
	for _, c := range causes {
		lower, nll, err := o.contrasted(s, c.contrast)
		if err != nil {
			return nil, err
		}
		if c.beyond != nil {
			less, lessNLL, err := o.contrasted(s, *c.beyond)
			if err != nil {
				return nil, err
			}
			floats.Sub(lower, less)
			floats.Sub(nll, lessNLL)
		}
		all = append(all, foundCause{c, meanSE(lower), meanSE(nll)})
	}
	return all, nil
}

// contrasted are the differences of Lᴳ and of the NLL, of all sets and splits.
func (o Options) contrasted(s Store, c contrast) (lower, nll []float64, err error) {
	for _, set := range o.sets {
		a, err := o.best(s, set, c.other)
		if err != nil {
			return nil, nil, err
		}
		b, err := o.best(s, set, c.than)
		if err != nil {
			return nil, nil, err
		}
		for i := range a {
			lower, nll = append(lower, a[i].Lower-b[i].Lower), append(nll, a[i].NLL-b[i].NLL)
		}
	}
	return lower, nll, nil
}

// best are, split by split, the fits with the highest Lᴳ.
func (o Options) best(s Store, set dataset.UCISet, variants []variant) ([]regressed, error) {
	var best []regressed
	for _, v := range variants {
		fits, err := o.fitted(s, underfittingFolder, set, v, o.causeSplits(set))
		if err != nil {
			return nil, err
		}
		if best == nil {
			best = fits
			continue
		}
		for i, f := range fits {
			if f.Lower > best[i].Lower {
				best[i] = f
			}
		}
	}
	return best, nil
}

// flatGain is the change of Lᴳ, in nats for a whole training set, below which two optima are
// as good as one another.
const flatGain = 5

// judgeCause says whether the optimiser misses what Lᴳ offers.
func judgeCause(found []foundCause) string {
	for _, f := range found {
		if f.ofOptimizer && f.lower.Significant() && f.lower.Mean > flatGain {
			return fmt.Sprintf("the optimiser misses some of what Lᴳ offers: %s changes Lᴳ by "+
				"%s nats.", f.what, f.lower.Text(1))
		}
	}
	return fmt.Sprintf("the objective. Neither more draws, nor annealing, nor a start that is not "+
		"pruned, nor several starts, nor the exact average finds an Lᴳ that is "+
		"higher by more than %d nats and two standard errors.", flatGain)
}

// underfittingShown are the quantities of the tables.
var underfittingShown = []quantity{quantityNoise, quantityUsed, quantityELBO,
	quantityLower, quantityNLL}

// underfittingTable are all quantities of all variants.
func underfittingTable(sets []underfit) report.Table {
	t := report.Table{ID: "underfitting", Title: "Noise, neurons, bounds and predictions",
		Labels: 2, Header: []string{"data set", "training"},
		Caption: fmt.Sprintf("Mean ± standard error over splits; σ in the target's units. A neuron "+
			"is used if an outgoing weight is at least %g standard deviations from 0. Bounds in nats "+
			"for the whole training set without the KL weight, NLL in nats per row of the test part.",
			bnn.UsedRatio)}
	for _, q := range underfittingShown {
		t.Header = append(t.Header, q.title)
	}
	for _, u := range sets {
		for i, v := range hypothesis {
			cells := report.Cells(u.set, v.label)
			for _, q := range underfittingShown {
				cells = append(cells, report.Cell{Text: q.mean(u.fits[i]).Text(q.decimals)})
			}
			t.Rows = append(t.Rows, cells)
		}
	}
	return t
}

// underfittingChanges are the paired differences to mean field.
func underfittingChanges(sets []underfit) report.Table {
	t := report.Table{ID: "underfitting-changes", Title: "Paired differences to MFVI",
		Labels: 2, Header: []string{"data set", "training"},
		Caption: "Mean over splits ± standard error, bold beyond two of them."}
	for _, q := range underfittingShown {
		t.Header = append(t.Header, q.title)
	}
	add := func(set string, v variant, changes []Spread) {
		cells := report.Cells(set, v.label)
		for i, d := range changes {
			cells = append(cells, report.Cell{Text: d.Text(underfittingShown[i].decimals + 1),
				Strong: d.Significant()})
		}
		t.Rows = append(t.Rows, cells)
	}
	over := make([][]Spread, len(hypothesis))
	for _, u := range sets {
		for i, v := range hypothesis[1:] {
			var changes []Spread
			for _, q := range underfittingShown {
				changes = append(changes, q.change(u.fits[i+1], u.fits[0]))
			}
			add(u.set, v, changes)
			over[i] = sum(over[i], changes)
		}
	}
	for i, v := range hypothesis[1:] {
		if len(sets) > 1 {
			add("mean of all", v, scaled(over[i], float64(len(sets))))
		}
	}
	return t
}

// causeTable are the comparisons that tell the objective and the optimiser apart.
func causeTable(found []foundCause) report.Table {
	t := report.Table{ID: "underfitting-cause", Title: "Objective or optimiser",
		Header: []string{"comparison", "Lᴳ", "NLL"},
		Caption: fmt.Sprintf("Paired differences over the first %d splits of all sets ± "+
			"standard errors: Lᴳ in nats for the whole training set, NLL in nats per row.",
			causeSplits)}
	for _, f := range found {
		t.Rows = append(t.Rows, []report.Cell{{Text: f.what}, {Text: f.lower.Text(1),
			Strong: f.lower.Significant()},
			{Text: f.nll.Text(3), Strong: f.nll.Significant()}})
	}
	return t
}

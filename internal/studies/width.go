package studies

import (
	"fmt"
	"slices"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/plot"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/kernels"
)

// Width is the study of over-pruning: how many neurons are used in networks of 8 to 512
// (Trippe and Turner 2018; Coker et al. 2022).
func Width() Study {
	return Study{Name: "width", Title: "Over-pruning: neurons used against width", OnData: true,
		Cells: widthCells, Section: widthSection}
}

const widthFolder = "width"

// widthSplits is how many splits of a set the study of widths takes at most.
const widthSplits = 2

// symmetrizedWidth is the widest layer that is trained on Lᴳ: the time of a step grows with the
// square of the width, and that of a draw with its cube.
const symmetrizedWidth = 128

// judgedWidth is the widest layer of which Lᴳ is bounded.
const judgedWidth = 200

// widths are those of the study.
func (o Options) widths() []int {
	return Choose(o.Quick, []int{8, 16, 32, 64, 128, 256, 512}, []int{8, 16})
}

// widthVariant is a network of so many neurons. On L^G it draws, whatever the width, so that all
// are alike.
func widthVariant(width int, activation kernels.Activation, onLG bool) variant {
	method, label := "none", "MFVI"
	if onLG {
		method, label = "drawn", "trained on Lᴳ"
	}
	return variant{name: fmt.Sprintf("%v%d-%s", activation, width, method), label: label,
		change: func(c *experiment.Config) {
			c.Hidden, c.Activation = []int{width}, activation.String()
			if onLG {
				c.Symmetrize, c.Permutations = string(bnn.EstimatorImportance), experiment.TrainingDraws
			}
		}}
}

// pruned is one curve of the study of widths.
type pruned struct {
	activation kernels.Activation
	onLG       bool
}

var prunedCurves = []pruned{{kernels.ReLU, false}, {kernels.ReLU, true}, {kernels.Tanh, false},
	{kernels.Tanh, true}}

func (p pruned) label() string {
	return fmt.Sprintf("%v, %s", p.activation, widthVariant(1, p.activation, p.onLG).label)
}

// widths are those that a curve has.
func (p pruned) widths(o Options) []int {
	all := o.widths()
	if p.onLG {
		all = slices.DeleteFunc(all, func(w int) bool { return w > symmetrizedWidth })
	}
	return all
}

// widthRow is one width of a curve on one set.
type widthRow struct {
	set   dataset.UCISet
	curve pruned
	width int
	fits  []regressed
}

// variant is how the row is trained.
func (r widthRow) variant() variant {
	return widthVariant(r.width, r.curve.activation, r.curve.onLG)
}

// splits are how many of its set's the row takes.
func (r widthRow) splits(o Options) int { return min(widthSplits, o.splits(r.set)) }

// widthGrid are the rows of the study, without their fits.
func (o Options) widthGrid() []widthRow {
	var rows []widthRow
	for _, set := range o.sets {
		for _, p := range prunedCurves {
			for _, w := range p.widths(o) {
				rows = append(rows, widthRow{set: set, curve: p, width: w})
			}
		}
	}
	return rows
}

func widthCells(o Options) []Cell {
	var cells []Cell
	for _, r := range o.widthGrid() {
		cells = append(cells, o.variantCells(widthFolder, r.set, r.variant(), r.splits(o))...)
	}
	return cells
}

func widthRows(o Options, s Store) ([]widthRow, error) {
	rows := o.widthGrid()
	for i, r := range rows {
		var err error
		if rows[i].fits, err = o.fitted(s, widthFolder, r.set, r.variant(),
			r.splits(o)); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func widthSection(o Options, s Store) (*report.Section, error) {
	rows, err := widthRows(o, s)
	if err != nil {
		return nil, err
	}
	verdict, sentence := judgeWidths(rows)
	if o.Quick {
		verdict, sentence = report.NotJudged, "A quick run takes a hundred steps, in which "+
			"nothing is pruned."
	}
	section := &report.Section{Verdict: verdict, Sentence: sentence,
		Settings: learnedSettings(o, fmt.Sprint(o.widths())+", relu or tanh,"),
		Paragraphs: []string{fmt.Sprintf("Mean-field VI over-prunes: in wide networks most "+
			"neurons fall back to the prior or are not listened to. The claim that symmetrising "+
			"works against that reproduces if training on Lᴳ uses more neurons than mean field in "+
			"more than three quarters of the pairs of set, activation, width and split, in part in "+
			"more than half. Networks wider than %d are not trained on Lᴳ and those wider than %d "+
			"not bounded, because the time grows with the square and the cube of the width.",
			symmetrizedWidth, judgedWidth)}}
	section.Tables = []report.Table{widthTable(rows)}
	section.Figures = []report.Figure{widthFigure(o, rows)}
	return section, nil
}

// judgeWidths counts the pairs in which training on Lᴳ keeps more neurons, and compares
// predictions.
func judgeWidths(rows []widthRow) (report.Verdict, string) {
	pairs, more := 0, 0
	var onLG, base []regressed
	for _, r := range rows {
		if !r.curve.onLG {
			continue
		}
		same := slices.IndexFunc(rows, func(b widthRow) bool {
			return b.set.Name == r.set.Name && b.width == r.width &&
				b.curve == pruned{r.curve.activation, false}
		})
		for i, fit := range r.fits {
			pairs++
			if quantityUsed.of(fit) > quantityUsed.of(rows[same].fits[i]) {
				more++
			}
		}
		onLG, base = append(onLG, r.fits...), append(base, rows[same].fits...)
	}
	verdict := report.Differs
	switch {
	case 4*more > 3*pairs:
		verdict = report.Reproduces
	case 2*more > pairs:
		verdict = report.Partly
	}
	return verdict, fmt.Sprintf("Training on Lᴳ uses more neurons in %d of %d pairs; "+
		"its NLL differs from mean field's by %s nats per row in the mean.",
		more, pairs, quantityNLL.change(onLG, base).Text(4))
}

func widthTable(rows []widthRow) report.Table {
	t := report.Table{ID: "width", Title: "Neurons, bounds and predictions by width",
		Labels: 3,
		Header: []string{"data set", "training", "width", quantityUsed.title, "L_VI",
			"Lᴳ from", "NLL"},
		Caption: "Means over splits; bounds in nats for the whole training set, NLL in nats per " +
			"test row."}
	for _, r := range rows {
		text := func(q quantity) string { return Number(q.mean(r.fits).Mean, q.decimals) }
		lower := "—"
		if r.width <= judgedWidth {
			lower = text(quantityLower)
		}
		t.Rows = append(t.Rows, report.Cells(r.set.Name, r.curve.label(), fmt.Sprint(r.width),
			text(quantityUsed), text(quantityELBO), lower, text(quantityNLL)))
	}
	return t
}

// widthFigure plots the share of neurons in use and the NLL, means over sets.
func widthFigure(o Options, rows []widthRow) report.Figure {
	axis := plot.Axis{Label: "width", Scale: plot.Log10}
	for _, w := range o.widths() {
		axis.Ticks = append(axis.Ticks, plot.Tick{Value: float64(w), Label: fmt.Sprint(w)})
	}
	inUse := &plot.Panel{Title: "neurons used", X: axis, Y: plot.Axis{Label: "neurons used",
		Include: []float64{0}}}
	nll := &plot.Panel{Title: "NLL", X: axis, Y: plot.Axis{Label: "NLL", Unit: "nats per row"}}
	for _, p := range prunedCurves {
		neurons, scores := &plot.Line{Name: p.label()}, &plot.Line{Name: p.label()}
		for _, w := range p.widths(o) {
			fits := overSets(rows, p, w)
			neurons.X, scores.X = append(neurons.X, float64(w)), append(scores.X, float64(w))
			neurons.Y = append(neurons.Y, quantityUsed.mean(fits).Mean)
			scores.Y = append(scores.Y, quantityNLL.mean(fits).Mean)
		}
		inUse.Marks, nll.Marks = append(inUse.Marks, neurons), append(nll.Marks, scores)
	}
	return report.Figure{ID: "width", Title: "Neurons used and predictions against width",
		Caption: "Means over data sets and splits.",
		Alt: "Neurons used, and NLL, against the width of the hidden layer, for two " +
			"activations with and without training on Lᴳ.",
		Plot: &plot.Figure{Panels: [][]*plot.Panel{{inUse, nll}}}}
}

// overSets are the fits of a curve at a width, of all sets.
func overSets(rows []widthRow, p pruned, width int) []regressed {
	var fits []regressed
	for _, r := range rows {
		if r.curve == p && r.width == width {
			fits = append(fits, r.fits...)
		}
	}
	return fits
}

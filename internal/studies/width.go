package studies

import (
	"fmt"
	"math"
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

// Selection is the study of symvi select: which width the evidence chooses, and how it predicts.
func Selection() Study {
	return Study{Name: "selection", Title: "Does Lᴳ choose a better width than L_VI?", OnData: true,
		Cells: selectionCells, Section: selection}
}

const widthFolder = "width"

// widthSplits is how many splits of a set the study of widths takes at most.
const widthSplits = 2

// symmetrizedWidth is the widest layer that is trained on Lᴳ: the time of a step grows with the
// square of the width, and that of a draw with its cube.
const symmetrizedWidth = 128

// judgedWidth is the widest layer of which Lᴳ is bounded.
const judgedWidth = 200

// widths of the study of over-pruning, and of the choice.
func (o Options) widths() []int {
	return Choose(o.Quick, []int{8, 16, 32, 64, 128, 256, 512}, []int{8, 16})
}

func (o Options) candidateWidths() []int {
	return Choose(o.Quick, []int{4, 8, 16, 32, 64}, []int{4, 8})
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

func (o Options) widthSplits(set dataset.UCISet) int { return min(widthSplits, o.splits(set)) }

func widthCells(o Options) []Cell {
	var cells []Cell
	for _, set := range o.sets {
		for _, p := range prunedCurves {
			for _, w := range p.widths(o) {
				cells = append(cells, o.variantCells(widthFolder, set, widthVariant(w,
					p.activation, p.onLG), o.widthSplits(set))...)
			}
		}
	}
	return cells
}

// widthRow is one width of a curve on one set.
type widthRow struct {
	set   string
	curve pruned
	width int
	fits  []regressed
}

func widthRows(o Options, s Store) ([]widthRow, error) {
	var rows []widthRow
	for _, set := range o.sets {
		for _, p := range prunedCurves {
			for _, w := range p.widths(o) {
				fits, err := o.fitted(s, widthFolder, set, widthVariant(w, p.activation,
					p.onLG), o.widthSplits(set))
				if err != nil {
					return nil, err
				}
				rows = append(rows, widthRow{set.Name, p, w, fits})
			}
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
			"works against that reproduces if training on Lᴳ uses more neurons than "+
			"mean field in more than three quarters of the pairs "+
			"of set, activation, width and split, in part in more than half. Networks wider "+
			"than %d are not trained on Lᴳ and those wider than %d not bounded, "+
			"because the time grows with the square and the cube of the width.",
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
			return b.set == r.set && b.width == r.width &&
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
		t.Rows = append(t.Rows, report.Cells(r.set, r.curve.label(), fmt.Sprint(r.width),
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
			var fits []regressed
			for _, r := range rows {
				if r.curve == p && r.width == w {
					fits = append(fits, r.fits...)
				}
			}
			neurons.X, neurons.Y = append(neurons.X, float64(w)), append(neurons.Y,
				quantityUsed.mean(fits).Mean)
			scores.X, scores.Y = append(scores.X, float64(w)), append(scores.Y,
				quantityNLL.mean(fits).Mean)
		}
		inUse.Marks, nll.Marks = append(inUse.Marks, neurons), append(nll.Marks, scores)
	}
	return report.Figure{ID: "width", Title: "Neurons used and predictions against width",
		Caption: "Means over data sets and splits.",
		Alt: "Neurons used, and NLL, against the width of the hidden layer, for two " +
			"activations with and without training on Lᴳ.",
		Plot: &plot.Figure{Panels: [][]*plot.Panel{{inUse, nll}}}}
}

func selectionCells(o Options) []Cell {
	var cells []Cell
	for _, set := range o.sets {
		for _, w := range o.candidateWidths() {
			cells = append(cells, o.variantCells(widthFolder, set, widthVariant(w, kernels.ReLU,
				false), o.splits(set))...)
		}
	}
	return cells
}

// choice is what both bounds choose on one split: the index of a width.
type choice struct {
	set          string
	byLG, byELBO int
	// nll of every width
	nll []float64
}

func choices(o Options, s Store) ([]choice, error) {
	var all []choice
	for _, set := range o.sets {
		byWidth := make([][]regressed, len(o.candidateWidths()))
		for i, w := range o.candidateWidths() {
			var err error
			if byWidth[i], err = o.fitted(s, widthFolder, set, widthVariant(w, kernels.ReLU, false),
				o.splits(set)); err != nil {
				return nil, err
			}
		}
		for split := range o.splits(set) {
			all = append(all, choose(set.Name, byWidth, split))
		}
	}
	return all, nil
}

// choose is the choice on a split.
func choose(set string, byWidth [][]regressed, split int) choice {
	c := choice{set: set}
	for i, fits := range byWidth {
		c.nll = append(c.nll, fits[split].NLL)
		if fits[split].Lower > byWidth[c.byLG][split].Lower {
			c.byLG = i
		}
		if fits[split].ELBO > byWidth[c.byELBO][split].ELBO {
			c.byELBO = i
		}
	}
	return c
}

// selected sums choices up.
type selected struct {
	splits, differ, better, worse int
	nll                           Spread  // of L^G's choice minus that of L_VI's, over all splits
	widthLG, widthELBO, best      float64 // mean widths chosen, and of the best NLL
}

func summarize(all []choice, widths []int) selected {
	s := selected{splits: len(all)}
	var byLG, byELBO []float64
	for _, c := range all {
		a, b := c.nll[c.byLG], c.nll[c.byELBO]
		byLG, byELBO = append(byLG, a), append(byELBO, b)
		if c.byLG != c.byELBO {
			s.differ++
			if a < b {
				s.better++
			} else {
				s.worse++
			}
		}
		best := slices.Index(c.nll, slices.Min(c.nll))
		s.widthLG += float64(widths[c.byLG]) / float64(len(all))
		s.widthELBO += float64(widths[c.byELBO]) / float64(len(all))
		s.best += float64(widths[best]) / float64(len(all))
	}
	s.nll = PairedDifference(byLG, byELBO)
	return s
}

// judgeSelection judges whether L^G chooses better.
func judgeSelection(s selected) (report.Verdict, string) {
	verdict := report.Differs
	switch {
	case s.nll.Significant() && s.nll.Mean < 0:
		verdict = report.Reproduces
	case float64(s.better-s.worse) > 2*math.Sqrt(float64(s.differ)): // of as many fair coins
		verdict = report.Partly
	}
	return verdict, fmt.Sprintf("The two bounds choose different widths on %d of %d splits; "+
		"there Lᴳ's choice has the smaller held-out NLL %d times and the larger %d times. "+
		"Over all splits its NLL differs by %s nats per row.", s.differ, s.splits, s.better,
		s.worse, s.nll.Text(4))
}

func selection(o Options, s Store) (*report.Section, error) {
	all, err := choices(o, s)
	if err != nil {
		return nil, err
	}
	widths := o.candidateWidths()
	verdict, sentence := judgeSelection(summarize(all, widths))
	if o.Quick {
		verdict, sentence = report.NotJudged, "A quick run takes a hundred steps, which says "+
			"nothing about a choice."
	}
	t := report.Table{ID: "selection", Title: "Choices of a width", Header: []string{"data set",
		"splits", "differ", "Lᴳ's better", "worse", "NLL, Lᴳ's − L_VI's", "width by Lᴳ", "by " +
			"L_VI", "of the best NLL"},
		Caption: "Widths are means over splits. The NLL of the test rows decides nothing."}
	row := func(name string, of []choice) {
		x := summarize(of, widths)
		t.Rows = append(t.Rows, report.Cells(name, fmt.Sprint(x.splits), fmt.Sprint(x.differ),
			fmt.Sprint(x.better), fmt.Sprint(x.worse),
			x.nll.Text(4), Number(x.widthLG, 1), Number(x.widthELBO, 1), Number(x.best, 1)))
	}
	for _, set := range o.sets {
		row(set.Name, slices.DeleteFunc(slices.Clone(all),
			func(c choice) bool { return c.set != set.Name }))
	}
	if len(o.sets) > 1 {
		row("all", all)
	}
	return &report.Section{Verdict: verdict, Sentence: sentence, Tables: []report.Table{t},
		Settings: learnedSettings(o, fmt.Sprint(widths)+" relu"),
		Paragraphs: []string{fmt.Sprintf("Networks of %v ReLU neurons are trained by mean field "+
			"and chosen by L_VI and by the lower bound of Lᴳ, as symvi select does. "+
			"That Lᴳ chooses better reproduces if the held-out NLL of its choices is smaller by "+
			"more than two standard errors over all splits, "+
			"in part if it is smaller more often than larger where the choices differ, by more "+
			"than two standard deviations of as many fair coins. Other "+
			"sets or widths may change the verdict.", widths)}}, nil
}

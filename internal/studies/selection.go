package studies

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/kernels"
)

// Selection is the study of symvi select: which width the evidence chooses, and how it predicts.
func Selection() Study {
	return Study{Name: "selection", Title: "Does Lᴳ choose a better width than L_VI?", OnData: true,
		Cells: selectionCells, Section: selection}
}

// selectionPriors are the priors under which a width is chosen.
var selectionPriors = []bnn.PriorKind{bnn.PriorIsotropic, bnn.PriorFanIn, bnn.PriorLearned}

// candidateWidths are those that there are to choose from.
func (o Options) candidateWidths() []int {
	return Choose(o.Quick, []int{4, 8, 16, 32, 64}, []int{4, 8})
}

// under is a variant with another prior.
func (v variant) under(prior bnn.PriorKind) variant {
	if prior == bnn.PriorIsotropic {
		return v
	}
	under := v
	under.name = fmt.Sprintf("%s-%s", v.name, prior)
	under.change = func(c *experiment.Config) {
		v.change(c)
		c.Prior = string(prior)
	}
	return under
}

// candidate is a network that there is to choose.
func candidate(width int, prior bnn.PriorKind) variant {
	return widthVariant(width, kernels.ReLU, false).under(prior)
}

func selectionCells(o Options) []Cell {
	var cells []Cell
	for _, prior := range selectionPriors {
		for _, set := range o.sets {
			for _, w := range o.candidateWidths() {
				cells = append(cells,
					o.variantCells(widthFolder, set, candidate(w, prior), o.splits(set))...)
			}
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

// choices are those of all sets and splits under a prior.
func (o Options) choices(s Store, prior bnn.PriorKind) ([]choice, error) {
	var all []choice
	for _, set := range o.sets {
		byWidth, err := o.candidates(s, set, prior)
		if err != nil {
			return nil, err
		}
		for split := range o.splits(set) {
			all = append(all, choose(set.Name, byWidth, split))
		}
	}
	return all, nil
}

// candidates are the fits of every width to a set, split by split.
func (o Options) candidates(s Store, set dataset.UCISet, prior bnn.PriorKind) ([][]regressed,
	error) {
	byWidth := make([][]regressed, len(o.candidateWidths()))
	for i, w := range o.candidateWidths() {
		var err error
		if byWidth[i], err = o.fitted(s, widthFolder, set, candidate(w, prior),
			o.splits(set)); err != nil {
			return nil, err
		}
	}
	return byWidth, nil
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

// judgeSelection judges whether L^G chooses better under one prior.
func judgeSelection(s selected) (report.Verdict, string) {
	verdict := report.Differs
	switch {
	case s.nll.Significant() && s.nll.Mean < 0:
		verdict = report.Reproduces
	case float64(s.better-s.worse) > 2*math.Sqrt(float64(s.differ)): // of as many fair coins
		verdict = report.Partly
	}
	return verdict, fmt.Sprintf("the two bounds choose different widths on %d of %d splits; "+
		"there Lᴳ's choice has the smaller held-out NLL %d times and the larger %d times. "+
		"Over all splits its NLL differs by %s nats per row.", s.differ, s.splits, s.better,
		s.worse, s.nll.Text(4))
}

// overPriors is the verdict of a claim that was judged under several priors.
func overPriors(verdicts []report.Verdict) report.Verdict {
	for _, v := range verdicts {
		if v != verdicts[0] {
			return report.Partly
		}
	}
	return verdicts[0]
}

// ofChoices is the verdict on what the evidence chooses under several priors, and what each showed.
func (o Options) ofChoices(verdicts []report.Verdict, says []string) (report.Verdict, string) {
	if o.Quick {
		return report.NotJudged, "A quick run takes a hundred steps, which says nothing about a choice."
	}
	return overPriors(verdicts), strings.Join(says, " ")
}

func selection(o Options, s Store) (*report.Section, error) {
	widths := o.candidateWidths()
	t := report.Table{ID: "selection", Title: "Choices of a width", Labels: 2,
		Header: []string{"prior", "data set", "splits", "differ", "Lᴳ's better", "worse",
			"NLL, Lᴳ's − L_VI's", "width by Lᴳ", "by L_VI", "of the best NLL"},
		Caption: "Widths are means over splits. The NLL of the test rows decides nothing."}
	var verdicts []report.Verdict
	var sentences []string
	for _, prior := range selectionPriors {
		all, err := o.choices(s, prior)
		if err != nil {
			return nil, err
		}
		verdict, sentence := judgeSelection(summarize(all, widths))
		verdicts = append(verdicts, verdict)
		sentences = append(sentences, fmt.Sprintf("With the prior %s %s", prior, sentence))
		t.Rows = append(t.Rows, selectionRows(o, prior, all)...)
	}
	verdict, sentence := o.ofChoices(verdicts, sentences)
	return &report.Section{Verdict: verdict, Sentence: sentence, Tables: []report.Table{t},
		Settings: learnedSettings(o, fmt.Sprint(widths)+" relu"),
		Paragraphs: []string{fmt.Sprintf("Networks of %v ReLU neurons are trained by mean field "+
			"and chosen by L_VI and by the lower bound of Lᴳ, as symvi select does, under one prior "+
			"after another. Under one of them Lᴳ chooses better if the held-out NLL of its choices is "+
			"smaller by more than two standard errors over all splits, and in part if it is smaller "+
			"more often than larger where the choices differ, by more than two standard deviations of "+
			"as many fair coins. It reproduces if that holds under every prior, in part if under any, "+
			"or in part. Other sets or widths may change the verdict.", widths)}}, nil
}

// selectionRows are the choices under a prior, set by set and of all sets.
func selectionRows(o Options, prior bnn.PriorKind, all []choice) [][]report.Cell {
	var rows [][]report.Cell
	row := func(name string, of []choice) {
		x := summarize(of, o.candidateWidths())
		rows = append(rows, report.Cells(string(prior), name, fmt.Sprint(x.splits),
			fmt.Sprint(x.differ), fmt.Sprint(x.better), fmt.Sprint(x.worse), x.nll.Text(4),
			Number(x.widthLG, 1), Number(x.widthELBO, 1), Number(x.best, 1)))
	}
	for _, set := range o.sets {
		row(set.Name, slices.DeleteFunc(slices.Clone(all),
			func(c choice) bool { return c.set != set.Name }))
	}
	if len(o.sets) > 1 {
		row("all", all)
	}
	return rows
}

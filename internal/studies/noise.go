package studies

import (
	"fmt"
	"slices"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/report"
)

// Noise is the study of which noise the evidence prefers, one for all inputs or one that depends
// on them, under every prior, and of which one predicts better.
func Noise() Study {
	return Study{Name: "noise", Title: "Which noise does Lᴳ prefer, and which predicts better?",
		OnData: true, Cells: noiseCells, Section: noise}
}

const noiseFolder = "noise"

// noisePriors are the priors under which a noise is chosen: all that there are.
var noisePriors = []bnn.PriorKind{bnn.PriorIsotropic, bnn.PriorFanIn, bnn.PriorLearned,
	bnn.PriorARD}

// noiseSteps is the length of all trainings: a noise of the input would take half as many by
// itself, and the evidence rises with more.
const noiseSteps = 30000

// ofNoise is a training with a noise.
func ofNoise(n experiment.Noise) variant {
	return variant{name: string(n), change: func(c *experiment.Config) {
		c.Noise = n
		if c.Steps == 0 {
			c.Steps = noiseSteps
		}
	}}
}

// The two noises that there are to choose from.
var (
	oneNoise = ofNoise(experiment.NoiseLearned)
	noiseOfX = ofNoise(experiment.NoiseHeteroscedastic)
)

func noiseCells(o Options) []Cell {
	var cells []Cell
	for _, prior := range noisePriors {
		for _, set := range o.sets {
			for _, v := range []variant{oneNoise, noiseOfX} {
				cells = append(cells,
					o.variantCells(noiseFolder, set, v.under(prior), o.splits(set))...)
			}
		}
	}
	return cells
}

// noisePair are the fits of a set under a prior with both noises, split by split.
type noisePair struct {
	set      string
	one, ofX []regressed
}

func (o Options) noisePair(s Store, set dataset.UCISet, prior bnn.PriorKind) (noisePair, error) {
	p := noisePair{set: set.Name}
	var err error
	if p.one, err = o.fitted(s, noiseFolder, set, oneNoise.under(prior), o.splits(set)); err != nil {
		return p, err
	}
	p.ofX, err = o.fitted(s, noiseFolder, set, noiseOfX.under(prior), o.splits(set))
	return p, err
}

// preferred counts the splits on which L^G prefers σ(x).
func (p noisePair) preferred() int {
	n := 0
	for i := range p.one {
		if p.ofX[i].Lower > p.one[i].Lower {
			n++
		}
	}
	return n
}

// chosen are the fits that L^G prefers and those that it does not.
func (p noisePair) chosen() (chosen, other []regressed) {
	for i := range p.one {
		a, b := p.ofX[i], p.one[i]
		if b.Lower > a.Lower {
			a, b = b, a
		}
		chosen, other = append(chosen, a), append(other, b)
	}
	return chosen, other
}

// pooled are the fits of several sets as if of one.
func pooled(pairs []noisePair) noisePair {
	all := noisePair{set: "all"}
	for _, p := range pairs {
		all.one, all.ofX = append(all.one, p.one...), append(all.ofX, p.ofX...)
	}
	return all
}

// judgeNoise judges whether the noise that L^G prefers predicts better under one prior.
func judgeNoise(p noisePair) (report.Verdict, string) {
	chosen, other := p.chosen()
	better := 0
	for i := range chosen {
		if chosen[i].NLL < other[i].NLL {
			better++
		}
	}
	verdict := report.Differs
	d := quantityNLL.change(chosen, other)
	switch {
	case d.Significant() && d.Mean < 0:
		verdict = report.Reproduces
	case 4*better > 3*len(chosen):
		verdict = report.Partly
	}
	return verdict, fmt.Sprintf("Lᴳ prefers σ(x) on %d of %d splits; the noise that it prefers has "+
		"the smaller held-out NLL on %d, and one that differs by %s nats per row from the other's.",
		p.preferred(), len(p.one), better, d.Text(3))
}

func noise(o Options, s Store) (*report.Section, error) {
	t := report.Table{ID: "noise", Title: "Noise by evidence and by predictions", Labels: 2,
		Header: []string{"prior", "data set", "splits", "Lᴳ prefers σ(x)", "Lᴳ, σ(x) − one σ",
			"NLL, σ(x) − one σ", "NLL, one σ", "NLL, σ(x)"},
		Caption: "Means over splits ± standard error; Lᴳ, from its lower bounds, in nats for the " +
			"whole training set, NLL in nats per row of the test part, bold beyond two standard errors."}
	var verdicts []report.Verdict
	var sentences []string
	for _, prior := range noisePriors {
		var pairs []noisePair
		for _, set := range o.sets {
			p, err := o.noisePair(s, set, prior)
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, p)
		}
		verdict, says := judgeNoise(pooled(pairs))
		verdicts = append(verdicts, verdict)
		sentences = append(sentences, fmt.Sprintf("With the prior %s %s", prior, says))
		if len(pairs) > 1 {
			pairs = append(pairs, pooled(pairs))
		}
		for _, p := range pairs {
			t.Rows = append(t.Rows, p.row(prior))
		}
	}
	verdict, sentence := o.ofChoices(verdicts, sentences)
	settings := slices.DeleteFunc(learnedSettings(o, "50"),
		func(s report.Setting) bool { return s.Name == "permutations" })
	return &report.Section{Verdict: verdict, Sentence: sentence, Tables: []report.Table{t},
		Settings: settings,
		Paragraphs: []string{fmt.Sprintf("Networks of 50 ReLU neurons with one learned σ, and with "+
			"σ(x), are trained by mean field in %d steps each, with the KL divergence in full, under "+
			"one prior after another. Under one of them the noise with the higher lower bound of Lᴳ "+
			"predicts better if its held-out NLL is smaller by more than two standard errors over "+
			"all splits, and in part if it is smaller on more than three quarters of them. It "+
			"reproduces if that holds under every prior, in part if under any, or in part. Other sets "+
			"may change the verdict.", noiseSteps)}}, nil
}

// row is a pair in the table.
func (p noisePair) row(prior bnn.PriorKind) []report.Cell {
	cells := report.Cells(string(prior), p.set, fmt.Sprint(len(p.one)), fmt.Sprint(p.preferred()))
	for _, d := range []struct {
		quantity
		decimals int
	}{{quantityLower, 1}, {quantityNLL, 3}} {
		x := d.change(p.ofX, p.one)
		cells = append(cells, report.Cell{Text: x.Text(d.decimals), Strong: x.Significant()})
	}
	return append(cells, report.Cells(quantityNLL.mean(p.one).Text(3),
		quantityNLL.mean(p.ofX).Text(3))...)
}

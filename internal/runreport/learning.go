package runreport

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/plot"
	"github.com/symvi/symvi/internal/report"
)

// learning shows the terms of the objective by epoch, without the first twentieth, whose
// steep rise would hide all that follows.
func learning(i *experiment.Inspection) *report.Section {
	epochs := i.Epochs[len(i.Epochs)/20:]
	if len(epochs) < 2 {
		return nil
	}
	curve := func(name string, f func(experiment.Epoch) float64) *plot.Line {
		l := &plot.Line{Name: name}
		for _, e := range epochs {
			l.X, l.Y = append(l.X, float64(e.Epoch)), append(l.Y, f(e))
		}
		return l
	}
	figure := func(id, title, caption, alt string, marks ...plot.Mark) report.Figure {
		return report.Figure{ID: id, Title: title, Caption: caption, Alt: alt, Plot: single(&plot.Panel{
			X: plot.Axis{Label: "epoch"}, Y: plot.Axis{Label: "whole training set", Unit: "nats"}, Marks: marks})}
	}
	first, last := epochs[0], epochs[len(epochs)-1]
	var rising []string
	if i.Rising {
		rising = []string{"The objective was still rising at the end: more steps, or a larger learning rate, would make it better."}
	}
	return &report.Section{ID: "learning", Title: "Learning", Paragraphs: rising,
		Sentence: fmt.Sprintf("L_VI went from %.4g to %.4g nats between epochs %d and %d.",
			first.ELBO, last.ELBO, first.Epoch, last.Epoch),
		Figures: []report.Figure{
			figure("bounds", "Bounds", "The ELBO of the posterior, and of the symmetrised one.", "Curves of L_VI and L^G by epoch",
				curve("L_VI", func(e experiment.Epoch) float64 { return e.ELBO }),
				curve("L^G", func(e experiment.Epoch) float64 { return e.Symmetrized })),
			figure("terms", "Terms", "L_VI is the expected log-likelihood less the KL divergence from the prior.",
				"Curves of the two terms by epoch",
				curve("log-likelihood", func(e experiment.Epoch) float64 { return e.LogLikelihood }),
				curve("− KL", func(e experiment.Epoch) float64 { return -e.KL })),
		}}
}

// single is a figure of one panel.
func single(p *plot.Panel) *plot.Figure {
	return &plot.Figure{Panels: [][]*plot.Panel{{p}}, Width: figureWidth, Height: figureHeight}
}

// neurons shows which hidden neurons have left the prior.
func neurons(i *experiment.Inspection) *report.Section {
	var marks []plot.Mark
	inUse, all := 0, 0
	most := bnn.CollapsedKL
	for layer, kl := range i.NeuronKL {
		p := &plot.Points{Name: fmt.Sprintf("layer %d", layer+1)}
		for k, v := range descending(kl) {
			p.X, p.Y = append(p.X, float64(k+1)), append(p.Y, max(v, leastKL))
			if v >= bnn.CollapsedKL {
				inUse++
			}
			all++
			most = max(most, v)
		}
		marks = append(marks, p)
	}
	if all == 0 {
		return nil
	}
	marks = append(marks, &plot.Rule{Label: "collapsed below", At: bnn.CollapsedKL, Horizontal: true, Style: plot.Reference()})
	return &report.Section{ID: "neurons", Title: "Neurons in use",
		Sentence: fmt.Sprintf("%d of %d hidden neurons are in use.", inUse, all),
		Figures: []report.Figure{{ID: "neurons", Title: "KL divergence of every hidden neuron from the prior",
			Caption: "Of its incoming weights and its bias, the largest first. A neuron within one nat of the prior carries nothing.",
			Alt:     "Points that fall from left to right, one for each neuron",
			Plot: single(&plot.Panel{X: plot.Axis{Label: "neuron, by rank"},
				Y: decades("KL", "nats", lowest(i.NeuronKL), most), Marks: marks})}}}
}

// lowest is the smallest value of all layers, not below leastKL.
func lowest(layers [][]float64) float64 {
	least := bnn.CollapsedKL
	for _, kl := range layers {
		for _, v := range kl {
			least = min(least, max(v, leastKL))
		}
	}
	return least
}

// decades is a logarithmic axis from a power of ten to another, which has room for its ticks.
func decades(label, unit string, from, to float64) plot.Axis {
	first := int(math.Floor(math.Log10(from)))
	last := max(first+1, int(math.Ceil(math.Log10(to))))
	a := plot.Axis{Label: label, Unit: unit, Scale: plot.Log10, Min: math.Pow10(first), Max: math.Pow10(last)}
	for k := first; k <= last; k++ {
		a.Ticks = append(a.Ticks, plot.Tick{Value: math.Pow10(k), Label: fmt.Sprintf("%g", math.Pow10(k))})
	}
	return a
}

// leastKL is the lowest value on the logarithmic axis.
const leastKL = 1e-3

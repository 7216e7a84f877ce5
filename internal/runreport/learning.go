package runreport

import (
	"fmt"
	"math"
	"slices"

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
			X: plot.Axis{Label: "epoch"}, Y: plot.Axis{Label: "whole training set", Unit: "nats"},
			Marks: marks})}
	}
	first, last := epochs[0], epochs[len(epochs)-1]
	var advice []string
	if i.Rising {
		advice = append(advice, "The objective was still rising at the end: more steps, or a larger "+
			"learning rate, would raise it; whether predictions gain, --validate says.")
	}
	if i.Worse {
		advice = append(advice, "The objective is lower than before training: the learning rate is too "+
			"large.")
	}
	return &report.Section{ID: "learning", Title: "Learning", Paragraphs: advice,
		Sentence: fmt.Sprintf("L_VI went from %.4g to %.4g nats between epochs %d and %d.",
			first.ELBO, last.ELBO, first.Epoch, last.Epoch),
		Figures: []report.Figure{
			figure("bounds", "Bounds", "The ELBO of the posterior, and of the symmetrised one.",
				"Curves of L_VI and L^G by epoch", curve("L_VI", func(e experiment.Epoch) float64 {
					return e.ELBO
				}),
				curve("L^G", func(e experiment.Epoch) float64 { return e.Symmetrized })),
			figure("terms", "Terms", "L_VI is the expected log-likelihood less the KL divergence "+
				"from the prior.",
				"Curves of the two terms by epoch",
				curve("log-likelihood", func(e experiment.Epoch) float64 { return e.LogLikelihood }),
				curve("− KL", func(e experiment.Epoch) float64 { return -e.KL })),
		}}
}

// single is a figure of one panel.
func single(p *plot.Panel) *plot.Figure {
	return &plot.Figure{Panels: [][]*plot.Panel{{p}}, Width: figureWidth, Height: figureHeight}
}

// mostSeries is how many kinds of points the legend of a figure has room for.
const mostSeries = 6

// neuronPoints are the ratios of every member's neurons: one series for each layer of each
// member, or, where these are too many, for each layer of all.
func neuronPoints(members [][][]float64) []*plot.Points {
	layers := len(members[0])
	apart := len(members)*layers <= mostSeries
	var all []*plot.Points
	for member, byLayer := range members {
		for layer, ratios := range byLayer {
			if apart || member == 0 {
				name := neuronsName(member, len(members), layer, layers)
				if !apart {
					name = neuronsName(0, 1, layer, layers)
				}
				all = append(all, &plot.Points{Name: name})
			}
			p := all[len(all)-1]
			if !apart {
				p = all[layer]
			}
			for k, v := range descending(ratios) {
				p.X, p.Y = append(p.X, float64(k+1)), append(p.Y, max(v, leastRatio))
			}
		}
	}
	return all
}

// neurons shows which hidden neurons of every member the next layer listens to.
func neurons(i *experiment.Inspection) *report.Section {
	var marks []plot.Mark
	least, most := bnn.UsedRatio, bnn.UsedRatio
	for _, p := range neuronPoints(i.Outgoing) {
		least, most = min(least, slices.Min(p.Y)), max(most, slices.Max(p.Y))
		marks = append(marks, p)
	}
	if len(marks) == 0 {
		return nil
	}
	marks = append(marks, &plot.Rule{Label: "silent below", At: bnn.UsedRatio,
		Horizontal: true, Style: plot.Reference()})
	sentence := fmt.Sprintf("%d of %d hidden neurons are in use", i.Scores.Used, i.Scores.Hidden)
	if i.Members > 1 {
		sentence += fmt.Sprintf(", over all %d members", i.Members)
	}
	s := &report.Section{ID: "neurons", Title: "Neurons in use", Sentence: sentence + ".",
		Figures: []report.Figure{{ID: "neurons", Title: "Outgoing weights of every hidden neuron",
			Caption: fmt.Sprintf("The mean in standard deviations of the weight that is surest not "+
				"to be 0, the largest first. To a neuron below %g the next layer does not listen.",
				bnn.UsedRatio),
			Alt: "Points that fall from left to right, one for each neuron",
			Plot: single(&plot.Panel{X: plot.Axis{Label: "neuron, by rank"},
				Y: decades("largest |μ|/σ", "", least, most), Marks: marks})}}}
	if i.Scores.Modes != nil {
		s.Paragraphs = append(s.Paragraphs, modesSentence(i))
		s.Tables = append(s.Tables, modes(i.Scores.Modes))
	}
	return s
}

// neuronsName names the neurons of a layer of a member, where there are several.
func neuronsName(member, members, layer, layers int) string {
	switch {
	case members == 1:
		return fmt.Sprintf("layer %d", layer+1)
	case layers == 1:
		return fmt.Sprintf("member %d", member+1)
	}
	return fmt.Sprintf("member %d, layer %d", member+1, layer+1)
}

// modesSentence says how many functions the members have found.
func modesSentence(i *experiment.Inspection) string {
	return fmt.Sprintf("The %d members are in %d different modes: hidden neurons were matched "+
		"between every two of them, because an exchange of neurons changes no function. Two "+
		"members share a mode when each neuron is within %g nat of its match.", i.Members,
		i.Scores.Modes.Count, bnn.SharedDistance)
}

// modes is the table of all pairs of members.
func modes(m *bnn.Modes) report.Table {
	t := report.Table{ID: "modes", Title: "Distances between members",
		Header:  []string{"members", "as they are", "matched", "same neurons"},
		Caption: "Bhattacharyya distance of the posteriors in nats, 0 where they are equal."}
	for _, p := range m.Pairs {
		t.Rows = append(t.Rows, report.Cells(fmt.Sprintf("%d and %d", p.First, p.Second),
			fmt.Sprintf("%.1f", p.Unmatched), fmt.Sprintf("%.1f", p.Matched),
			fmt.Sprintf("%d of %d", p.Shared, p.Hidden)))
	}
	return t
}

// decades is a logarithmic axis from a power of ten to another, which has room for its ticks.
func decades(label, unit string, from, to float64) plot.Axis {
	first := int(math.Floor(math.Log10(from)))
	last := max(first+1, int(math.Ceil(math.Log10(to))))
	a := plot.Axis{Label: label, Unit: unit, Scale: plot.Log10, Min: math.Pow10(first),
		Max: math.Pow10(last)}
	for k := first; k <= last; k++ {
		a.Ticks = append(a.Ticks,
			plot.Tick{Value: math.Pow10(k), Label: fmt.Sprintf("%g", math.Pow10(k))})
	}
	return a
}

// leastRatio is the lowest value on the logarithmic axis.
const leastRatio = 1e-2

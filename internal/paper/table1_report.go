package paper

import (
	"fmt"
	"math"
	"slices"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/plot"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/studies"
)

// tableRow is one method at one width, over the seeds.
type tableRow struct {
	width    int
	method   experiment.Method
	results  []classified
	accuracy studies.Spread // over training seeds
	redraw   float64
	gain     studies.Spread // paired difference to mean field
	paper    *reading
}

// accuracies are those of the first prediction of every training.
func (r tableRow) accuracies() []float64 {
	return studies.Column(r.results, func(c classified) float64 { return c.Accuracy[0] })
}

// redrawSD is the standard deviation of one training's accuracy over predictions with
// other posterior samples: half the mean square of the differences of pairs.
func redrawSD(results []classified) float64 {
	sum, pairs := 0.0, 0
	for _, r := range results {
		if len(r.Accuracy) == 2 {
			d := r.Accuracy[1] - r.Accuracy[0]
			sum += d * d / 2
			pairs++
		}
	}
	return math.Sqrt(sum / float64(pairs))
}

// table1Rows reads the results, widths first.
func table1Rows(o options, s studies.Store) ([]tableRow, error) {
	var rows []tableRow
	for i, width := range table1Widths {
		var meanField []float64
		for _, m := range table1Methods(o, width) {
			results, err := studies.LoadAll[classified](s, methodCells(o, width, m))
			if err != nil {
				return nil, err
			}
			row := tableRow{width: width, method: m, results: results, redraw: redrawSD(results)}
			x := row.accuracies()
			if m.Estimator == bnn.EstimatorNone {
				meanField = x
			}
			row.accuracy, row.gain = studies.MeanSD(x), studies.PairedDifference(x, meanField)
			if readings, ok := paperTable1[m.String()]; ok {
				row.paper = &readings[i]
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func table1(o options, s studies.Store) (*report.Section, error) {
	rows, err := table1Rows(o, s)
	if err != nil {
		return nil, err
	}
	verdict, sentence := judgeTable1(rows)
	if o.Quick {
		verdict, sentence = report.NotJudged,
			"A quick run trains for one epoch, which says nothing about the paper's ten."
	}
	return &report.Section{Verdict: verdict, Sentence: sentence,
		Paragraphs: []string{
			"The trainings are paired: with one seed all methods start from the same means and " +
				"see the same minibatches, noise and posterior samples, so that a difference to " +
				"mean field is an effect of the method. Uniform with K = 1 averages over nothing " +
				"but the identity: it is mean field by another path of the program, and must " +
				"agree with it exactly.",
			table1Saturation(rows),
			table1Spreads(rows),
		},
		Settings: table1Settings(o),
		Figures:  []report.Figure{table1Figure(rows)},
		Tables:   []report.Table{table1Accuracy(rows), table1Bounds(rows)},
	}, nil
}

// judgeTable1 compares the accuracies with the paper's, and the gains with none.
func judgeTable1(rows []tableRow) (report.Verdict, string) {
	worst, gains, best := 0.0, 0, 0.0
	for _, r := range rows {
		if r.paper != nil {
			worst = max(worst, r.paper.mean-r.accuracy.Mean)
		}
		if r.method.Estimator == bnn.EstimatorNone {
			continue
		}
		if math.Abs(r.gain.Mean) > math.Abs(best) {
			best = r.gain.Mean
		}
		if r.gain.Mean > 0 && r.gain.Significant() {
			gains++
		}
	}
	accuracy := fmt.Sprintf("No accuracy falls short of the paper's by more than %s points",
		studies.Number(max(worst, 0), 2))
	if gains > 0 {
		return report.Reproduces,
			fmt.Sprintf("%s; symmetrising gains accuracy, by more than two standard errors, in "+
				"%d of the rows, by at most %s points.", accuracy, gains, studies.Number(best, 3))
	}
	verdict := report.Partly
	if worst > 1 {
		verdict = report.Differs
	}
	return verdict, accuracy + "; the gains of symmetrising, at most 0.12 points in the paper, " +
		"do not reproduce: the largest paired difference to mean field is " + studies.Number(best, 3) +
		" points, and none is positive by more than two standard errors."
}

// table1Saturation says what the symmetrisation term did in these trainings.
func table1Saturation(rows []tableRow) string {
	low := math.Inf(1)
	for _, r := range rows {
		for _, c := range r.results {
			low = min(low, (c.Lower-c.ELBO)/c.LogGroup)
		}
	}
	text := fmt.Sprintf("The symmetrisation term I = Lᴳ − L_VI is at least %s %% of its largest "+
		"possible value, log n!, for every trained posterior", studies.Number(math.Floor(1000*low)/10, 1))
	if low < 0.99 {
		return text + "."
	}
	return text + ": the neurons of a trained network are so distinct that the permuted copies " +
		"of q do not overlap. The term is then a constant without a gradient, which is why the " +
		"methods follow the same path."
}

// table1Spreads compares the paper's ± with the two spreads that it can be.
func table1Spreads(rows []tableRow) string {
	paper, draws, trainings := studies.NewRange(), studies.NewRange(), studies.NewRange()
	for _, r := range rows {
		draws.Add(r.redraw)
		trainings.Add(r.accuracy.Error)
		if r.paper != nil {
			paper.Add(r.paper.sd)
		}
	}
	text := fmt.Sprintf("The paper gives a spread of %s points over “10 runs with different "+
		"random seeds”. Here one training predicted with other posterior samples varies by %s "+
		"points (standard deviation over test-time draws), and trainings with other seeds by %s.",
		paper.Text(3), draws.Text(3), trainings.Text(2))
	if draws.High < 2*paper.High && trainings.Low > 2*paper.High {
		text += " So the paper's ± has the size of the noise of the evaluation, not of the training."
	}
	return text
}

func table1Settings(o options) []report.Setting {
	c := methodCells(o, table1Widths[0], table1Methods(o, table1Widths[0])[0])[0].Settings.(classifier)
	return []report.Setting{
		{Name: "preset", Value: o.Preset},
		{Name: "prior", Value: fmt.Sprintf("N(0, %g²) for every parameter (not stated in the "+
			"paper)", c.PriorStd)},
		{Name: "initial σ", Value: fmt.Sprintf("%g (not stated)", c.InitStd)},
		{Name: "training", Value: fmt.Sprintf("ReLU, %d epochs, batch %d, Adam with learning "+
			"rate %g, %d weight sample per step", c.Epochs, c.Batch, c.LR, c.StepSamples)},
		{Name: "prediction", Value: fmt.Sprintf("mean of %d sampled models", c.Samples)},
		{Name: "bounds", Value: fmt.Sprintf("%d samples, estimator auto", c.ELBOSamples)},
	}
}

func table1Accuracy(rows []tableRow) report.Table {
	t := report.Table{ID: "table1-accuracy", Title: "Test accuracy in per cent", Labels: 2,
		Caption: "Mean ± standard deviation over training seeds; standard deviation over " +
			"test-time draws of the posterior samples; mean paired difference to MFVI ± its " +
			"standard error; the paper's number. Exact permanents are for narrow layers.",
		Header: []string{"hidden", "method", "accuracy", "sd, test-time draws", "minus MFVI", "paper"},
		Data: report.NewData("hidden", "method", "accuracy", "sd_training", "sd_draws",
			"difference", "difference_se", "paper", "paper_sd")}
	for _, r := range rows {
		paper, paperSD, shown := math.NaN(), math.NaN(), "—"
		if r.paper != nil {
			paper, paperSD, shown = r.paper.mean, r.paper.sd,
				studies.Spread{Mean: r.paper.mean, Error: r.paper.sd}.Text(3)
		}
		gain := r.gain.Text(3)
		if r.method.Estimator == bnn.EstimatorNone {
			gain = "—"
		}
		t.Rows = append(t.Rows, report.Cells(fmt.Sprint(r.width), studies.Label(r.method),
			r.accuracy.Text(3), studies.Number(r.redraw, 3), gain, shown))
		t.Data.Add(r.width, r.method.String(), r.accuracy.Mean, r.accuracy.Error, r.redraw,
			r.gain.Mean, r.gain.Error, studies.Blank(paper), studies.Blank(paperSD))
	}
	return t
}

func table1Bounds(rows []tableRow) report.Table {
	t := report.Table{ID: "table1-bounds", Title: "ELBOs of the trained posteriors", Labels: 2,
		Caption: "Nats for the whole training set, mean ± standard deviation over training " +
			"seeds; neurons in use are those that the next layer listens to.",
		Header: []string{"hidden", "method", "L_VI", "Lᴳ from", "Lᴳ to", "log n!", "in use"}}
	for _, r := range rows {
		over := func(value func(classified) float64) studies.Spread {
			return studies.MeanSD(studies.Column(r.results, value))
		}
		t.Rows = append(t.Rows, report.Cells(fmt.Sprint(r.width), studies.Label(r.method),
			over(func(c classified) float64 { return c.ELBO }).Text(1),
			over(func(c classified) float64 { return c.Lower }).Text(1),
			over(func(c classified) float64 { return c.Upper }).Text(1),
			studies.Number(r.results[0].LogGroup, 2),
			studies.Number(over(classified.used).Mean, 1)))
	}
	return t
}

// used is the number of neurons in use.
func (c classified) used() float64 { return experiment.Count(c.Used) }

// table1Figure plots the accuracy and the gain against the width, beside the paper's.
func table1Figure(rows []tableRow) report.Figure {
	accuracy := &plot.Panel{Title: "accuracy", X: plot.Axis{Label: "hidden neurons",
		Ticks: widthTicks()}, Y: plot.Axis{Label: "test accuracy", Unit: "%"}}
	gain := &plot.Panel{Title: "difference to MFVI",
		X: plot.Axis{Label: "hidden neurons", Ticks: widthTicks()},
		Y: plot.Axis{Label: "difference", Unit: "points", Include: []float64{-0.15, 0.15}}}
	mean, largest := paperSeries("none"), paperSeries("uniform:20")
	accuracy.Marks = append(accuracy.Marks, &plot.Points{Name: "paper, MFVI", X: mean.X, Y: mean.Y,
		Style: plot.Reference(), Join: true})
	for i := range largest.Y {
		largest.Y[i] -= mean.Y[i]
	}
	gain.Marks = append(gain.Marks, &plot.Points{Name: "paper, K = 20", X: largest.X, Y: largest.Y,
		Join: true})
	for _, p := range byMethod(rows, func(r tableRow) studies.Spread { return r.accuracy }) {
		accuracy.Marks = append(accuracy.Marks, p)
	}
	for _, p := range byMethod(rows, func(r tableRow) studies.Spread { return r.gain })[1:] {
		gain.Marks = append(gain.Marks, p)
	}
	return report.Figure{ID: "table1", Title: "Test accuracy against width",
		Caption: "Methods are set side by side at each width. Bars: (a) one standard deviation " +
			"over training seeds; (b) one standard error of the mean paired difference.",
		Alt: "Left: test accuracy rises with the number of hidden neurons, in the same way " +
			"for all methods. Right: the paired differences to mean field beside the gains in the paper.",
		Plot: &plot.Figure{Panels: [][]*plot.Panel{{accuracy, gain}}}}
}

// byMethod are the points of every method over the widths, side by side.
func byMethod(rows []tableRow, value func(tableRow) studies.Spread) []*plot.Points {
	points := map[string]*plot.Points{}
	var order []*plot.Points
	for _, r := range rows {
		p := points[studies.Label(r.method)]
		if p == nil {
			p = &plot.Points{Name: studies.Label(r.method)}
			points[p.Name] = p
			order = append(order, p)
		}
		v := value(r)
		p.X, p.Y = append(p.X, place(r.width)), append(p.Y, v.Mean)
		p.Low, p.High = append(p.Low, v.Mean-v.Error), append(p.High, v.Mean+v.Error)
	}
	plot.Dodge(0.065, order...)
	return order
}

// paperSeries are the paper's accuracies of a method over the widths.
func paperSeries(method string) (p plot.Points) {
	for i, w := range table1Widths {
		p.X, p.Y = append(p.X, place(w)), append(p.Y, paperTable1[method][i].mean)
	}
	return p
}

// place of a width on the axis: equal steps leave room for the methods side by side.
func place(width int) float64 { return float64(slices.Index(table1Widths, width)) }

func widthTicks() []plot.Tick {
	ticks := make([]plot.Tick, len(table1Widths))
	for i, w := range table1Widths {
		ticks[i] = plot.Tick{Value: place(w), Label: fmt.Sprint(w)}
	}
	return ticks
}

package runreport

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/plot"
	"github.com/symvi/symvi/internal/report"
)

// mostTargets is how many targets have figures.
const mostTargets = 6

// targets shows predictions against targets and how far their intervals can be trusted.
func targets(i *experiment.Inspection) *report.Section {
	s := &report.Section{ID: "predictions", Title: "Predictions",
		Sentence: fmt.Sprintf("%.1f %% of the targets lie in their interval of 90 %%.",
			100**i.Scores.Coverage90)}
	names := i.Schema.TargetNames()
	for j := range min(len(names), mostTargets) {
		s.Figures = append(s.Figures, against(i, j, len(names)), pit(i, j, len(names)))
	}
	if len(i.Scores.Targets) > 0 {
		s.Tables = append(s.Tables, perTarget(i.Scores))
	}
	return s
}

// shown is how many rows a figure shows at most.
const shown = 150

// against plots the predictions of target j of so many against the targets, with intervals.
func against(i *experiment.Inspection, j, of int) report.Figure {
	p := i.Prediction
	points := &plot.Points{Name: "mean and interval of 90 %"}
	lo, hi := math.Inf(1), math.Inf(-1)
	levels := len(experiment.ReportLevels)
	rows := evenly(p.N, shown)
	for _, row := range rows {
		at := row*of + j
		target := p.Mean[at] - p.Error[at]
		points.X, points.Y = append(points.X, target), append(points.Y, p.Mean[at])
		low, high := p.Quantiles[at*levels], p.Quantiles[at*levels+levels-1]
		points.Low, points.High = append(points.Low, low), append(points.High, high)
		lo, hi = min(lo, target), max(hi, target)
	}
	diagonal := &plot.Line{Name: "target", X: []float64{lo, hi}, Y: []float64{lo, hi},
		Style: plot.Reference()}
	name := i.Schema.TargetNames()[j]
	which := "every row"
	if len(rows) < p.N {
		which = fmt.Sprintf("%d of %d rows", len(rows), p.N)
	}
	return report.Figure{ID: fmt.Sprintf("against-%d", j+1), Title: "Predictions of " + name,
		Caption: "The predictive mean and the central interval of 90 % of " + which +
			", against the target.",
		Alt: "Points with bars along the diagonal",
		Plot: single(&plot.Panel{X: plot.Axis{Label: "target"}, Y: plot.Axis{Label: "prediction"},
			Marks: []plot.Mark{points, diagonal}})}
}

// evenly chooses at most k of the rows 0 … n−1.
func evenly(n, k int) []int {
	k = min(n, k)
	rows := make([]int, k)
	for i := range rows {
		rows[i] = i * n / k
	}
	return rows
}

// pit is the histogram of probability integral transforms of target j.
func pit(i *experiment.Inspection, j, of int) report.Figure {
	shares := i.Scores.PIT
	if of > 1 {
		shares = i.Scores.Targets[j].PIT
	}
	bins := len(shares)
	bars := &plot.Band{Name: "test rows"}
	for k, share := range shares {
		for _, edge := range []int{k, k + 1} {
			bars.X = append(bars.X, float64(edge)/float64(bins))
			bars.Low, bars.High = append(bars.Low, 0), append(bars.High, share)
		}
	}
	even := 1 / float64(bins)
	chance := 2 * math.Sqrt(even*(1-even)/float64(i.Prediction.N))
	return report.Figure{ID: fmt.Sprintf("pit-%d", j+1), Title: "Calibration of " +
		i.Schema.TargetNames()[j],
		Caption: fmt.Sprintf("Probability integral transforms of the targets: their place in the "+
			"predictive distribution. Calibrated predictions fill the %d bins evenly, within ± "+
			"%.3f in 19 of 20 cases; a valley in the middle means intervals that are too narrow.",
			bins, chance),
		Alt: "A histogram beside the level of even shares",
		Plot: single(&plot.Panel{X: plot.Axis{Label: "place in the distribution", Min: 0, Max: 1},
			Y: plot.Axis{Label: "share of rows", Include: []float64{0, 2 * even}},
			Marks: []plot.Mark{bars, &plot.Line{X: []float64{0, 1}, Y: []float64{even, even},
				Name: "even", Style: plot.Reference()}}})}
}

func perTarget(s *experiment.Scores) report.Table {
	t := report.Table{ID: "targets", Title: "Scores of the targets",
		Header:  []string{"target", "RMSE", "MAE", "CRPS", "in 50 %", "in 90 %", "in 95 %"},
		Caption: "In the target's units."}
	for _, v := range s.Targets {
		cells := []string{v.Target}
		for _, x := range [][2]*float64{{v.RMSE, v.RMSESE}, {v.MAE, v.MAESE}, {v.CRPS, v.CRPSSE},
			{v.Coverage50, v.Coverage50SE}, {v.Coverage90, v.Coverage90SE},
			{v.Coverage95, v.Coverage95SE}} {
			cells = append(cells, experiment.PlusMinus("%.4g", x[0], x[1]))
		}
		t.Rows = append(t.Rows, report.Cells(cells...))
	}
	return t
}

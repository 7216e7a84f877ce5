package runreport

import (
	"fmt"
	"slices"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/plot"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/score"
)

// descending are the values from the largest to the smallest.
func descending(x []float64) []float64 {
	sorted := slices.Sorted(slices.Values(x))
	slices.Reverse(sorted)
	return sorted
}

// classes shows how far probabilities can be trusted and which classes are taken for which.
func classes(i *experiment.Inspection) *report.Section {
	c := score.Classes{Count: i.Schema.Outputs, Probabilities: i.Prediction.Mean,
		Labels: i.Rows.Labels}
	s := &report.Section{ID: "predictions", Title: "Predictions",
		Sentence: fmt.Sprintf("The expected calibration error is %.4f.", *i.Scores.ECE),
		Figures:  []report.Figure{reliability(c), riskCoverage(c)},
		Tables:   []report.Table{perClass(i.Scores)}}
	if c.Count <= mostConfused {
		s.Tables = append(s.Tables, confusion(i, c))
	}
	return s
}

// reliability is the diagram of Guo et al. 2017, Figure 1.
func reliability(c score.Classes) report.Figure {
	points := &plot.Points{Name: "rows, by confidence"}
	for _, b := range c.Reliability() {
		if b.Rows == 0 {
			continue
		}
		points.X, points.Y = append(points.X, b.Confidence), append(points.Y, b.Accuracy)
		points.Low = append(points.Low, max(0, b.Accuracy-2*b.SE))
		points.High = append(points.High, min(1, b.Accuracy+2*b.SE))
	}
	diagonal := &plot.Line{Name: "calibrated", X: []float64{0, 1}, Y: []float64{0, 1},
		Style: plot.Reference()}
	return report.Figure{ID: "reliability", Title: "Reliability",
		Caption: "Accuracy of the rows whose largest probability lies in one of 15 bins, with " +
			"two standard errors. Points below the diagonal are too sure.",
		Alt: "Points of accuracy against confidence beside the diagonal",
		Plot: single(&plot.Panel{X: plot.Axis{Label: "confidence", Min: 0, Max: 1},
			Y:     plot.Axis{Label: "accuracy", Min: 0, Max: 1},
			Marks: []plot.Mark{diagonal, points}})}
}

// riskCoverage is the error rate among the most confident rows by their share.
func riskCoverage(c score.Classes) report.Figure {
	confidence, correct := c.Confidence(), c.Correct()
	order := make([]int, len(confidence))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case confidence[a] > confidence[b]:
			return -1
		case confidence[a] < confidence[b]:
			return 1
		}
		return 0
	})
	line := &plot.Line{Name: "error rate"}
	wrong := 0.0
	every := max(1, len(order)/200)
	for k, row := range order {
		wrong += 1 - correct[row]
		if (k+1)%every == 0 || k+1 == len(order) {
			line.X = append(line.X, float64(k+1)/float64(len(order)))
			line.Y = append(line.Y, wrong/float64(k+1))
		}
	}
	if len(line.X) == 1 { // of a single row
		line.X, line.Y = append([]float64{0}, line.X...), append([]float64{line.Y[0]}, line.Y...)
	}
	return report.Figure{ID: "risk", Title: "Risk and coverage",
		Caption: "The error rate if only the most confident rows are answered, by their share; " +
			"AURC is the area below.",
		Alt: "A curve of the error rate by the share of rows answered",
		Plot: single(&plot.Panel{X: plot.Axis{Label: "share answered", Min: 0, Max: 1},
			Y: plot.Axis{Label: "error rate", Include: []float64{0, 0.01}}, Marks: []plot.Mark{line}})}
}

// perClass is the table of the classes' scores.
func perClass(s *experiment.Scores) report.Table {
	t := report.Table{ID: "classes", Title: "Scores of the classes",
		Header: []string{"class", "rows", "recall", "precision"},
		Caption: "Recall is the share of the class's rows that were found, precision the share " +
			"of rows taken for it that are."}
	for _, c := range s.Classes {
		t.Rows = append(t.Rows, report.Cells(c.Class, fmt.Sprint(c.Support),
			experiment.PlusMinus("%.3f", c.Recall, c.RecallSE),
			experiment.PlusMinus("%.3f", c.Precision, c.PrecisionSE)))
	}
	return t
}

// mostConfused is the number of classes up to which a table says what is taken for what.
const mostConfused = 12

// confusion counts the rows of each class by the class that was predicted.
func confusion(i *experiment.Inspection, c score.Classes) report.Table {
	t := report.Table{ID: "confusion", Title: "What is taken for what", Header: []string{"class"},
		Caption: "Rows of a class, by the class that was predicted."}
	counts := make([]int, c.Count*c.Count)
	for row, label := range c.Labels {
		counts[int(label)*c.Count+score.Best(c.Probabilities[row*c.Count:(row+1)*c.Count])]++
	}
	for k, s := range i.Scores.Classes {
		t.Header = append(t.Header, s.Class)
		cells := report.Cells(s.Class)
		for l := range c.Count {
			cells = append(cells, report.Cell{Text: fmt.Sprint(counts[k*c.Count+l]), Strong: k == l})
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

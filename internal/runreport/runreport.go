// Package runreport shows a trained run on one page: how it learned, what it predicts, how
// far that can be trusted, which neurons it uses and what its data were understood as.
package runreport

import (
	"fmt"
	"strings"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/report"
)

// New is the report of an inspected run.
func New(i *experiment.Inspection) *report.Report {
	r := &report.Report{Title: "Run " + i.Run, Summary: []string{summary(i)}}
	add := func(s *report.Section) {
		if s != nil {
			r.Sections = append(r.Sections, *s)
		}
	}
	add(scores(i))
	add(learning(i))
	if i.Prediction.Entropy != nil {
		add(classes(i))
	} else {
		add(targets(i))
	}
	add(neurons(i))
	add(data(i))
	add(settings(i))
	return r
}

// summary says in a sentence what was trained.
func summary(i *experiment.Inspection) string {
	m := i.Posterior.Model
	kind := "A network"
	if i.Members > 1 {
		kind = fmt.Sprintf("A mixture of %d networks", i.Members)
	}
	return kind + fmt.Sprintf(" of widths %s with likelihood %s and %d parameters, judged on %d "+
		"%s with %d samples of its posterior.",
		join(m.Network.Widths, "–"), m.Likelihood, m.Network.Parameters(), i.Scores.TestRows,
		i.Scores.On, i.Scores.Samples)
}

func join(numbers []int, between string) string {
	var words []string
	for _, n := range numbers {
		words = append(words, fmt.Sprint(n))
	}
	return strings.Join(words, between)
}

// The size of a figure in points: as wide as a telephone's screen, so that no text shrinks
// there, and two beside each other on a desk.
const (
	figureWidth  = 262
	figureHeight = 235
)

// scores is the table of all scores.
func scores(i *experiment.Inspection) *report.Section {
	s := i.Scores
	t := report.Table{ID: "scores", Title: "Scores",
		Header:  []string{"score", "value", "unit, meaning"},
		Caption: "With one standard error over rows, or of the bounds over posterior samples."}
	add := func(name, format string, value, se *float64, remark string) {
		if value == nil {
			return
		}
		t.Rows = append(t.Rows, report.Cells(name, experiment.PlusMinus(format, value, se), remark))
	}
	add("accuracy", "%.4f", s.Accuracy, s.AccuracySE, "share of the rows")
	add("balanced accuracy", "%.4f", s.BalancedAccuracy, s.BalancedAccuracySE, "mean over the classes")
	add("majority", "%.4f", s.Majority, nil, "accuracy of always the commonest class")
	add("RMSE", "%.6g", s.RMSE, s.RMSESE, "in the target's units")
	add("baseline", "%.6g", s.Baseline, nil, "RMSE of the training rows' mean as the answer to all")
	add("MAE", "%.6g", s.MAE, s.MAESE, "in the target's units")
	add("CRPS", "%.6g", s.CRPS, s.CRPSSE, "in the target's units")
	add("NLL", "%.4f", s.NLL, s.NLLSE, "nats per row")
	add("Brier", "%.4f", s.Brier, s.BrierSE, "between 0 and 2")
	add("ECE", "%.4f", s.ECE, s.ECESE, "expected calibration error, 15 bins")
	add("AURC", "%.4f", s.AURC, nil, "error rate of the most confident rows, mean over their number")
	add("in 50 %", "%.4f", s.Coverage50, s.Coverage50SE, "share of the rows in their central "+
		"interval of 50 %")
	add("in 90 %", "%.4f", s.Coverage90, s.Coverage90SE, "")
	add("in 95 %", "%.4f", s.Coverage95, s.Coverage95SE, "")
	add("L_VI", "%.2f", s.ELBO, s.ELBOSE, "nats, whole training set")
	add("L^G from", "%.2f", s.Lower, s.LowerSE, "the symmetrised posterior's, from below")
	add("L^G to", "%.2f", s.Upper, s.UpperSE, "and from above")
	section := &report.Section{ID: "scores", Title: "Scores", Sentence: verdict(s),
		Tables: []report.Table{t}}
	for _, text := range []string{s.Explanation, s.Warning} {
		if text != "" {
			section.Paragraphs = append(section.Paragraphs, text)
		}
	}
	return section
}

// verdict puts the first score in a sentence.
func verdict(s *experiment.Scores) string {
	if s.Accuracy != nil {
		return fmt.Sprintf("%.1f %% of the rows are classified rightly; always answering the "+
			"commonest class gives %.1f %%.",
			100**s.Accuracy, 100**s.Majority)
	}
	return fmt.Sprintf("Predictions are off by %.4g (root mean square), and %.1f %% of the "+
		"targets lie in their interval of 95 %%.",
		*s.RMSE, 100**s.Coverage95)
}

// data is what the table was understood as.
func data(i *experiment.Inspection) *report.Section {
	if i.Table == nil {
		return nil
	}
	t := report.Table{ID: "columns", Title: "What was understood of the table",
		Header: []string{"", "value", "remark"}}
	for _, line := range i.Table.Lines() {
		t.Rows = append(t.Rows, report.Cells(strings.TrimSpace(line[0]), line[1], line[2]))
	}
	s := &report.Section{ID: "data", Title: "Data", Tables: []report.Table{t},
		Sentence: fmt.Sprintf("%d rows of %s.", i.Table.Rows, i.Table.Path)}
	s.Paragraphs = append(append(s.Paragraphs, i.Table.Guesses...), i.Table.Warnings...)
	return s
}

// settings are all settings of the training.
func settings(i *experiment.Inspection) *report.Section {
	t := report.Table{ID: "settings", Title: "All settings", Header: []string{"setting", "value"}}
	for _, s := range i.Settings {
		t.Rows = append(t.Rows, report.Cells(s[0], s[1]))
	}
	return &report.Section{ID: "settings", Title: "Settings", Tables: []report.Table{t},
		Sentence: fmt.Sprintf("Scored on %s.", i.Scores.Device)}
}

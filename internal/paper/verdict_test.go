package paper

import (
	"strings"
	"testing"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/paper/modes"
	"github.com/symvi/symvi/internal/paper/tractable"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/studies"
)

// twoRows are mean field and a method, with a gain, at a width where the paper has 90 %.
func twoRows(accuracy float64, gain studies.Spread) []tableRow {
	paper := &reading{90, 0.03}
	method := experiment.Method{Estimator: bnn.EstimatorUniform, Permutations: 20}
	return []tableRow{
		{width: 5, method: experiment.Method{Estimator: bnn.EstimatorNone},
			accuracy: studies.Spread{Mean: accuracy, Error: 0.3}, paper: paper},
		{width: 5, method: method, accuracy: studies.Spread{Mean: accuracy + gain.Mean, Error: 0.3},
			gain: gain, paper: paper},
	}
}

func TestTable1Verdicts(t *testing.T) {
	for _, c := range []struct {
		rows    []tableRow
		verdict report.Verdict
		says    string
	}{
		{twoRows(89.5, studies.Spread{Mean: 0.1, Error: 0.01}), report.Reproduces,
			"in 1 of the rows, by at most 0.100 points"},
		{twoRows(89.5, studies.Spread{Mean: 0.1, Error: 0.09}), report.Partly, "do not reproduce"},
		{twoRows(89.5, studies.Spread{Mean: -0.1, Error: 0.01}), report.Partly, "−0.100 points"},
		{twoRows(88.5, studies.Spread{Mean: 0, Error: 0}), report.Differs, "more than 1.50 points"},
		{twoRows(91, studies.Spread{Mean: 0, Error: 0}), report.Partly, "more than 0.00 points"},
	} {
		verdict, sentence := judgeTable1(c.rows)
		if verdict != c.verdict || !strings.Contains(sentence, c.says) {
			t.Errorf("verdict %q, %q; want %q and %q", verdict, sentence, c.verdict, c.says)
		}
	}
}

func TestFigure5Verdicts(t *testing.T) {
	row := func(scaled, unit float64) scaleRow {
		return scaleRow{
			&curve{scale: 2, thresholds: thresholds{Thresholds: modes.Thresholds{Fold: 10}}},
			studies.Spread{Mean: unit, Error: 0}, studies.Spread{Mean: scaled, Error: 0}}
	}
	for _, c := range []struct {
		row     scaleRow
		verdict report.Verdict
	}{
		{row(10.1, 9.9), report.Reproduces}, {row(10.1, 12), report.Partly},
		{row(10.3, 10), report.Differs},
	} {
		if verdict, sentence := judgeFigure5([]scaleRow{c.row}); verdict != c.verdict {
			t.Errorf("unit %v, scaled %v: %q, %q; want %q", c.row.unit, c.row.scaled, verdict,
				sentence, c.verdict)
		}
	}
}

// TestOrderings: a difference counts when it has the sign and is beyond two standard errors.
func TestOrderings(t *testing.T) {
	result := func(mse float64) tractable.Result { return tractable.Result{TestMSE: mse} }
	// three seeds at every α; the differences to mean field are those of the lists
	trainedWith := func(name string, differences ...[]float64) trained {
		out := trained{regime: regime{name: name, short: name}}
		for _, d := range differences {
			methods := make([][]tractable.Result, 3)
			for i, x := range d {
				base := float64(i)
				methods[0] = append(methods[0], result(base))
				methods[sgm] = append(methods[sgm], result(base+x))
				methods[paperSGM] = append(methods[paperSGM], result(base+x))
			}
			out.results = append(out.results, methods)
		}
		return out
	}
	smaller, larger, unclear := []float64{-1, -1.1, -0.9}, []float64{1, 1.1, 0.9}, []float64{-1, 2, -1}
	o := ordering{"smaller", testMSE, -1}
	c := trainedWith("converged", smaller, larger, unclear, smaller).count(sgm, o)
	if c != (count{2, 1}) {
		t.Errorf("count %+v, want 2 with and 1 against", c)
	}
	for _, c := range []struct {
		converged trained
		verdict   report.Verdict
	}{
		{trainedWith("converged", smaller, smaller, smaller, smaller), report.Reproduces},
		{trainedWith("converged", smaller, smaller, unclear, smaller), report.Partly},
		{trainedWith("converged", larger, unclear, unclear, larger), report.Differs},
	} {
		early := trainedWith("paper", unclear, unclear, unclear, unclear) // does not count
		verdict, table := judgeOrderings("table2", []trained{early, c.converged}, o)
		if verdict != c.verdict || len(table.Rows) != 4 {
			t.Errorf("verdict %q with %d rows, want %q with 4", verdict, len(table.Rows), c.verdict)
		}
	}
}

func TestTheoremVerdict(t *testing.T) {
	d := []distances{{layer: layer{Inputs: 1}, widths: []float64{8, 16}, means: []float64{0.4, 0.1}}}
	if verdict, sentence := judgeTheorem31(d, 0); verdict != report.Reproduces ||
		!strings.Contains(sentence, "factors of 4 (inputs: 1)") {
		t.Errorf("%q, %q", verdict, sentence)
	}
	if verdict, _ := judgeTheorem31(d, 1); verdict != report.Differs {
		t.Errorf("a violated bound: %q", verdict)
	}
}

// TestSpreadsAreCompared: what is said about the paper's ± follows from the numbers.
func TestSpreadsAreCompared(t *testing.T) {
	rows := twoRows(90, studies.Spread{})
	for i := range rows {
		rows[i].redraw = 0.03
	}
	const conclusion = "noise of the evaluation"
	if text := table1Spreads(rows); !strings.Contains(text, conclusion) {
		t.Errorf("%q lacks %q", text, conclusion)
	}
	rows[0].redraw = 0.3
	if text := table1Spreads(rows); strings.Contains(text, conclusion) {
		t.Errorf("%q for test-time draws ten times as wide as the paper's ±", text)
	}
	rows[0].results = []classified{{ELBO: -10, Lower: -9, LogGroup: 1}}
	if text := table1Saturation(rows); !strings.Contains(text, "100.0 %") ||
		!strings.Contains(text, "without a gradient") {
		t.Errorf("%q", text)
	}
	rows[0].results[0].LogGroup = 2
	if text := table1Saturation(rows); !strings.HasSuffix(text, "posterior.") ||
		!strings.Contains(text, "50.0 %") {
		t.Errorf("%q for half of log n!", text)
	}
}

// TestRedrawSD: the estimate from pairs is unbiased for the variance.
func TestRedrawSD(t *testing.T) {
	results := []classified{{Accuracy: []float64{90, 92}}, {Accuracy: []float64{80, 80}},
		{Accuracy: []float64{70}}}
	if got := redrawSD(results); got != 1 {
		t.Errorf("sd of pairs that differ by 2 and 0: %v, want 1", got)
	}
}

func TestMistakesAreRefused(t *testing.T) {
	for _, change := range []func(*Settings){
		func(s *Settings) { s.Preset = "papers" },
		func(s *Settings) { s.Tractable.Noise = 0 },
	} {
		s := Default()
		change(&s)
		if s.Validate() == nil {
			t.Errorf("%+v: no error", s)
		}
	}
}

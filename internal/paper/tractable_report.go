package paper

import (
	"fmt"
	"math"
	"strings"

	"github.com/symvi/symvi/internal/paper/tractable"
	"github.com/symvi/symvi/internal/plot"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/studies"
)

// trained are the results of one regime: by α, then by method, then by seed.
type trained struct {
	regime
	results [][][]tractable.Result
}

func loadTrained(o options, s studies.Store) ([]trained, error) {
	var all []trained
	for _, r := range regimes(o) {
		t := trained{regime: r}
		for _, alpha := range tractable.PaperAlphas() {
			bySeed, err := studies.LoadAll[[]tractable.Result](s, alphaCells(o, r, alpha))
			if err != nil {
				return nil, err
			}
			byMethod := make([][]tractable.Result, len(tractableMethods))
			for _, runs := range bySeed {
				for m, run := range runs {
					byMethod[m] = append(byMethod[m], run)
				}
			}
			t.results = append(t.results, byMethod)
		}
		all = append(all, t)
	}
	return all, nil
}

// score is a number of a result that a table shows.
type score func(tractable.Result) float64

// over is a score's mean and standard deviation over seeds.
func (t trained) over(alpha, method int, value score) studies.Spread {
	return studies.MeanSD(studies.Column(t.results[alpha][method], value))
}

// gain is a method's paired difference to mean field and its standard error.
func (t trained) gain(alpha, method int, value score) studies.Spread {
	return studies.PairedDifference(studies.Column(t.results[alpha][method], value),
		studies.Column(t.results[alpha][0], value))
}

// line is a row of a table over α.
func line(labels []string, cells func(alpha int) string) []report.Cell {
	for i := range tractable.PaperAlphas() {
		labels = append(labels, cells(i))
	}
	return report.Cells(labels...)
}

func alphaHeader(labels ...string) []string {
	for _, a := range tractable.PaperAlphas() {
		labels = append(labels, fmt.Sprintf("α = %g", a))
	}
	return labels
}

func tractableReportSettings(o options) []report.Setting {
	var settings []report.Setting
	for _, r := range regimes(o) {
		s := r.settings
		settings = append(settings,
			report.Setting{Name: r.title, Value: fmt.Sprintf("noise %g, prior sd %g, μ₀ ~ N(0, "+
				"%g²), σ₀ = %g, %d weight samples per step (none of them stated in the paper); "+
				"%d data, batch %d, learning rate %g, %d epochs; %d samples at test time", s.Noise,
				s.PriorStd, s.InitMeanStd, s.InitStd, s.Samples, s.N, s.Batch, s.LearningRate, s.Epochs,
				s.TestSamples)})
	}
	seeds := moreSeeds(o)
	return append(settings,
		report.Setting{Name: "seeds", Value: fmt.Sprintf("%d to %d (the paper: 10)", seeds[0],
			seeds[len(seeds)-1])})
}

// ordering is a difference to mean field that the paper finds at every α.
type ordering struct {
	name  string
	value score
	sign  float64 // of the difference in the paper
}

// count is at how many α a difference is more than two standard errors from 0, on the
// paper's side and on the other.
type count struct{ with, against int }

func (t trained) count(method int, o ordering) (c count) {
	for a := range t.results {
		switch g := t.gain(a, method, o.value); {
		case g.Significant() && g.Mean*o.sign > 0:
			c.with++
		case g.Significant():
			c.against++
		}
	}
	return c
}

// judgeOrderings counts the α at which orderings hold, in every regime and by both
// estimators; the verdict is on the converged runs.
func judgeOrderings(id string, all []trained, orderings ...ordering) (report.Verdict,
	report.Table) {
	n := len(tractable.PaperAlphas())
	table := report.Table{ID: id + "-orderings", Title: "Where the paper's orderings hold", Labels: 3,
		Caption: fmt.Sprintf("Of %d values of α, by paired differences of more than two standard "+
			"errors.", n),
		Header: []string{"ordering", "training", "method", "holds", "the opposite", "undecided"}}
	everywhere, nowhere := true, true
	for _, o := range orderings {
		for _, t := range all {
			for _, m := range []int{paperSGM, sgm} {
				c := t.count(m, o)
				table.Rows = append(table.Rows,
					report.Cells(o.name, t.short, tractableMethods[m].String(), fmt.Sprint(c.with),
						fmt.Sprint(c.against), fmt.Sprint(n-c.with-c.against)))
				if t.name == "converged" {
					everywhere, nowhere = everywhere && c.with == n, nowhere && c.with == 0
				}
			}
		}
	}
	switch {
	case everywhere:
		return report.Reproduces, table
	case nowhere:
		return report.Differs, table
	}
	return report.Partly, table
}

// Places in tractableMethods: exact symmetrisation, and the paper's estimator.
const sgm, paperSGM = 1, 2

func figure4(o options, s studies.Store) (*report.Section, error) {
	figure := &plot.Figure{SharedX: true, SharedY: true, EqualAspect: true}
	var sentences []string
	better := 0
	var settings []report.Setting
	for _, r := range regimes(o) {
		d, err := studies.Load[densities](s, densityCell(o, r))
		if err != nil {
			return nil, err
		}
		panels, err := contours(d, r)
		if err != nil {
			return nil, err
		}
		figure.Panels = append(figure.Panels, panels)
		mf, sym := d.Runs[0].Exact, d.Runs[sgm].Exact
		if sym.KLQG < mf.KLQ {
			better++
		}
		sentences = append(sentences, fmt.Sprintf("%s: KL(q ‖ p) = %.3f nats for mean field, "+
			"KL(qᴳ ‖ p) = %.3f for the symmetrised posterior", r.short, mf.KLQ, sym.KLQG))
	}
	settings = tractableReportSettings(o)
	verdict := report.Reproduces
	if better < len(regimes(o)) {
		verdict = report.Partly
	}
	return &report.Section{Verdict: verdict,
		Sentence: fmt.Sprintf("Mean field covers one of the two equivalent modes or the space "+
			"between them, the symmetrised posterior both; for α = %g, %s.", figure4Alpha,
			strings.Join(sentences, "; ")),
		Settings: settings[:len(settings)-1],
		Figures: []report.Figure{{ID: "fig4", Title: fmt.Sprintf("True posterior, mean field and "+
			"symmetrised posterior, α = %g, seed %d", figure4Alpha, o.Seed),
			Caption: "The smallest regions that hold 95, 80, 50 and 20 % of each density. Top: " +
				"ten epochs; bottom: trained until it changes no more, with another noise and prior.",
			Alt: "Contours over the two weights. The true posterior is symmetric about the " +
				"diagonal; mean field is a single ellipse; the symmetrised posterior is symmetric again.",
			Plot: figure}},
	}, nil
}

// contours are the panels of one regime.
func contours(d densities, r regime) ([]*plot.Panel, error) {
	var panels []*plot.Panel
	for _, p := range []struct {
		title string
		z     [][]float64
	}{{"posterior", d.Truth}, {"MFVI", d.MFVI}, {"symmetrised", d.SGM}} {
		levels, err := hdrLevels(d.Axis, d.Axis, p.z, 0.95, 0.8, 0.5, 0.2)
		if err != nil {
			return nil, err
		}
		panels = append(panels, &plot.Panel{Title: p.title + ", " + r.short,
			X: plot.Axis{Label: "w₁"}, Y: plot.Axis{Label: "w₂"},
			Marks: []plot.Mark{&plot.Contour{X: d.Axis, Y: d.Axis, Z: p.z, Levels: levels,
				Names: []string{"95 %", "80 %", "50 %", "20 %"}}}})
	}
	return panels, nil
}

func testMSE(r tractable.Result) float64 { return r.TestMSE }

func table2(o options, s studies.Store) (*report.Section, error) {
	all, err := loadTrained(o, s)
	if err != nil {
		return nil, err
	}
	smaller := ordering{"smaller test MSE than MFVI", testMSE, -1}
	verdict, orderings := judgeOrderings("table2", all, smaller)
	early, late := all[0].count(paperSGM, smaller), all[1].count(paperSGM, smaller)
	section := &report.Section{Verdict: verdict,
		Sentence: fmt.Sprintf("The smaller test error that the paper finds with symmetrisation "+
			"at all %d values of α is there at %d of them after ten epochs and at %d in converged runs.",
			len(tractable.PaperAlphas()), early.with, late.with),
		Paragraphs: []string{seedSpread(all[0])},
		Settings:   tractableReportSettings(o), Tables: []report.Table{orderings}}
	for _, t := range all {
		section.Tables = append(section.Tables, mseTable(t))
	}
	return section, nil
}

// seedSpread says how much of the test error is chance.
func seedSpread(t trained) string {
	r := studies.NewRange()
	for a := range t.results {
		for m := range tractableMethods {
			s := t.over(a, m, testMSE)
			r.Add(s.Error / s.Mean)
		}
	}
	return fmt.Sprintf("After ten epochs the standard deviation over seeds is %s times the mean: "+
		"much depends on which weights the first q keeps active. Ten seeds, as in the paper, "+
		"leave a third of that as the standard error of a mean. Here the methods are paired, "+
		"sharing data, start, minibatches and noise, and there are more seeds.", r.Text(1))
}

func mseTable(t trained) report.Table {
	table := report.Table{ID: "table2-" + t.name, Title: "Test MSE, " + t.title,
		Header: alphaHeader("method"),
		Caption: "Of the mean of the sampled functions against α|x|; mean ± standard deviation " +
			"over seeds. Differences: mean ± standard error of pairs.",
		Data: report.NewData("alpha", "method", "seed", "test_mse")}
	for m, method := range tractableMethods {
		table.Rows = append(table.Rows, line([]string{method.String()}, func(a int) string {
			return t.over(a, m, testMSE).Text(3)
		}))
	}
	for m, method := range tractableMethods[1:] {
		table.Rows = append(table.Rows, line([]string{method.String() + " minus MFVI"},
			func(a int) string { return t.gain(a, m+1, testMSE).Text(4) }))
	}
	if t.name == "paper" {
		for _, name := range []string{"MFVI", "SGM K=2"} {
			table.Rows = append(table.Rows, line([]string{"paper, " + name}, func(a int) string {
				return studies.Spread{Mean: paperTable2[name][a].mean, Error: paperTable2[name][a].sd}.Text(2)
			}))
		}
	}
	t.each(func(alpha float64, r tractable.Result) {
		table.Data.Add(alpha, r.Method, r.Seed, r.TestMSE)
	})
	return table
}

// each visits all results.
func (t trained) each(visit func(alpha float64, r tractable.Result)) {
	for a, byMethod := range t.results {
		for _, runs := range byMethod {
			for _, r := range runs {
				visit(tractable.PaperAlphas()[a], r)
			}
		}
	}
}

// The exact scores of Table 3, in nats.
var exactScores = []struct {
	name  string
	value score
}{
	{"KL(q ‖ p)", func(r tractable.Result) float64 { return r.Exact.KLQ }},
	{"KL(qᴳ ‖ p)", func(r tractable.Result) float64 { return r.Exact.KLQG }},
	{"I", func(r tractable.Result) float64 { return r.Exact.Information }},
	{"log evidence", func(r tractable.Result) float64 { return r.Exact.LogEvidence }},
}

func table3(o options, s studies.Store) (*report.Section, error) {
	all, err := loadTrained(o, s)
	if err != nil {
		return nil, err
	}
	closer := ordering{"higher Lᴳ, a smaller KL(qᴳ ‖ p)", klSymmetrized, -1}
	cost := ordering{"lower L_VI, a larger KL(q ‖ p)", klPlain, +1}
	verdict, orderings := judgeOrderings("table3", all, closer, cost)
	section := &report.Section{Verdict: verdict,
		Sentence: fmt.Sprintf("Training with symmetrisation raises Lᴳ and lowers L_VI at all %d "+
			"values of α in the paper; by exact KLs of converged runs the first holds at %d and "+
			"the second at %d of them with its estimator, at %d and %d with exact symmetrisation.",
			len(tractable.PaperAlphas()), all[1].count(paperSGM, closer).with,
			all[1].count(paperSGM, cost).with, all[1].count(sgm, closer).with, all[1].count(sgm, cost).with),
		Paragraphs: []string{"For a given data set a higher ELBO is a smaller KL to the true " +
			"posterior: log evidence = L_VI + KL(q ‖ p) = Lᴳ + KL(qᴳ ‖ p). Both KLs are " +
			"two-dimensional integrals, so that the orderings can be checked without an estimator's noise.",
			fmt.Sprintf("The paper's differences between Lᴳ and L_VI (0.011 to 0.024) exceed "+
				"(log 2)/100 = %.4f, the most that symmetrising over two permutations can add to "+
				"an ELBO divided by N = 100. Its normaliser cannot have been N.", math.Ln2/100)},
		Settings: tractableReportSettings(o), Tables: []report.Table{orderings}}
	for _, t := range all {
		section.Tables = append(section.Tables, elboTable(t), exactTable(t))
	}
	return section, nil
}

func klSymmetrized(r tractable.Result) float64 { return r.Exact.KLQG }
func klPlain(r tractable.Result) float64       { return r.Exact.KLQ }

func elboTable(t trained) report.Table {
	table := report.Table{ID: "table3-" + t.name, Title: "ELBO divided by N, " + t.title, Labels: 2,
		Header: alphaHeader("method", "bound"),
		Caption: fmt.Sprintf("Estimated from %d samples, Lᴳ with %d permutations, without the "+
			"likelihood's constants; mean ± standard deviation over seeds.",
			t.settings.BoundSamples, t.settings.BoundPermutations),
		Data: report.NewData("alpha", "method", "seed", "elbo", "elbo_sym", "kl_q", "kl_qg",
			"information", "log_evidence")}
	bounds := []struct {
		name  string
		value score
	}{{"L_VI", func(r tractable.Result) float64 {
		return r.LVI.Value
	}}, {"Lᴳ", func(r tractable.Result) float64 { return r.LG.Value }}}
	for m, method := range tractableMethods {
		for _, b := range bounds {
			table.Rows = append(table.Rows, line([]string{method.String(), b.name},
				func(a int) string { return t.over(a, m, b.value).Text(4) }))
		}
	}
	if t.name == "paper" {
		for _, name := range []string{"MFVI", "SGM K=2"} {
			for i, b := range bounds {
				table.Rows = append(table.Rows, line([]string{"paper, " + name, b.name},
					func(a int) string { return studies.Number(paperTable3[name][i][a], 3) }))
			}
		}
	}
	t.each(func(alpha float64, r tractable.Result) {
		table.Data.Add(alpha, r.Method, r.Seed, r.LVI.Value, r.LG.Value, r.Exact.KLQ, r.Exact.KLQG,
			r.Exact.Information, r.Exact.LogEvidence)
	})
	return table
}

func exactTable(t trained) report.Table {
	table := report.Table{ID: "table3-exact-" + t.name, Title: "By quadrature, " + t.title,
		Labels: 2, Header: alphaHeader("method", "nats"),
		Caption: "Mean ± standard deviation over seeds; log evidence with the likelihood's " +
			"constants. Differences: mean ± standard error of pairs."}
	for m, method := range tractableMethods {
		for _, e := range exactScores {
			if e.name == "log evidence" && m > 0 {
				continue // the same for all methods
			}
			table.Rows = append(table.Rows, line([]string{method.String(), e.name},
				func(a int) string { return t.over(a, m, e.value).Text(3) }))
		}
	}
	for _, e := range exactScores[:2] {
		table.Rows = append(table.Rows, line([]string{"SGM minus MFVI", e.name},
			func(a int) string { return t.gain(a, sgm, e.value).Text(4) }))
	}
	return table
}

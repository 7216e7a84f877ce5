package studies

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/plot"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/score"
)

// uciRow is one method on one data set, over its splits.
type uciRow struct {
	method  uciMethod
	members int
	results []regressed
	base    []regressed // those of mean field alone, on the same splits
	// alone are, of a method's largest mixture, the NLLs of its members alone, by split.
	alone [][]float64
	// more are the results with other seeds, which enter the effect of auto alone.
	more [][]regressed
}

// uciTable are the rows of one data set, mean field alone first.
type uciTable struct {
	set  dataset.UCISet
	rows []uciRow
}

// uciScore is a score of the study. Smaller is better, except for a coverage.
type uciScore struct {
	id, title, unit string
	of              func(regressed) float64
	decimals        int
	// relative says that differences are given in per cent of mean field's: the unit is
	// another for every set.
	relative  bool
	published func(published) float64 // nil: unknown
}

var (
	uciNLL = uciScore{"nll", "NLL", "nats per row", func(r regressed) float64 {
		return r.NLL
	}, 3, false,
		func(p published) float64 { return p.nll }}
	uciRMSE = uciScore{"rmse", "RMSE", "", func(r regressed) float64 { return r.RMSE }, 3, true,
		func(p published) float64 { return p.rmse }}
	uciCRPS  = uciScore{"crps", "CRPS", "", func(r regressed) float64 { return r.CRPS }, 3, true, nil}
	uciCover = uciScore{"coverage", "coverage of 95 % intervals", "%",
		func(r regressed) float64 { return 100 * r.Cover95 }, 1, false, nil}
	uciScores = []uciScore{uciNLL, uciRMSE, uciCRPS, uciCover}
)

// uciTables reads the results.
func uciTables(o Options, s Store) ([]uciTable, error) {
	var tables []uciTable
	for _, set := range o.sets {
		t := uciTable{set: set}
		for _, m := range o.methods() {
			rows, err := o.uciRows(s, set, m)
			if err != nil {
				return nil, err
			}
			t.rows = append(t.rows, rows...)
			for i := range t.rows {
				t.rows[i].base = t.rows[0].results
			}
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// uciRows are the rows of a method, one for each size of its mixtures.
func (o Options) uciRows(s Store, set dataset.UCISet, m uciMethod) ([]uciRow, error) {
	rows := make([]uciRow, len(m.sizes))
	for block := range o.blocks(m) {
		results, err := LoadAll[judgedSplit](s, o.splitCells(set, m, block))
		if err != nil {
			return nil, err
		}
		for i, size := range m.sizes {
			row := &rows[i]
			row.method, row.members = m, size
			of := make([]regressed, len(results))
			for split, r := range results {
				of[split] = r.Mixtures[i]
			}
			if block == 0 {
				row.results = of
			} else {
				row.more = append(row.more, of)
			}
		}
		largest := &rows[len(rows)-1]
		for split, r := range results {
			if block == 0 {
				largest.alone = append(largest.alone, r.MemberNLLs)
			} else {
				largest.alone[split] = append(largest.alone[split], r.MemberNLLs...)
			}
		}
	}
	return rows, nil
}

// perSplit are the means of a value over all seeds, split by split.
func (r uciRow) perSplit(of func(regressed) float64) []float64 {
	x := Column(r.results, of)
	for _, more := range r.more {
		floats.Add(x, Column(more, of))
	}
	floats.Scale(1/float64(1+len(r.more)), x)
	return x
}

// label is the method and the size of its mixture for a reader.
func (r uciRow) label() string {
	if r.members == 1 {
		return Label(r.method.method)
	}
	return fmt.Sprintf("%s, %d members", Label(r.method.method), r.members)
}

// isBase reports whether the row is that of mean field alone.
func (r uciRow) isBase() bool {
	return r.method.method.Estimator == bnn.EstimatorNone && r.members == 1
}

// mean is a score's mean over splits and its standard error.
func (r uciRow) mean(s uciScore) Spread { return meanSE(Column(r.results, s.of)) }

// difference is the mean paired difference of a score to mean field's; a relative one is in
// per cent of mean field's mean.
func (r uciRow) difference(s uciScore) Spread {
	base := Column(r.base, s.of)
	d := PairedDifference(Column(r.results, s.of), base)
	if s.relative {
		whole := meanSE(base).Mean
		return Spread{100 * d.Mean / whole, 100 * d.Error / whole}
	}
	return d
}

// meanSE is the mean and its standard error.
func meanSE(x []float64) Spread {
	mean, se := score.Mean(x)
	return Spread{mean, se}
}

func uci(o Options, s Store) (*report.Section, error) {
	tables, err := uciTables(o, s)
	if err != nil {
		return nil, err
	}
	verdict, sentence := judgeUCI(tables)
	if o.Quick {
		verdict, sentence = report.NotJudged,
			"A quick run takes a hundred steps, which says nothing about predictions."
	}
	section := &report.Section{Verdict: verdict, Sentence: sentence,
		Paragraphs: []string{
			"The paper's claim is that symmetrising improves predictions. It reproduces if auto, " +
				"paired with mean field over splits and seeds, has the smaller NLL on more than half of the " +
				"data sets and the larger on none, each by more than two standard errors; in part " +
				"if it has the smaller on one set at least. More data sets, or more splits, may " +
				"change the verdict.",
			"All methods have one setting for all data sets, nothing of which depends on the set " +
				"but the number of steps, which its size decides, and the width for protein, which " +
				"is that of all papers. On one split they start from the same means and see the " +
				"same minibatches and noise. Members are trainings with other seeds, whose " +
				"predictions are averaged.",
		},
		Settings: uciSettings(o),
		Tables: []report.Table{uciComparison(tables, uciNLL), uciComparison(tables, uciRMSE),
			uciDifferences(tables), uciCalibration(tables), uciBounds(tables)},
	}
	if len(uciEffects(tables)) > 0 {
		section.Tables = slices.Insert(section.Tables, 2, uciEffectTable(tables))
	}
	for _, score := range uciScores {
		section.Figures = append(section.Figures, uciFigure(tables, score))
	}
	return section, nil
}

// effect is what auto changes on one set, each a mean over splits of auto − mean field.
type effect struct {
	set string
	// alone is the NLL of members alone, seed by seed, and mixture that of the largest mixture
	// that both have; lower is the lower bound of Lᴳ.
	alone, mixture, lower Spread
	// bySeeds is the part of alone's error that comes of the seeds; more of them make it smaller.
	bySeeds                float64
	members, seeds, splits int
}

// uciEffects compares auto with mean field, member by member.
func uciEffects(tables []uciTable) []effect {
	var all []effect
	for _, t := range tables {
		e := effect{set: t.set.Name, splits: len(t.rows[0].results)}
		var base []uciRow
		for _, r := range t.rows {
			if r.method.method.Estimator == bnn.EstimatorNone {
				base = append(base, r)
			}
			if r.method.method.Estimator != bnn.EstimatorAuto || r.alone == nil {
				continue
			}
			same := slices.IndexFunc(base, func(b uciRow) bool { return b.members == r.members })
			e.mixture = PairedDifference(r.perSplit(uciNLL.of), base[same].perSplit(uciNLL.of))
			e.members, e.seeds = r.members, len(r.alone[0])
			e.alone, e.bySeeds = memberDifference(r.alone, base[len(base)-1].alone)
			lower := func(x regressed) float64 { return x.Lower }
			first := slices.IndexFunc(t.rows, func(f uciRow) bool { return f.method.name == r.method.name })
			e.lower = PairedDifference(t.rows[first].perSplit(lower), t.rows[0].perSplit(lower))
		}
		if e.members > 0 {
			all = append(all, e)
		}
	}
	return all
}

// memberDifference is the mean of a − b over splits, on each averaged over the seeds of both, and
// the part of its standard error that comes of the seeds, NaN where there is one. The error over
// splits holds that part; where by luck it is the smaller of the two, the part is believed.
func memberDifference(a, b [][]float64) (difference Spread, bySeeds float64) {
	var means []float64
	for split := range a {
		var d []float64
		for seed := range min(len(a[split]), len(b[split])) {
			d = append(d, a[split][seed]-b[split][seed])
		}
		of := meanSE(d)
		means, bySeeds = append(means, of.Mean), math.Hypot(bySeeds, of.Error)
	}
	difference, bySeeds = meanSE(means), bySeeds/float64(len(a))
	if bySeeds > difference.Error { // not if it is NaN
		difference.Error = bySeeds
	}
	return difference, bySeeds
}

// overall is the mean over sets, whose errors are independent.
func overall(all []effect, of func(effect) Spread) Spread {
	var total []Spread
	for _, e := range all {
		total = sum(total, []Spread{of(e)})
	}
	return scaled(total, float64(len(all)))[0]
}

// judgeUCI judges the paper's claim, and says how symvi compares with published figures.
func judgeUCI(tables []uciTable) (report.Verdict, string) {
	effects := uciEffects(tables)
	if len(effects) == 0 {
		return report.NotJudged, "Without auto there is nothing to judge." + againstPublished(tables)
	}
	better, worse := 0, 0
	for _, e := range effects {
		switch {
		case e.alone.Significant() && e.alone.Mean < 0:
			better++
		case e.alone.Significant():
			worse++
		}
	}
	verdict := report.Differs
	switch {
	case 2*better > len(effects) && worse == 0:
		verdict = report.Reproduces
	case better > 0:
		verdict = report.Partly
	}
	mean := overall(effects, func(e effect) Spread { return e.alone })
	return verdict,
		fmt.Sprintf("By more than two standard errors, auto has the smaller NLL than mean field "+
			"on %d of %d data sets and the larger on %d; the mean difference is %s nats per row.",
			better, len(effects), worse, mean.Text(4)) + againstPublished(tables)
}

// uciEffectTable shows what auto changes.
func uciEffectTable(tables []uciTable) report.Table {
	t := report.Table{ID: "uci-effect", Title: "What symmetrising changes: auto − MFVI",
		Caption: "Paired differences ± standard errors over splits. The NLL (nats per row, below " +
			"0 is better) of single members is averaged over their seeds first; the error by " +
			"seeds is the part of its error that more seeds would make smaller, and what it is at " +
			"least. Lᴳ in nats for the whole training set.",
		Header: []string{"data set", "splits", "seeds", "NLL, single", "error by seeds",
			"NLL, mixture", "Lᴳ"},
		Data: report.NewData("set", "splits", "seeds", "nll_single", "nll_single_se",
			"nll_single_se_by_seeds", "nll_mixture", "nll_mixture_se",
			"elbo_sym_lower", "elbo_sym_lower_se")}
	add := func(e effect) {
		bySeeds := "—"
		if !math.IsNaN(e.bySeeds) {
			bySeeds = Number(e.bySeeds, 4)
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: e.set}, {Text: fmt.Sprint(e.splits)},
			{Text: fmt.Sprint(e.seeds)},
			{Text: e.alone.Text(4), Strong: e.alone.Significant()}, {Text: bySeeds},
			{Text: e.mixture.Text(4), Strong: e.mixture.Significant()},
			{Text: e.lower.Text(1), Strong: e.lower.Significant()}})
		t.Data.Add(e.set, e.splits, e.seeds, e.alone.Mean, e.alone.Error, Blank(e.bySeeds),
			e.mixture.Mean, e.mixture.Error, e.lower.Mean, e.lower.Error)
	}
	effects := uciEffects(tables)
	for _, e := range effects {
		add(e)
	}
	if len(effects) > 1 {
		all := effects[0]
		all.set = "mean of all"
		all.alone = overall(effects, func(e effect) Spread { return e.alone })
		all.mixture = overall(effects, func(e effect) Spread { return e.mixture })
		all.lower = overall(effects, func(e effect) Spread { return e.lower })
		all.bySeeds = overall(effects, func(e effect) Spread { return Spread{0, e.bySeeds} }).Error
		add(all)
	}
	return t
}

// againstPublished says on how many sets the largest mixture of mean field is no worse than
// published figures, "" where none are known.
func againstPublished(tables []uciTable) string {
	known, members := 0, 0
	var noWorse [2]int
	for _, t := range tables {
		columns, ok := publishedUCI[t.set.Name]
		if !ok {
			continue
		}
		known++
		largest := t.rows[0]
		for _, r := range t.rows {
			if r.method.method.Estimator == bnn.EstimatorNone {
				largest = r
			}
		}
		members = largest.members
		for i, c := range []int{publishedEnsemble, publishedTuned} {
			if largest.mean(uciNLL).Mean <= columns[c].nll {
				noWorse[i]++
			}
		}
	}
	if known == 0 {
		return ""
	}
	return fmt.Sprintf(" Mean field with %d members has an NLL no larger than that of deep "+
		"ensembles on %d, and than that of tuned dropout on %d, of %d sets with published figures.",
		members, noWorse[0], noWorse[1], known)
}

func uciSettings(o Options) []report.Setting {
	c := o.uciConfig(o.sets[0], uciMethods[0])
	var sets []string
	for _, s := range o.sets {
		sets = append(sets, fmt.Sprintf("%s (%d splits)", s.Name, o.splits(s)))
	}
	steps := "15000 steps, or 40 epochs where these are more"
	if c.Steps > 0 {
		steps = fmt.Sprintf("%d steps", c.Steps)
	}
	return []report.Setting{
		{Name: "data", Value: strings.Join(sets, ", ")},
		{Name: "model", Value: fmt.Sprintf("%v hidden neurons (protein: 100), %s, prior N(0, "+
			"%g²), noise %s",
			c.Hidden, c.Activation, c.PriorStd, c.Noise)},
		{Name: "training", Value: fmt.Sprintf("%s, batch %d, Adam with learning rate %g, "+
			"schedule %s, KL weight %g",
			steps, c.Batch, c.LR, c.Schedule, c.KLWeight)},
		{Name: "prediction", Value: fmt.Sprintf("%d posterior samples per member", c.EvalSamples)},
		{Name: "permutations", Value: fmt.Sprintf("auto draws at most %d a step in training, and "+
			"up to %d for the bounds",
			experiment.TrainingDraws, bnn.DefaultLimit)},
	}
}

// uciComparison sets a score beside the published ones.
func uciComparison(tables []uciTable, s uciScore) report.Table {
	t := report.Table{ID: "uci-" + s.id, Title: s.title, Header: []string{"data set"},
		Caption: "Mean ± standard error over splits, in the target's units. PBP, MC dropout and deep " +
			"ensembles: Lakshminarayanan et al. (2017), Table 1; tuned dropout: readme of the " +
			"collection's repository; BBB: a public, unreviewed repeat; VI: " +
			"uncertainty-baselines, another architecture. The best of a row is bold."}
	data := []string{"set", "splits"}
	for _, r := range tables[0].rows {
		t.Header = append(t.Header, r.label())
		data = append(data, r.label(), r.label()+"_se")
	}
	t.Header, data = append(t.Header, publishedNames...), append(data, publishedNames...)
	t.Data = report.NewData(data...)
	for _, set := range tables {
		cells := []report.Cell{{Text: set.set.Name}}
		values := []any{set.set.Name, len(set.rows[0].results)}
		var numbers []float64
		for _, r := range set.rows {
			m := r.mean(s)
			cells = append(cells, report.Cell{Text: m.Text(s.decimals)})
			values, numbers = append(values, m.Mean, m.Error), append(numbers, m.Mean)
		}
		for i := range publishedNames {
			x, text := unknown, "—"
			if p, ok := publishedUCI[set.set.Name]; ok && !math.IsNaN(s.published(p[i])) {
				x = s.published(p[i])
				text = Number(x, 2)
			}
			cells = append(cells, report.Cell{Text: text})
			values, numbers = append(values, Blank(x)), append(numbers, x)
		}
		emphasize(cells[1:], numbers)
		t.Rows = append(t.Rows, cells)
		t.Data.Add(values...)
	}
	return t
}

// emphasize marks the smallest number.
func emphasize(cells []report.Cell, numbers []float64) {
	best := 0
	for i, x := range numbers {
		if x < numbers[best] {
			best = i
		}
	}
	cells[best].Strong = true
}

// uciDifferences are the paired differences to mean field alone.
func uciDifferences(tables []uciTable) report.Table {
	t := report.Table{ID: "uci-differences", Title: "Paired differences to MFVI", Labels: 2,
		Caption: "Mean over splits ± standard error; below 0 is better. NLL in nats per row; " +
			"RMSE and CRPS in per cent of MFVI's. The last rows are means over the sets, bold " +
			"where more than two standard errors from 0.",
		Header: []string{"data set", "method", "NLL", "RMSE [%]", "CRPS [%]"},
		Data: report.NewData("set", "method", "nll", "nll_se", "rmse_percent", "rmse_percent_se",
			"crps_percent", "crps_percent_se")}
	shown := []uciScore{uciNLL, uciRMSE, uciCRPS}
	add := func(set, method string, differences []Spread) {
		cells, values := report.Cells(set, method), []any{set, method}
		for _, d := range differences {
			cells = append(cells, report.Cell{Text: d.Text(3), Strong: d.Significant()})
			values = append(values, d.Mean, d.Error)
		}
		t.Rows = append(t.Rows, cells)
		t.Data.Add(values...)
	}
	over := make([][]Spread, len(tables[0].rows))
	for _, set := range tables {
		for i, r := range set.rows {
			if r.isBase() {
				continue
			}
			var differences []Spread
			for _, s := range shown {
				differences = append(differences, r.difference(s))
			}
			add(set.set.Name, r.label(), differences)
			over[i] = sum(over[i], differences)
		}
	}
	for i, r := range tables[0].rows {
		if !r.isBase() && len(tables) > 1 {
			add("mean of all", r.label(), scaled(over[i], float64(len(tables))))
		}
	}
	return t
}

// sum adds independent estimates with their standard errors; a may be nil.
func sum(a, b []Spread) []Spread {
	out := make([]Spread, len(b))
	copy(out, a)
	for i, x := range b {
		out[i] = Spread{out[i].Mean + x.Mean, math.Hypot(out[i].Error, x.Error)}
	}
	return out
}

// scaled divides estimates by n.
func scaled(x []Spread, n float64) []Spread {
	out := make([]Spread, len(x))
	for i := range x {
		out[i] = Spread{x[i].Mean / n, x[i].Error / n}
	}
	return out
}

// uciCalibration are CRPS and coverages.
func uciCalibration(tables []uciTable) report.Table {
	t := report.Table{ID: "uci-calibration", Title: "CRPS and coverage", Labels: 2,
		Caption: "Mean ± standard error over splits; CRPS in the target's units, coverage of central " +
			"intervals in per cent of the test rows. The CSV file has all scores of every split.",
		Header: []string{"data set", "method", "CRPS", "50 %", "90 %", "95 %"},
		Data: report.NewData("set", "method", "split", "test_rows", "rmse", "nll", "crps",
			"coverage_50", "coverage_90", "coverage_95")}
	for _, set := range tables {
		for _, r := range set.rows {
			over := func(of func(regressed) float64) Spread { return meanSE(Column(r.results, of)) }
			t.Rows = append(t.Rows, report.Cells(set.set.Name, r.label(), r.mean(uciCRPS).Text(3),
				over(func(r regressed) float64 { return 100 * r.Cover50 }).Text(1),
				over(func(r regressed) float64 { return 100 * r.Cover90 }).Text(1),
				r.mean(uciCover).Text(1)))
			for split, x := range r.results {
				t.Data.Add(set.set.Name, r.label(), split, x.Rows, x.RMSE, x.NLL, x.CRPS,
					x.Cover50, x.Cover90, x.Cover95)
			}
		}
	}
	return t
}

// uciBounds are the bounds of posteriors alone.
func uciBounds(tables []uciTable) report.Table {
	t := report.Table{ID: "uci-bounds", Title: "ELBOs of the trained posteriors", Labels: 2,
		Caption: "Nats for the whole training set in the target's units, without the KL weight, " +
			"mean over splits; the paired difference to MFVI ± its standard error.",
		Header: []string{"data set", "method", "L_VI", "Lᴳ from", "Lᴳ to", "Lᴳ minus MFVI's",
			quantityUsed.title}}
	for _, set := range tables {
		for _, r := range set.rows {
			if r.members > 1 {
				continue
			}
			over := func(of func(regressed) float64) string {
				return Number(meanSE(Column(r.results, of)).Mean, 1)
			}
			lower := func(r regressed) float64 { return r.Lower }
			gain := "—"
			if !r.isBase() {
				gain = PairedDifference(Column(r.results, lower), Column(r.base, lower)).Text(1)
			}
			t.Rows = append(t.Rows, report.Cells(set.set.Name, r.label(),
				over(func(r regressed) float64 {
					return r.ELBO
				}), over(lower), over(func(r regressed) float64 { return r.Upper }), gain,
				over(quantityUsed.of)))
		}
	}
	return t
}

// uciFigure plots a score and its paired differences over the data sets, beside the published.
func uciFigure(tables []uciTable, s uciScore) report.Figure {
	axis := setAxis(tables)
	values := &plot.Panel{Title: s.title, X: axis, Y: plot.Axis{Label: s.title, Unit: s.unit}}
	differences := &plot.Panel{Title: "paired difference to MFVI", X: axis,
		Y: plot.Axis{Label: "difference", Unit: s.unit, Include: []float64{0}}}
	if s.relative {
		values.Y.Scale, differences.Y.Unit = plot.Log10, "%"
	}
	caption := "Mean over splits, bars: one standard error; (b) of the paired difference."
	if s.published != nil {
		caption += " Grey crosses: published figures."
		if p := publishedPoints(tables, s); len(p.X) > 0 {
			values.Marks = append(values.Marks, p)
		}
	}
	differences.Marks = append(differences.Marks,
		&plot.Rule{At: 0, Horizontal: true, Style: plot.Reference()})
	methods := len(tables[0].rows)
	mean, change := make([]*plot.Points, methods), make([]*plot.Points, methods)
	for i, r := range tables[0].rows {
		mean[i], change[i] = &plot.Points{Name: r.label()}, &plot.Points{Name: r.label()}
		for x, t := range tables {
			addPoint(mean[i], float64(x), t.rows[i].mean(s), s.relative)
			addPoint(change[i], float64(x), t.rows[i].difference(s), false)
		}
		values.Marks = append(values.Marks, mean[i])
		if i > 0 {
			differences.Marks = append(differences.Marks, change[i])
		}
	}
	plot.Dodge(0.1, mean...)
	plot.Dodge(0.1, change[1:]...)
	panels := [][]*plot.Panel{{values, differences}}
	if len(tables) > 5 { // too many for half the width
		panels = [][]*plot.Panel{{values}, {differences}}
	}
	return report.Figure{ID: "uci-" + s.id, Title: s.title + " by data set and method",
		Caption: caption,
		Alt: s.title + " of every method on every data set, and the paired differences to " +
			"mean field.",
		Plot: &plot.Figure{Panels: panels}}
}

// setAxis has a tick for every data set; a single one gets room on either side of it.
func setAxis(tables []uciTable) plot.Axis {
	a := plot.Axis{Label: "data set"}
	for i, t := range tables {
		a.Ticks = append(a.Ticks, plot.Tick{Value: float64(i), Label: shortName(t.set.Name)})
	}
	if len(tables) == 1 {
		a.Min, a.Max = -1, 1
		a.Ticks = append(a.Ticks, plot.Tick{Value: 1, Label: " "})
	}
	return a
}

// addPoint adds a point with bars; on a logarithmic axis they end above 0.
func addPoint(p *plot.Points, x float64, v Spread, positive bool) {
	low := v.Mean - v.Error
	if positive {
		low = max(low, v.Mean/2)
	}
	p.X, p.Y = append(p.X, x), append(p.Y, v.Mean)
	p.Low, p.High = append(p.Low, low), append(p.High, v.Mean+v.Error)
}

// publishedPoints are all published values of a score that the axis can show.
func publishedPoints(tables []uciTable, s uciScore) *plot.Points {
	p := &plot.Points{Name: "published", Style: plot.Reference(), Offset: 0.4}
	for x, t := range tables {
		for _, v := range publishedUCI[t.set.Name] {
			if y := s.published(v); !math.IsNaN(y) && (y > 0 || !s.relative) {
				p.X, p.Y = append(p.X, float64(x)), append(p.Y, y)
			}
		}
	}
	return p
}

// shortName is the first word of a data set's name.
func shortName(name string) string {
	short, _, _ := strings.Cut(name, "-")
	return strings.TrimSuffix(short, "Housing")
}

package paper

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/paper/modes"
	"github.com/symvi/symvi/internal/plot"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/studies"
)

// quantity is something that a figure plots over α.
type quantity struct {
	axis  plot.Axis
	value func(modes.Solution) float64
}

var (
	ratio = quantity{plot.Axis{Label: "‖μ*‖ / α", Include: []float64{0, 0.65}}, // room for labels
		func(s modes.Solution) float64 { return s.Ratio }}
	width = quantity{plot.Axis{Label: "σ* along the modes", Include: []float64{0}},
		func(s modes.Solution) float64 { return s.SD }}
	klCost = quantity{plot.Axis{Label: "KL(q ‖ p) / d", Unit: "nats", Include: []float64{0}},
		func(s modes.Solution) float64 { return s.KLPerDim }}
)

// thresholdName is the legend of both thresholds, the smaller one first.
const thresholdName = "a minimum at one mode exists, and is the global one, from here"

// panel plots a quantity of the three solutions: both minima by quadrature, and the
// paper's optimisation.
func (c *curve) panel(q quantity, title string) *plot.Panel {
	midX, midY := c.series(func(p curvePoint) (float64, bool) {
		return q.value(p.Exact.Midpoint), p.Exact.MidpointMinimum
	})
	modeX, modeY := c.series(func(p curvePoint) (float64, bool) {
		if p.Exact.Mode == nil {
			return 0, false
		}
		return q.value(*p.Exact.Mode), true
	})
	modeX, modeY = append([]float64{c.Fold}, modeX...), append([]float64{q.value(c.AtFold)}, modeY...)
	unitX, unitY := c.series(func(p curvePoint) (float64, bool) {
		return q.value(p.Unit.Solution), true
	})
	panel := &plot.Panel{Title: title, X: plot.Axis{Label: "separation α", Include: []float64{0}},
		Y: q.axis, Marks: []plot.Mark{
			&plot.Rule{Name: thresholdName, Label: fmt.Sprintf("%.3f", c.Fold), At: c.Fold,
				Style: plot.Reference()},
			&plot.Rule{Name: thresholdName, Label: fmt.Sprintf("%.3f", c.Switch), At: c.Switch,
				Style: plot.Reference()},
			&plot.Line{Name: "midpoint minimum, quadrature", X: midX, Y: midY},
			&plot.Line{Name: "minimum at one mode, quadrature", X: modeX, Y: modeY},
			&plot.Points{Name: "paper's optimisation from N(0, I)", X: unitX, Y: unitY},
		}}
	if c.scale != 1 { // else it is the same start
		scaledX, scaledY := c.series(func(p curvePoint) (float64, bool) {
			return q.value(p.Scaled.Solution), true
		})
		panel.Marks = append(panel.Marks, &plot.Points{Name: "the same from N(0, s²I)", X: scaledX,
			Y: scaledY})
	}
	return panel
}

// jumpBetween is where a series of ‖μ*‖/α first falls to a mode's side.
func (c *curve) jumpBetween(run func(curvePoint) modes.Run) (low, high float64) {
	for _, p := range c.points {
		if p.Exact.Separation <= 2*c.scale { // the target has a single mode
			continue
		}
		if run(p).Ratio < 0.25 {
			return low, p.Exact.Separation
		}
		low = p.Exact.Separation
	}
	return low, math.Inf(1)
}

func unitRun(p curvePoint) modes.Run { return p.Unit }

func modesSettings(o options) []report.Setting {
	m := modesOptions(o, o.Seed)
	return []report.Setting{
		{Name: "target", Value: "½ N(0, s²I) + ½ N(αu, s²I), u a coordinate axis (the paper does " +
			"not say which unit vector)"},
		{Name: "optimisation", Value: fmt.Sprintf("%d reparametrised samples per step, %d steps "+
			"of Adam, learning rate %g, σ through its logarithm (not stated)", m.Samples, m.Steps,
			m.LearningRate)},
		{Name: "dimensions d", Value: fmt.Sprint(modes.PaperDim)},
	}
}

func figure2(o options, s studies.Store) (*report.Section, error) {
	c, err := loadCurve(o, s, 1)
	if err != nil {
		return nil, err
	}
	low, high := c.jumpBetween(unitRun)
	verdict, phrase := report.Reproduces, "as in the paper, which reads α* ≈ 5"
	if !(low <= 1.02*c.Fold && high >= 0.98*c.Fold) {
		verdict, phrase = report.Differs, "unlike in the paper, which reads α* ≈ 5"
	}
	return &report.Section{Verdict: verdict,
		Sentence: fmt.Sprintf("The mean of q goes to the midpoint between the modes until it "+
			"jumps to one of them between α = %.4g and %.4g, %s.", low, high, phrase),
		Paragraphs: []string{
			fmt.Sprintf("What jumps is the solution that the optimisation reaches from its "+
				"start. Quadrature shows two different thresholds: a minimum beside one mode "+
				"first exists at α = %.4f, where it meets a saddle, and it becomes the global "+
				"minimum at α = %.4f. Both are found by root-finding. Between them, staying at "+
				"one mode is the worse of two local minima, and the optimisation stays there all "+
				"the same.", c.Fold, c.Switch),
			midpointRemark(c),
		},
		Settings: modesSettings(o),
		Figures: []report.Figure{{ID: "fig2", Title: "The mean of q between two modes, s = 1",
			Caption: "½ is the midpoint between the modes, 0 the mode at the origin. Lines are " +
				"exact, markers the last iterates of the paper's stochastic optimisation.",
			Alt: "The ratio is one half, the midpoint, up to a separation of about 4.8 and " +
				"then drops to zero.",
			Plot: &plot.Figure{Panels: [][]*plot.Panel{{c.panel(ratio, "")}}}}},
	}, nil
}

// midpointRemark says up to where the midpoint remains a local minimum.
func midpointRemark(c *curve) string {
	last := c.points[len(c.points)-1]
	for _, p := range c.points {
		if !p.Exact.MidpointMinimum {
			return fmt.Sprintf("The midpoint stops being a local minimum at α = %.4g.", p.Exact.Separation)
		}
	}
	return fmt.Sprintf("The midpoint stays a local minimum over the whole range plotted, to α = "+
		"%.4g.", last.Exact.Separation)
}

func figure3(o options, s studies.Store) (*report.Section, error) {
	c, err := loadCurve(o, s, 1)
	if err != nil {
		return nil, err
	}
	last := c.points[len(c.points)-1]
	limit := math.Ln2 / modes.PaperDim
	verdict, phrase := report.Reproduces, "as the paper's does"
	if got := last.Unit.KLPerDim; !(math.Abs(got-limit) < 0.02*limit) {
		verdict, phrase = report.Differs, "which the paper's reaches"
	}
	return &report.Section{Verdict: verdict,
		Sentence: fmt.Sprintf("σ along the modes grows with their separation until the jump and "+
			"is s afterwards; the KL per dimension ends at %.4f, %s: (log 2)/%d = %.4f.",
			last.Unit.KLPerDim, phrase, modes.PaperDim, limit),
		Paragraphs: []string{
			"The paper labels its middle panel det Σ* but plots a standard deviation, and " +
				"divides the KL by d = 5: one mode of two costs log 2 nats, which its figure shows as 0.139.",
			fmt.Sprintf("At the jump (α = %.3f) the solution that the optimisation leaves for "+
				"one mode has the higher KL: %.4f nats beside one mode against %.4f at the "+
				"midpoint. From α = %.3f on one mode is the better.", c.Fold, c.AtFold.KL,
				c.midpointKL(), c.Switch),
		},
		Settings: modesSettings(o),
		Figures: []report.Figure{{ID: "fig3", Title: "Spread and KL between two modes, s = 1",
			Caption: "Lines are exact, markers the last iterates of the paper's stochastic optimisation.",
			Alt: "Left: the standard deviation rises with the separation and falls to one at " +
				"the jump. Right: the KL rises and levels off at 0.139.",
			Plot: &plot.Figure{
				Panels: [][]*plot.Panel{{c.panel(width, "spread of q"),
					c.panel(klCost, "distance to the target")}}}}},
	}, nil
}

// midpointKL is the KL of the midpoint at the curve's point nearest to the fold.
func (c *curve) midpointKL() float64 {
	best := c.points[0]
	for _, p := range c.points {
		if math.Abs(p.Exact.Separation-c.Fold) < math.Abs(best.Exact.Separation-c.Fold) {
			best = p
		}
	}
	return best.Exact.Midpoint.KL
}

// scaleRow is the jump at one scale.
type scaleRow struct {
	*curve
	unit, scaled studies.Spread // α* over seeds
}

func figure5(o options, s studies.Store) (*report.Section, error) {
	found, err := studies.LoadAll[jumps](s, jumpCells(o))
	if err != nil {
		return nil, err
	}
	var rows []scaleRow
	for i, scale := range modes.PaperScales() {
		c, err := loadCurve(o, s, scale)
		if err != nil {
			return nil, err
		}
		rows = append(rows, scaleRow{c,
			studies.MeanSD(studies.Column(found, func(j jumps) float64 { return j.Unit[i].Alpha })),
			studies.MeanSD(studies.Column(found, func(j jumps) float64 { return j.Scaled[i].Alpha }))})
	}
	verdict, sentence := judgeFigure5(rows)
	return &report.Section{Verdict: verdict, Sentence: sentence,
		Paragraphs: []string{startRemark(rows)},
		Settings:   modesSettings(o),
		Figures:    []report.Figure{figure5Plot(rows)},
		Tables:     []report.Table{figure5Table(rows)},
	}, nil
}

// offBy is how far a jump is from the threshold, relatively.
func (r scaleRow) offBy(jump studies.Spread) float64 { return math.Abs(jump.Mean/r.Fold - 1) }

// tolerance within which a jump agrees with the threshold.
const tolerance = 0.02

func judgeFigure5(rows []scaleRow) (report.Verdict, string) {
	worst, outside := 0.0, ""
	for _, r := range rows {
		worst = max(worst, r.offBy(r.scaled))
		if r.offBy(r.unit) > tolerance {
			outside += fmt.Sprintf(", %.3g at s = %g", r.unit.Mean/r.scale, r.scale)
		}
	}
	scaled := fmt.Sprintf("from N(0, s²I) the jump is at %.3f s at every s, to within %.1f %%",
		rows[0].Fold/rows[0].scale, 100*worst)
	switch {
	case worst > tolerance:
		return report.Differs, fmt.Sprintf("The jump is off the threshold by up to %.1f %%.", 100*worst)
	case outside == "":
		return report.Reproduces, "The jump scales with s: " + scaled + ", and also from N(0, I)."
	}
	return report.Partly, "The threshold scales with s, as the paper says: " + scaled +
		". From the paper's own start N(0, I) it is elsewhere where s is small (α*/s = " +
		outside[2:] + ", where the paper reads 5)."
}

// startRemark says where the start decides, and that it is not the noise.
func startRemark(rows []scaleRow) string {
	text := "By its scale invariance the problem has thresholds in proportion to s, and the " +
		"optimisation from N(0, s²I), as wide as a mode, has no other scale. From N(0, I) it has."
	noise := 0.0
	late := false
	for _, r := range rows {
		noise = max(noise, math.Abs(r.unit.Mean/r.ExactUnit.Alpha-1))
		late = late || r.unit.Mean > (1+tolerance)*r.Fold
	}
	if late {
		text += " Where s is small its first q is wide enough to span both modes, and slides to " +
			"the midpoint although a minimum beside one mode exists."
	}
	if noise <= tolerance {
		text += fmt.Sprintf(" With exact gradients it jumps at the same separations, to within "+
			"%.1f %%: this is the start's doing, not the noise's.", 100*noise)
	}
	return text
}

func figure5Plot(rows []scaleRow) report.Figure {
	figure := &plot.Figure{SharedY: true, Panels: [][]*plot.Panel{nil, nil}}
	for i, r := range rows {
		figure.Panels[i/2] = append(figure.Panels[i/2], r.panel(ratio, fmt.Sprintf("s = %g", r.scale)))
	}
	return report.Figure{ID: "fig5", Title: "The mean of q between two modes, four scales",
		Caption: "As Figure 2, for modes of four widths s.",
		Alt: "Four panels: the ratio drops from one half to zero at a separation in " +
			"proportion to s; from the wide start it drops later in the panels with small s.",
		Plot: figure}
}

func figure5Table(rows []scaleRow) report.Table {
	t := report.Table{ID: "fig5-jumps", Title: "Where the jump is", Caption: "α*, the smallest " +
		"separation at which ‖μ‖/α ends below ¼, by bisection to a thousandth of s; mean ± " +
		"standard deviation over seeds. The thresholds are by quadrature and root-finding.",
		Header: []string{"s", "minimum exists", "is global", "from N(0, s²I)", "from N(0, I)",
			"exact gradients from N(0, I)", "paper reads"},
		Data: report.NewData("scale", "fold", "switch", "scaled_start", "scaled_start_sd",
			"unit_start", "unit_start_sd", "unit_start_exact", "paper")}
	for _, r := range rows {
		t.Rows = append(t.Rows, report.Cells(fmt.Sprintf("%g", r.scale), studies.Number(r.Fold, 4),
			studies.Number(r.Switch, 4), r.scaled.Text(4), r.unit.Text(4),
			studies.Number(r.ExactUnit.Alpha, 4), fmt.Sprintf("%g", paperJumps[r.scale])))
		t.Data.Add(r.scale, r.Fold, r.Switch, r.scaled.Mean, r.scaled.Error, r.unit.Mean,
			r.unit.Error, r.ExactUnit.Alpha, paperJumps[r.scale])
	}
	return t
}

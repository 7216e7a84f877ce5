package plot

import (
	"math"
	"slices"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Mark is something drawn in a panel: *Line, *Points, *Band, *Rule or *Contour. Marks of
// one name share a style and a legend entry; a mark without a name has no entry.
type Mark interface {
	// look is the name and the style of its own, nil for that of the name.
	look() (name string, style *Style)
	// columns are the numbers that are drawn, all of one length.
	columns(p *Panel) []column
	// plotters draw the mark in a style on axes that have been given their scales.
	plotters(p *Panel, s Style) []gonum.Plotter
}

// column is a list of numbers of a mark, x, y, low, high or z, and where they are shown.
type column struct {
	name   string
	axis   *Axis
	values []float64
}

// Line joins the points (X[i], Y[i]) in the order given.
type Line struct {
	Name  string
	X, Y  []float64
	Style *Style // nil: the house style of the name
}

// Points are markers at (X[i], Y[i]), with error bars from Low[i] to High[i] when these
// are given, and joined by a thin line on demand.
type Points struct {
	Name      string
	X, Y      []float64
	Low, High []float64 // ends of the bars, in the units of Y; both or neither
	Join      bool
	Offset    float64 // added to X where it is drawn, for methods at the same X; see Dodge
	Style     *Style
}

// Band fills between Low[i] and High[i], lightly, in the color of its name.
type Band struct {
	Name      string
	X         []float64
	Low, High []float64
	Style     *Style
}

// Rule is a line across the whole panel at a value of x (or of y), with its label written
// along it at its right or upper end.
type Rule struct {
	Name       string
	Label      string
	At         float64
	Horizontal bool // at a value of y
	Style      *Style
}

// Contour fills the regions where a function on a grid exceeds each level, the higher
// levels darker.
type Contour struct {
	X, Y   []float64   // grid lines, increasing
	Z      [][]float64 // Z[j][i] at (X[i], Y[j])
	Levels []float64   // increasing
	Names  []string    // the legend's text for each level; nil for no entries
}

// Tabulate is a function on a grid, as a Contour has it.
func Tabulate(x, y []float64, f func(x, y float64) float64) [][]float64 {
	z := make([][]float64, len(y))
	for j := range z {
		z[j] = make([]float64, len(x))
		for i := range z[j] {
			z[j][i] = f(x[i], y[j])
		}
	}
	return z
}

// Dodge moves methods that share their X apart by a gap, in units of X, centered on X.
func Dodge(gap float64, methods ...*Points) {
	for i, m := range methods {
		m.Offset = gap * (float64(i) - float64(len(methods)-1)/2)
	}
}

func (m *Line) look() (string, *Style)    { return m.Name, m.Style }
func (m *Points) look() (string, *Style)  { return m.Name, m.Style }
func (m *Band) look() (string, *Style)    { return m.Name, m.Style }
func (m *Rule) look() (string, *Style)    { return m.Name, m.Style }
func (m *Contour) look() (string, *Style) { return "", nil }

func (m *Line) columns(p *Panel) []column {
	return []column{{"x", &p.X, m.X}, {"y", &p.Y, m.Y}}
}

func (m *Points) columns(p *Panel) []column {
	c := []column{{"x", &p.X, m.X}, {"y", &p.Y, m.Y}}
	if m.Low != nil || m.High != nil {
		c = append(c, column{"low", &p.Y, m.Low}, column{"high", &p.Y, m.High})
	}
	return c
}

func (m *Band) columns(p *Panel) []column {
	return []column{{"x", &p.X, m.X}, {"low", &p.Y, m.Low}, {"high", &p.Y, m.High}}
}

func (m *Rule) columns(p *Panel) []column {
	if m.Horizontal {
		return []column{{"y", &p.Y, []float64{m.At}}}
	}
	return []column{{"x", &p.X, []float64{m.At}}}
}

// columns are the nodes of the grid, row by row.
func (m *Contour) columns(p *Panel) []column {
	var y []float64
	for _, v := range m.Y {
		y = append(y, slices.Repeat([]float64{v}, len(m.X))...)
	}
	return []column{{"x", &p.X, slices.Repeat(m.X, len(m.Y))}, {"y", &p.Y, y},
		{"z", new(Axis), slices.Concat(m.Z...)}}
}

// points are places on the axes' scales, moved by an offset.
func (p *Panel) points(x, y []float64, offset float64) plotter.XYs {
	pts := make(plotter.XYs, len(x))
	for i := range pts {
		pts[i] = plotter.XY{X: p.X.Scale.to(x[i]) + offset, Y: p.Y.Scale.to(y[i])}
	}
	return pts
}

func (m *Line) plotters(p *Panel, s Style) []gonum.Plotter {
	return []gonum.Plotter{&plotter.Line{XYs: p.points(m.X, m.Y, 0),
		LineStyle: stroke(s.Color, s.Width, s.Dashes...)}}
}

func (m *Points) plotters(p *Panel, s Style) []gonum.Plotter {
	var all []gonum.Plotter
	pts := p.points(m.X, m.Y, m.Offset)
	if m.Join {
		all = append(all, &plotter.Line{XYs: pts, LineStyle: stroke(s.Color, 0.6*s.Width, s.Dashes...)})
	}
	if m.Low != nil {
		bars := &plotter.YErrorBars{XYs: pts, CapWidth: 2 * pointSize, LineStyle: stroke(s.Color, 1)}
		for i, pt := range pts {
			bars.YErrors = append(bars.YErrors, struct{ Low, High float64 }{
				pt.Y - p.Y.Scale.to(m.Low[i]), p.Y.Scale.to(m.High[i]) - pt.Y})
		}
		all = append(all, bars)
	}
	glyph := draw.GlyphStyle{Color: s.Color, Radius: pointSize, Shape: s.Marker}
	return append(all, &plotter.Scatter{XYs: pts, GlyphStyle: glyph})
}

func (m *Band) plotters(p *Panel, s Style) []gonum.Plotter {
	low, high := p.points(m.X, m.Low, 0), p.points(m.X, m.High, 0)
	slices.Reverse(high)
	return []gonum.Plotter{&plotter.Polygon{XYs: []plotter.XYs{append(low, high...)},
		Color: tint(s.Color, 0.78)}}
}

// plotters fill with one blue, from light to dark.
func (m *Contour) plotters(p *Panel, _ Style) []gonum.Plotter {
	all := make([]gonum.Plotter, len(m.Levels))
	for i, level := range m.Levels {
		white := 0.86 * float64(len(all)-1-i) / float64(max(1, len(all)-1))
		all[i] = &plotter.Polygon{XYs: p.isolines(m.X, m.Y, m.Z, level),
			Color: tint(rgb(0x005A8F), white)}
	}
	return all
}

// rule draws a Rule and its label.
type rule struct {
	*Rule
	plotter.Line // for its style and thumbnail
	panel        *Panel
	at           float64 // on the scale of its axis
}

func (m *Rule) plotters(p *Panel, s Style) []gonum.Plotter {
	line := plotter.Line{LineStyle: stroke(s.Color, s.Width, s.Dashes...)}
	return []gonum.Plotter{&rule{m, line, p, m.columns(p)[0].axis.Scale.to(m.At)}}
}

// DataRange implements gonum's DataRanger: a rule has no place in one direction.
func (r *rule) DataRange() (xmin, xmax, ymin, ymax float64) {
	none := math.Inf(1)
	if r.Horizontal {
		return none, -none, r.at, r.at
	}
	return r.at, r.at, none, -none
}

// Plot implements gonum's Plotter.
func (r *rule) Plot(c draw.Canvas, p *gonum.Plot) {
	const gap = 3
	style := sans(ruleSize)
	style.XAlign = text.XRight
	x, y := p.Transforms(&c)
	if r.Horizontal {
		c.StrokeLine2(r.LineStyle, c.Min.X, y(r.at), c.Max.X, y(r.at))
		c.FillText(style, vg.Point{X: c.Max.X - gap, Y: y(r.at) + gap}, r.Label)
		return
	}
	c.StrokeLine2(r.LineStyle, x(r.at), c.Min.Y, x(r.at), c.Max.Y)
	style.Rotation, style.YAlign = math.Pi/2, text.YTop
	label := vg.Point{X: x(r.at) + gap, Y: c.Max.Y - gap}
	for _, m := range r.panel.Marks {
		o, ok := m.(*Rule)
		if ok && !o.Horizontal && o.At > r.At && x(r.panel.X.Scale.to(o.At)) < x(r.at)+2*ruleSize {
			label.X, style.YAlign = x(r.at)-gap, text.YBottom // left of this rule, where there is room
		}
	}
	c.FillText(style, label, r.Label)
}

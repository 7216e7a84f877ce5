package plot

import (
	"errors"
	"fmt"
	"math"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Default sizes in points. A page of the report is about 690 points wide.
const (
	widthOne    = 480
	widthMany   = 690
	heightOne   = 270
	heightMany  = 215
	margin      = 6
	panelGap    = 14
	legendSpace = 8
)

// layout is a figure with everything in its place.
type layout struct {
	figure        *Figure
	width, height vg.Length
	styles        map[string]Style
	legend        *legend
	plots         [][]*gonum.Plot
	text          [][]words
	tiles         [][]draw.Canvas // for the data, the ticks and their labels
	pad           draw.Tiles      // the room around the tiles for words
}

// lay places everything, or says what does not fit.
func (f *Figure) lay() (*layout, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	rows, cols := len(f.Panels), len(f.Panels[0])
	l := &layout{figure: f, width: vg.Length(f.Width), height: vg.Length(f.Height), styles: f.styles()}
	if l.width == 0 {
		l.width = widthMany
		if cols == 1 {
			l.width = widthOne
		}
	}
	var err error
	if l.legend, err = f.legend(l.styles, l.width-2*margin); err != nil {
		return nil, err
	}
	if l.height == 0 || f.EqualAspect {
		l.height = heightOne
		if rows*cols > 1 {
			l.height = vg.Length(rows) * heightMany
		}
		l.height += l.legend.height
	}
	l.place()
	if f.EqualAspect {
		// The text around the panels does not grow with them, so one correction is exact.
		r, c := l.first()
		data := l.data(r, c)
		x, y := l.plots[r][c].X, l.plots[r][c].Y
		want := (data.Max.X - data.Min.X) * vg.Length((y.Max-y.Min)/(x.Max-x.Min))
		l.height += vg.Length(rows) * (want - (data.Max.Y - data.Min.Y))
		l.place()
	}
	return l, l.check()
}

// first is where the first panel is.
func (l *layout) first() (r, c int) {
	for r, row := range l.figure.Panels {
		for c, p := range row {
			if p != nil {
				return r, c
			}
		}
	}
	return 0, 0
}

// place makes gonum's plots and finds their tiles.
func (l *layout) place() {
	f := l.figure
	rows, cols := len(f.Panels), len(f.Panels[0])
	l.wording()
	// The ticks depend on the length of the axes, which depends on the ticks' labels: a
	// guess is good enough.
	const ticksGuess = 35
	area := l.area().Size()
	tile := vg.Point{
		X: (area.X-l.pad.PadLeft-vg.Length(cols-1)*l.pad.PadX)/vg.Length(cols) - ticksGuess,
		Y: (area.Y-l.pad.PadTop-l.pad.PadBottom-vg.Length(rows-1)*l.pad.PadY)/vg.Length(rows) - ticksGuess/2,
	}
	sharedX, sharedY := noExtent, noExtent
	for _, row := range f.Panels {
		for _, p := range row {
			if p != nil {
				x, y := p.extents()
				sharedX, sharedY = sharedX.union(x), sharedY.union(y)
			}
		}
	}
	l.plots = make([][]*gonum.Plot, rows)
	for r, row := range f.Panels {
		l.plots[r] = make([]*gonum.Plot, cols)
		for c, p := range row {
			if p == nil {
				continue
			}
			x, y := p.extents()
			if f.SharedX {
				x = sharedX
			}
			if f.SharedY {
				y = sharedY
			}
			g := p.plot(p.X.fit(x, tile.X, p.overhang()), p.Y.fit(y, tile.Y, 0), tile, l.styles)
			if l.text[r][c].x == "" {
				unlabel(&g.X)
			}
			if l.text[r][c].y == "" {
				unlabel(&g.Y)
			}
			l.plots[r][c] = g
		}
	}
	l.tiles = gonum.Align(l.plots, l.pad, draw.Canvas{Rectangle: l.area()})
}

// area is the page without its margins and legend.
func (l *layout) area() vg.Rectangle {
	return vg.Rectangle{
		Min: vg.Point{X: margin, Y: margin + l.legend.height},
		Max: vg.Point{X: l.width - margin, Y: l.height - margin},
	}
}

// wording decides what stands around each panel and how much room that takes.
func (l *layout) wording() {
	f := l.figure
	l.pad = draw.Tiles{Rows: len(f.Panels), Cols: len(f.Panels[0]), PadX: panelGap, PadY: panelGap}
	l.pad.PadLeft, l.pad.PadBottom = labelHeight, labelHeight
	l.text = make([][]words, l.pad.Rows)
	titles, innerX, innerY := false, false, false
	for r, row := range f.Panels {
		l.text[r] = make([]words, l.pad.Cols)
		for c, p := range row {
			if p == nil {
				continue
			}
			w := words{title: f.title(r, c), x: p.X.text(), y: p.Y.text()}
			if f.SharedX && r+1 < l.pad.Rows && f.Panels[r+1][c] != nil {
				w.x = ""
			}
			if f.SharedY && c > 0 && row[c-1] != nil {
				w.y = ""
			}
			titles = titles || w.title != ""
			innerX = innerX || w.x != "" && r+1 < l.pad.Rows
			innerY = innerY || w.y != "" && c > 0
			l.text[r][c] = w
		}
	}
	if titles {
		l.pad.PadTop += titleHeight
		l.pad.PadY += titleHeight
	}
	if innerX {
		l.pad.PadY += labelHeight
	}
	if innerY {
		l.pad.PadX += labelHeight
	}
}

// title is a panel's title with its letter.
func (f *Figure) title(r, c int) string {
	p := f.Panels[r][c]
	letter := 0
	panels := 0
	for i, row := range f.Panels {
		for j, q := range row {
			if q == nil {
				continue
			}
			if i < r || i == r && j < c {
				letter++
			}
			panels++
		}
	}
	if panels == 1 {
		return p.Title
	}
	title := fmt.Sprintf("(%c)", 'a'+rune(letter))
	if p.Title != "" {
		title += " " + p.Title
	}
	return title
}

// overhang is how far, in points, marks reach sideways from their x.
func (p *Panel) overhang() vg.Length {
	reach := 0.0
	for _, m := range p.Marks {
		if m, ok := m.(*Points); ok && m.Offset != 0 {
			reach = max(reach, math.Abs(m.Offset)+2*pointSize)
		}
	}
	return vg.Length(reach)
}

// plot is a panel as gonum/plot has it.
func (p *Panel) plot(x, y extent, tile vg.Point, styles map[string]Style) *gonum.Plot {
	g := gonum.New()
	g.BackgroundColor = nil
	p.X.set(&g.X, x, across(tile.X, sans(tickSize)))
	p.Y.set(&g.Y, y, along(tile.Y, sans(tickSize)))
	g.X.Tick.Label.XAlign, g.X.Tick.Label.YAlign = text.XCenter, text.YTop
	g.Y.Tick.Label.XAlign, g.Y.Tick.Label.YAlign = text.XRight, text.YCenter
	g.Add(&panelMarks{panel: p, styles: styles, gridX: values(g.X), gridY: values(g.Y)})
	return g
}

// set gives gonum's axis its range, ticks and look.
func (a *Axis) set(g *gonum.Axis, e extent, room func([]string) bool) {
	g.Min, g.Max = e.min, e.max
	g.Label.TextStyle = sans(labelSize) // gonum measures the gap to the ticks with it
	g.Padding = 0
	g.LineStyle = solid(ink, 0.8)
	g.Tick.Label = sans(tickSize)
	g.Tick.LineStyle = solid(ink, 0.8)
	g.Tick.Length = 5
	g.Tick.Marker = gonum.ConstantTicks(a.ticks(e, room))
	if a.Scale != Linear {
		g.Scale = gonum.LogScale{}
	}
}

// unlabel leaves an inner axis its ticks only.
func unlabel(g *gonum.Axis) {
	ticks := g.Tick.Marker.Ticks(g.Min, g.Max)
	for i := range ticks {
		ticks[i].Label = ""
	}
	g.Tick.Marker = gonum.ConstantTicks(ticks)
}

// values are where an axis has labels.
func values(a gonum.Axis) []float64 {
	var at []float64
	for _, t := range a.Tick.Marker.Ticks(a.Min, a.Max) {
		if !t.IsMinor() {
			at = append(at, t.Value)
		}
	}
	return at
}

// data is where a panel's data go.
func (l *layout) data(r, c int) draw.Canvas {
	return l.plots[r][c].DataCanvas(l.tiles[r][c])
}

// check finds text that does not fit.
func (l *layout) check() error {
	for r, row := range l.plots {
		for c, g := range row {
			if g == nil {
				continue
			}
			if err := l.checkPanel(r, c); err != nil {
				return fmt.Errorf("panel %d of row %d: %w", c, r, err)
			}
		}
	}
	return l.checkWords()
}

// checkPanel finds too little room for the data, ticks that touch and rules' labels that
// are too long.
func (l *layout) checkPanel(r, c int) error {
	const least = 60
	g, inner := l.plots[r][c], l.data(r, c).Size()
	if inner.X < least || inner.Y < least {
		return fmt.Errorf("%.0f × %.0f points are left for the data, want at least %d each way: enlarge the figure", inner.X, inner.Y, least)
	}
	style := sans(tickSize)
	err := errors.Join(
		checkTicks("x", &g.X, inner.X, func(label string) vg.Length { return style.Width(label) + 2 }),
		checkTicks("y", &g.Y, inner.Y, func(label string) vg.Length { return style.Height(label) - 1 }))
	for _, m := range l.figure.Panels[r][c].Marks {
		if rule, ok := m.(*Rule); ok && rule.Label != "" {
			room := inner.Y
			if rule.Horizontal {
				room = inner.X
			}
			err = errors.Join(err, fits("rule label", rule.Label, sans(ruleSize), room-6))
		}
	}
	return err
}

// checkTicks finds axes without enough ticks to be read and labels that touch.
func checkTicks(name string, axis *gonum.Axis, length vg.Length, size func(string) vg.Length) error {
	end := vg.Length(math.Inf(-1))
	ticks := 0
	for _, t := range axis.Tick.Marker.Ticks(axis.Min, axis.Max) {
		if t.Value < axis.Min || t.Value > axis.Max {
			continue
		}
		ticks++
		if t.IsMinor() {
			continue
		}
		if err := printable(t.Label); err != nil {
			return err
		}
		at, half := vg.Length(axis.Norm(t.Value))*length, size(t.Label)/2
		if at-half < end {
			return fmt.Errorf("%s tick %q touches the one before it: enlarge the figure or set fewer ticks", name, t.Label)
		}
		end = at + half
	}
	if ticks < 2 {
		return fmt.Errorf("the %s axis from %g to %g has %d ticks: want at least 2", name, axis.Min, axis.Max, ticks)
	}
	return nil
}

// draw draws everything.
func (l *layout) draw(c vg.Canvas) {
	page := draw.NewCanvas(c, l.width, l.height)
	page.SetColor(paper)
	page.Fill(page.Rectangle.Path())
	for r, row := range l.plots {
		for i, g := range row {
			if g != nil {
				g.Draw(draw.Canvas{Canvas: c, Rectangle: l.tiles[r][i].Rectangle})
				for _, w := range l.words(r, i) {
					w.draw(&page)
				}
			}
		}
	}
	l.legend.draw(draw.Canvas{Canvas: c, Rectangle: vg.Rectangle{
		Min: vg.Point{X: margin, Y: margin},
		Max: vg.Point{X: l.width - margin, Y: margin + l.legend.height},
	}})
}

// panelMarks draws a panel's grid, marks and rule labels.
type panelMarks struct {
	panel        *Panel
	styles       map[string]Style
	gridX, gridY []float64
}

// Plot implements gonum's Plotter.
func (p *panelMarks) Plot(canvas draw.Canvas, g *gonum.Plot) {
	c := &axes{Canvas: canvas}
	c.x, c.y = g.Transforms(&canvas)
	var lines [][]vg.Point
	for _, x := range p.gridX {
		lines = append(lines, []vg.Point{{X: c.x(x), Y: c.Min.Y}, {X: c.x(x), Y: c.Max.Y}})
	}
	for _, y := range p.gridY {
		lines = append(lines, []vg.Point{{X: c.Min.X, Y: c.y(y)}, {X: c.Max.X, Y: c.y(y)}})
	}
	c.StrokeLines(solid(gridColor, 0.6), c.ClipLinesXY(lines...)...)
	for _, m := range p.panel.Marks {
		m.draw(c, styleOf(m, p.styles))
	}
	labelRules(c, p.panel, p.styles)
}

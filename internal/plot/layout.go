package plot

import (
	"cmp"
	"fmt"
	"math"

	xfont "golang.org/x/image/font"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
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
	thumbWidth  = 26
	entryGap    = 18
)

// layout is a figure with everything in its place.
type layout struct {
	figure        *Figure
	styles        map[string]Style
	width, height vg.Length
	plots         [][]*gonum.Plot
	tiles         [][]draw.Canvas
	legends       []gonum.Legend // columns, side by side below the panels
	columns       []vg.Length    // their widths
	below         vg.Length      // their height
}

// lay places everything, or says what does not fit.
func (f *Figure) lay() (*layout, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	width, height := widthMany, heightMany*len(f.Panels)
	if len(f.Panels[0]) == 1 {
		width = widthOne
	}
	if len(f.panels()) == 1 {
		height = heightOne
	}
	l := &layout{figure: f, styles: f.styles(), width: vg.Length(cmp.Or(f.Width, float64(width)))}
	if err := l.legend(); err != nil {
		return nil, err
	}
	l.height = cmp.Or(vg.Length(f.Height), vg.Length(height)+l.below)
	l.plot()
	l.align()
	if f.EqualAspect {
		// The text around the panels does not grow with them, so one correction is exact.
		g := l.plots[0][0]
		size := g.DataCanvas(l.tiles[0][0]).Size()
		l.height += vg.Length(len(f.Panels)) *
			(size.X*vg.Length((g.Y.Max-g.Y.Min)/(g.X.Max-g.X.Min)) - size.Y)
		l.align()
	}
	return l, l.check()
}

// align has gonum find the panels' tiles.
func (l *layout) align() {
	l.tiles = gonum.Align(l.plots,
		draw.Tiles{Rows: len(l.plots), Cols: len(l.plots[0]), PadX: panelGap, PadY: panelGap},
		draw.Canvas{Rectangle: vg.Rectangle{
			Min: vg.Point{X: margin, Y: margin + l.below},
			Max: vg.Point{X: l.width - margin, Y: l.height - margin},
		}})
}

// plot makes gonum's plots of the panels.
func (l *layout) plot() {
	f, shared := l.figure, gonum.New()
	for _, row := range f.Panels {
		plots := make([]*gonum.Plot, len(row))
		for c, p := range row {
			plots[c] = gonum.New()
			grid := plotter.NewGrid()
			grid.Vertical, grid.Horizontal = solid(gridColor, 0.6), solid(gridColor, 0.6)
			plots[c].Add(grid)
			for _, m := range p.Marks {
				plots[c].Add(m.plotters(p, styleOf(m, l.styles))...)
				shared.Add(m.plotters(p, styleOf(m, l.styles))...)
			}
		}
		l.plots = append(l.plots, plots)
	}
	for r, row := range f.Panels {
		for c, p := range row {
			g := l.plots[r][c]
			g.BackgroundColor = nil
			g.Title.Text, g.Title.Padding = f.title(r*len(row)+c), 4
			g.Title.TextStyle.Font, g.Title.TextStyle.Color = sans(titleSize).Font, ink
			g.Title.TextStyle.Font.Weight = xfont.WeightBold
			if f.SharedX {
				g.X.Min, g.X.Max = shared.X.Min, shared.X.Max
			}
			if f.SharedY {
				g.Y.Min, g.Y.Max = shared.Y.Min, shared.Y.Max
			}
			p.X.set(&g.X, f.SharedX && r+1 < len(f.Panels))
			p.Y.set(&g.Y, f.SharedY && c > 0)
		}
	}
}

// entries are the names of marks, in the order of their first appearance, and how each is drawn.
func (l *layout) entries() (names []string, thumbs map[string][]gonum.Thumbnailer) {
	thumbs = map[string][]gonum.Thumbnailer{}
	seen := map[string]bool{}
	for _, p := range l.figure.panels() {
		for _, m := range p.Marks {
			name, _ := m.look()
			for i, drawn := range m.plotters(p, styleOf(m, l.styles)) {
				if c, ok := m.(*Contour); ok && c.Names != nil {
					name = c.Names[i]
				}
				t, ok := drawn.(gonum.Thumbnailer)
				part := fmt.Sprintf("%s %T %d", name, m, i)
				if !ok || name == "" || seen[part] {
					continue
				}
				if thumbs[name] == nil {
					names = append(names, name)
				}
				seen[part], thumbs[name] = true, append(thumbs[name], t)
			}
		}
	}
	return names, thumbs
}

// legend sets the entries in as many columns as the width has room for, row by row.
func (l *layout) legend() error {
	names, thumbs := l.entries()
	for _, name := range names {
		if err := fits("legend entry", name, sans(legendSize), l.width-2*margin-thumbWidth); err != nil {
			return err
		}
	}
	total := vg.Length(math.Inf(1))
	for n := len(names); n > 0 && total > l.width-2*margin+entryGap; n-- {
		total = 0
		l.legends, l.columns = make([]gonum.Legend, n), make([]vg.Length, n)
		for i := range l.legends {
			column := gonum.NewLegend()
			column.TextStyle, column.ThumbnailWidth = sans(legendSize), thumbWidth
			column.Left, column.Top, column.Padding = true, true, 3
			for k := i; k < len(names); k += n {
				column.Add(names[k], thumbs[names[k]]...)
			}
			l.legends[i] = column
			l.columns[i] = column.Rectangle(draw.Canvas{}).Size().X + entryGap
			total += l.columns[i]
		}
		l.below = l.legends[0].Rectangle(draw.Canvas{}).Size().Y + legendSpace
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
			g.Draw(draw.Canvas{Canvas: c, Rectangle: l.tiles[r][i].Rectangle})
		}
	}
	left := l.width / 2
	for _, w := range l.columns {
		left -= w / 2
	}
	for i, legend := range l.legends {
		legend.Draw(draw.Canvas{Canvas: c, Rectangle: vg.Rectangle{
			Min: vg.Point{X: left, Y: margin},
			Max: vg.Point{X: left + l.columns[i], Y: margin + l.below - legendSpace},
		}})
		left += l.columns[i]
	}
}

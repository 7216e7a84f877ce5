package plot

import (
	"cmp"
	"math"
	"reflect"
	"slices"

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
	width, height vg.Length
	plots         [][]*gonum.Plot
	tiles         [][]draw.Canvas
	names         []string // of the legend's entries
	thumbs        map[string][]gonum.Thumbnailer
	legends       []gonum.Legend // columns, side by side below the panels
	columns       []vg.Length    // their widths
	left, below   vg.Length      // where they begin, and their height
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
	l := &layout{figure: f, width: vg.Length(cmp.Or(f.Width, float64(width)))}
	l.plot()
	if err := l.legend(); err != nil {
		return nil, err
	}
	l.height = cmp.Or(vg.Length(f.Height), vg.Length(height)+l.below)
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

// plot makes gonum's plots of the panels and the entries of the legend.
func (l *layout) plot() {
	f, shared, styles := l.figure, gonum.New(), l.figure.styles()
	l.thumbs = map[string][]gonum.Thumbnailer{}
	for _, row := range f.Panels {
		plots := make([]*gonum.Plot, len(row))
		for c, p := range row {
			plots[c] = gonum.New()
			grid := plotter.NewGrid()
			grid.Vertical, grid.Horizontal = stroke(gridColor, 0.6), stroke(gridColor, 0.6)
			plots[c].Add(grid)
			for _, m := range p.Marks {
				drawn := m.plotters(p, styleOf(m, styles))
				plots[c].Add(drawn...)
				shared.Add(drawn...)
				for i, part := range drawn {
					name, _ := m.look()
					if c, ok := m.(*Contour); ok && c.Names != nil {
						name = c.Names[i]
					}
					l.enter(name, part)
				}
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

// enter adds what is drawn under a name to the legend, once for each way of drawing.
func (l *layout) enter(name string, drawn gonum.Plotter) {
	t, ok := drawn.(gonum.Thumbnailer)
	same := func(o gonum.Thumbnailer) bool { return reflect.TypeOf(o) == reflect.TypeOf(t) }
	if !ok || name == "" || slices.ContainsFunc(l.thumbs[name], same) {
		return
	}
	if l.thumbs[name] == nil {
		l.names = append(l.names, name)
	}
	l.thumbs[name] = append(l.thumbs[name], t)
}

// legend sets the entries in as many columns as the width has room for, row by row.
func (l *layout) legend() error {
	for _, name := range l.names {
		if err := fits("legend entry", name, sans(legendSize), l.width-2*margin-thumbWidth); err != nil {
			return err
		}
	}
	total := vg.Length(math.Inf(1))
	for n := len(l.names); n > 0 && total > l.width-2*margin+entryGap; n-- {
		total = 0
		l.legends, l.columns = make([]gonum.Legend, n), make([]vg.Length, n)
		for i := range l.legends {
			column := gonum.NewLegend()
			column.TextStyle, column.ThumbnailWidth = sans(legendSize), thumbWidth
			column.Left, column.Top, column.Padding = true, true, 3
			for k := i; k < len(l.names); k += n {
				column.Add(l.names[k], l.thumbs[l.names[k]]...)
			}
			l.legends[i] = column
			l.columns[i] = column.Rectangle(draw.Canvas{}).Size().X + entryGap
			total += l.columns[i]
		}
		l.left = (l.width - total) / 2
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
	left := l.left
	for i, legend := range l.legends {
		legend.Draw(draw.Canvas{Canvas: c, Rectangle: vg.Rectangle{
			Min: vg.Point{X: left, Y: margin},
			Max: vg.Point{X: left + l.columns[i], Y: margin + l.below - legendSpace},
		}})
		left += l.columns[i]
	}
}

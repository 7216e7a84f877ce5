package plot

import (
	"bytes"
	"cmp"
	"fmt"
	"image/color"
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
	plots         []*gonum.Plot // of the panels, row by row
	tiles         []draw.Canvas
	names         []string // of the legend's entries
	thumbs        map[string][]gonum.Thumbnailer
	legends       []gonum.Legend // columns, side by side below the panels
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
	l.legend()
	l.height = cmp.Or(vg.Length(f.Height), vg.Length(height)+l.below)
	l.align()
	if f.EqualAspect {
		// The text around the panels does not grow with them, so one correction is exact.
		g := l.plots[0]
		size := g.DataCanvas(l.tiles[0]).Size()
		l.height += vg.Length(len(f.Panels)) *
			(size.X*vg.Length((g.Y.Max-g.Y.Min)/(g.X.Max-g.X.Min)) - size.Y)
		l.align()
	}
	return l, l.check()
}

// align has gonum find the panels' tiles.
func (l *layout) align() {
	rows, cols := len(l.figure.Panels), len(l.figure.Panels[0])
	l.tiles = slices.Concat(gonum.Align(slices.Collect(slices.Chunk(l.plots, cols)),
		draw.Tiles{Rows: rows, Cols: cols, PadX: panelGap, PadY: panelGap},
		draw.Canvas{Rectangle: vg.Rectangle{
			Min: vg.Point{X: margin, Y: margin + l.below},
			Max: vg.Point{X: l.width - margin, Y: l.height - margin},
		}})...)
}

// plot makes gonum's plots of the panels and the entries of the legend.
func (l *layout) plot() {
	f, shared, styles := l.figure, gonum.New(), l.figure.styles()
	l.thumbs = map[string][]gonum.Thumbnailer{}
	light := stroke(rgb(0xE4E4E4), 0.6)
	for _, p := range f.panels() {
		g := gonum.New()
		l.plots = append(l.plots, g)
		g.Add(&plotter.Grid{Vertical: light, Horizontal: light})
		for _, m := range p.Marks {
			drawn := m.plotters(p, styles[m])
			g.Add(drawn...)
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
	for i, p := range f.panels() {
		g := l.plots[i]
		g.BackgroundColor = nil
		g.Title.Text, g.Title.Padding = f.title(i), 4
		g.Title.TextStyle.Font, g.Title.TextStyle.Color = sans(titleSize).Font, ink
		g.Title.TextStyle.Font.Weight = xfont.WeightBold
		if f.SharedX {
			g.X.Min, g.X.Max = shared.X.Min, shared.X.Max
		}
		if f.SharedY {
			g.Y.Min, g.Y.Max = shared.Y.Min, shared.Y.Max
		}
		cols := len(f.Panels[0])
		p.X.set(&g.X, f.SharedX && i+cols < len(l.plots))
		p.Y.set(&g.Y, f.SharedY && i%cols > 0)
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
func (l *layout) legend() {
	total := vg.Length(math.Inf(1))
	for n := len(l.names); n > 0 && total > l.width-2*margin+entryGap; n-- {
		total = 0
		l.legends = make([]gonum.Legend, n)
		for i := range l.legends {
			column := gonum.NewLegend()
			column.TextStyle, column.ThumbnailWidth = sans(legendSize), thumbWidth
			column.Left, column.Top, column.Padding = true, true, 3
			for k := i; k < len(l.names); k += n {
				column.Add(l.names[k], l.thumbs[l.names[k]]...)
			}
			l.legends[i] = column
			total += column.Rectangle(draw.Canvas{}).Size().X + entryGap
		}
		l.left = (l.width - total) / 2
		l.below = l.legends[0].Rectangle(draw.Canvas{}).Size().Y + legendSpace
	}
}

// draw draws everything and encodes it.
func (l *layout) draw(c vg.CanvasWriterTo) ([]byte, error) {
	page := draw.NewCanvas(c, l.width, l.height)
	page.SetColor(color.White)
	page.Fill(page.Rectangle.Path())
	for i, g := range l.plots {
		g.Draw(draw.Canvas{Canvas: c, Rectangle: l.tiles[i].Rectangle})
	}
	at := vg.Rectangle{Min: vg.Point{X: l.left, Y: margin},
		Max: vg.Point{Y: margin + l.below - legendSpace}}
	for _, legend := range l.legends {
		at.Max.X = at.Min.X + legend.Rectangle(draw.Canvas{}).Size().X + entryGap
		legend.Draw(draw.Canvas{Canvas: c, Rectangle: at})
		at.Min.X = at.Max.X
	}
	var buf bytes.Buffer
	if _, err := c.WriteTo(&buf); err != nil {
		return nil, fmt.Errorf("cannot encode the figure: %w", err)
	}
	return buf.Bytes(), nil
}

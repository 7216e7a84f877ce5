package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// axes is where a panel's marks are drawn: the canvas of the data and the maps from values
// to places on it.
type axes struct {
	draw.Canvas
	x, y func(float64) vg.Length
}

// at are the places of points.
func (c *axes) at(x, y []float64) []vg.Point {
	pts := make([]vg.Point, len(x))
	for i := range pts {
		pts[i] = vg.Point{X: c.x(x[i]), Y: c.y(y[i])}
	}
	return pts
}

func (s Style) line(width float64) draw.LineStyle {
	dashes := make([]vg.Length, len(s.Dashes))
	for i, d := range s.Dashes {
		dashes[i] = vg.Length(d)
	}
	return draw.LineStyle{Color: s.Color, Width: vg.Length(width), Dashes: dashes}
}

// solid is an undashed line.
func solid(c color.NRGBA, width float64) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Length(width)}
}

func (m *Line) draw(c *axes, s Style) {
	c.StrokeLines(s.line(s.Width), c.ClipLinesXY(c.at(m.X, m.Y))...)
}

func (m *Line) outline(c *axes) [][]vg.Point {
	return c.ClipLinesXY(c.at(m.X, m.Y))
}

// pointSize is the radius of a marker; a bar's cap is as wide as a marker.
const pointSize = 2.9

func (m *Points) at(c *axes) []vg.Point {
	pts := c.at(m.X, m.Y)
	for i := range pts {
		pts[i].X += vg.Length(m.Offset)
	}
	return pts
}

// bars are the error bars' lines, caps included.
func (m *Points) bars(c *axes) [][]vg.Point {
	var bars [][]vg.Point
	for i, p := range m.at(c) {
		if m.Low == nil {
			break
		}
		low, high := c.y(m.Low[i]), c.y(m.High[i])
		bars = append(bars, []vg.Point{{X: p.X, Y: low}, {X: p.X, Y: high}})
		for _, y := range []vg.Length{low, high} {
			bars = append(bars, []vg.Point{{X: p.X - pointSize, Y: y}, {X: p.X + pointSize, Y: y}})
		}
	}
	return c.ClipLinesXY(bars...)
}

func (m *Points) draw(c *axes, s Style) {
	if m.Join {
		c.StrokeLines(s.line(0.6*s.Width), c.ClipLinesXY(m.at(c))...)
	}
	c.StrokeLines(solid(s.Color, 1), m.bars(c)...)
	for _, p := range m.at(c) {
		if c.Contains(p) {
			s.Marker.draw(&c.Canvas, s.Color, p)
		}
	}
}

func (m *Points) outline(c *axes) [][]vg.Point {
	lines := m.bars(c)
	if m.Join {
		lines = append(lines, c.ClipLinesXY(m.at(c))...)
	}
	for _, p := range m.at(c) {
		if c.Contains(p) {
			const r = 1.3 * pointSize
			lines = append(lines,
				[]vg.Point{{X: p.X - r, Y: p.Y}, {X: p.X + r, Y: p.Y}},
				[]vg.Point{{X: p.X, Y: p.Y - r}, {X: p.X, Y: p.Y + r}})
		}
	}
	return lines
}

func (m *Band) draw(c *axes, s Style) {
	region := append(c.at(m.X, m.Low), reversed(c.at(m.X, m.High))...)
	c.FillPolygon(tint(s.Color, 0.78), c.ClipPolygonXY(region))
}

func (m *Band) outline(c *axes) [][]vg.Point {
	return c.ClipLinesXY(c.at(m.X, m.Low), c.at(m.X, m.High))
}

func reversed(pts []vg.Point) []vg.Point {
	out := make([]vg.Point, len(pts))
	for i, p := range pts {
		out[len(pts)-1-i] = p
	}
	return out
}

func (m *Rule) ends(c *axes) []vg.Point {
	if m.Horizontal {
		y := c.y(m.At)
		return []vg.Point{{X: c.Min.X, Y: y}, {X: c.Max.X, Y: y}}
	}
	x := c.x(m.At)
	return []vg.Point{{X: x, Y: c.Min.Y}, {X: x, Y: c.Max.Y}}
}

func (m *Rule) draw(c *axes, s Style) {
	c.StrokeLines(s.line(s.Width), c.ClipLinesXY(m.ends(c))...)
}

func (m *Rule) outline(c *axes) [][]vg.Point { return c.ClipLinesXY(m.ends(c)) }

// draw sets a marker at a point.
func (m Marker) draw(c *draw.Canvas, col color.NRGBA, at vg.Point) {
	if m == Cross {
		const r = pointSize * 0.85
		c.StrokeLines(solid(col, 1.2),
			[]vg.Point{{X: at.X - r, Y: at.Y - r}, {X: at.X + r, Y: at.Y + r}},
			[]vg.Point{{X: at.X - r, Y: at.Y + r}, {X: at.X + r, Y: at.Y - r}})
		return
	}
	path := m.path(at)
	width := 1.2
	if m != OpenSquare && m != OpenCircle && m != OpenTriangle {
		width = 1
		c.SetColor(col)
		c.Fill(path)
	}
	c.SetLineStyle(solid(col, width))
	c.Stroke(path)
}

// path is the outline of a marker; the shapes have about the same area.
func (m Marker) path(at vg.Point) vg.Path {
	var path vg.Path
	switch m {
	case Circle, OpenCircle:
		path.Move(vg.Point{X: at.X + pointSize, Y: at.Y})
		path.Arc(at, pointSize, 0, 2*math.Pi)
	case Square, OpenSquare:
		polygon(&path, at, 4, math.Pi/4, 1.22*pointSize)
	case Diamond:
		polygon(&path, at, 4, 0, 1.28*pointSize)
	case Triangle:
		polygon(&path, at, 3, math.Pi/2, 1.42*pointSize)
	case OpenTriangle:
		polygon(&path, at, 3, -math.Pi/2, 1.42*pointSize)
	}
	path.Close()
	return path
}

// polygon adds a regular polygon's corners, the first at an angle.
func polygon(path *vg.Path, at vg.Point, corners int, angle, radius float64) {
	for i := range corners {
		sin, cos := math.Sincos(angle + 2*math.Pi*float64(i)/float64(corners))
		p := vg.Point{X: at.X + vg.Length(radius*cos), Y: at.Y + vg.Length(radius*sin)}
		if i == 0 {
			path.Move(p)
		} else {
			path.Line(p)
		}
	}
}

package plot

import (
	"image/color"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Style is the look of one name. Color, dashes and marker all differ between the styles
// of the house, so that any one of them tells two names apart.
type Style struct {
	Color  color.NRGBA
	Dashes []vg.Length // lengths of strokes and gaps in points; nil for a solid line
	Marker draw.GlyphDrawer
	Width  float64 // of lines, in points
}

// stroke is the style of a line, solid without dashes.
func stroke(c color.Color, width float64, dashes ...vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Length(width), Dashes: dashes}
}

// pointSize is the radius of a marker; a bar's cap is as wide as a marker.
const pointSize = 2.9

// diamond is a filled square on its corner, which gonum/plot lacks.
type diamond struct{}

// DrawGlyph implements gonum's GlyphDrawer.
func (diamond) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	r := 1.28 * s.Radius
	c.FillPolygon(s.Color, []vg.Point{{X: at.X + r, Y: at.Y}, {X: at.X, Y: at.Y + r},
		{X: at.X - r, Y: at.Y}, {X: at.X, Y: at.Y - r}})
}

// palette holds the colors of Okabe and Ito (2008, "Color universal design") without the
// yellow, which white paper swallows, and a gray; in an order in which neighbors differ
// in lightness.
var palette = []Style{
	{rgb(0x000000), nil, draw.CircleGlyph{}, 1.4},
	{rgb(0xE69F00), []vg.Length{7, 2.5}, draw.SquareGlyph{}, 1.6},
	{rgb(0x0072B2), []vg.Length{2, 2}, draw.PyramidGlyph{}, 1.6},
	{rgb(0xCC79A7), []vg.Length{7, 2, 1.5, 2}, draw.RingGlyph{}, 1.6},
	{rgb(0x009E73), []vg.Length{11, 3}, diamond{}, 1.6},
	{rgb(0x56B4E9), []vg.Length{4, 1.5, 1.5, 1.5, 1.5, 1.5}, draw.TriangleGlyph{}, 1.6},
	{rgb(0xD55E00), []vg.Length{3.5, 1.5}, draw.BoxGlyph{}, 1.6},
	{rgb(0x7F7F7F), []vg.Length{1, 1.5}, draw.CrossGlyph{}, 1.6},
}

// Reference is for theory and for other people's numbers: gray and dashed.
func Reference() *Style {
	return &Style{rgb(0x6A6A6A), []vg.Length{4, 3}, draw.CrossGlyph{}, 1.1}
}

var ink = rgb(0x1A1A1A)

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xFF}
}

// tint mixes a color with white: 0 leaves it, 1 is white. Solid tints print and overlap
// more predictably than transparency.
func tint(c color.NRGBA, white float64) color.NRGBA {
	mix := func(v uint8) uint8 { return uint8(float64(v) + white*(255-float64(v)) + 0.5) }
	return color.NRGBA{R: mix(c.R), G: mix(c.G), B: mix(c.B), A: c.A}
}

// styles gives every mark its own style or that of its name, the next of the house's.
func (f *Figure) styles() map[Mark]Style {
	styles := map[Mark]Style{}
	named := map[string]Style{"": {Color: ink, Width: 1, Marker: draw.CircleGlyph{}}}
	for _, p := range f.panels() {
		for _, m := range p.Marks {
			name, own := m.look()
			if own == nil {
				if _, known := named[name]; !known {
					named[name] = palette[(len(named)-1)%len(palette)] // after the last it starts again
				}
				own = new(named[name])
			}
			styles[m] = *own
		}
	}
	return styles
}

// Sizes of text in points.
const (
	titleSize  = 11
	labelSize  = 10.5
	tickSize   = 9.5
	legendSize = 10
	ruleSize   = 9
	unseen     = 0.1 // labels of inner ticks: gonum takes a tick without one for a minor tick
)

// sans is the house font, which gonum/plot carries with it.
func sans(size vg.Length) text.Style {
	house := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	return text.Style{Color: ink, Font: house, Handler: gonum.DefaultTextHandler}
}

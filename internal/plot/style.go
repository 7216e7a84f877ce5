package plot

import (
	"image/color"
	"math"
)

// Style is the look of one name. Colour, dashes and marker all differ between the styles
// of the house, so that any one of them tells two names apart.
type Style struct {
	Color  color.NRGBA
	Dashes []float64 // lengths of strokes and gaps in points; nil for a solid line
	Marker Marker
	Width  float64 // of lines, in points
}

// Marker is the shape of a point.
type Marker int

// The open markers are outlines, so that a marker below still shows.
const (
	Circle Marker = iota
	OpenSquare
	Triangle
	OpenCircle
	Diamond
	OpenTriangle
	Square
	Cross
)

// palette holds the colours of Okabe and Ito (2008, "Color universal design") without the
// yellow, which white paper swallows, and a grey; in an order in which neighbours differ
// in lightness.
var palette = []Style{
	{rgb(0x000000), nil, Circle, 1.4},
	{rgb(0xE69F00), []float64{7, 2.5}, OpenSquare, 1.6},
	{rgb(0x0072B2), []float64{2, 2}, Triangle, 1.6},
	{rgb(0xCC79A7), []float64{7, 2, 1.5, 2}, OpenCircle, 1.6},
	{rgb(0x009E73), []float64{11, 3}, Diamond, 1.6},
	{rgb(0x56B4E9), []float64{4, 1.5, 1.5, 1.5, 1.5, 1.5}, OpenTriangle, 1.6},
	{rgb(0xD55E00), []float64{3.5, 1.5}, Square, 1.6},
	{rgb(0x7F7F7F), []float64{1, 1.5}, Cross, 1.6},
}

// Palette is the i-th style of the house; after the last it starts again.
func Palette(i int) Style { return palette[i%len(palette)] }

// PaletteSize is how many styles Palette tells apart.
var PaletteSize = len(palette)

// Reference is for theory and for other people's numbers: grey and dashed.
func Reference() *Style {
	return &Style{Color: rgb(0x6A6A6A), Dashes: []float64{4, 3}, Marker: Cross, Width: 1.1}
}

var (
	ink       = rgb(0x1A1A1A)
	paper     = rgb(0xFFFFFF)
	gridColor = rgb(0xE4E4E4)
)

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xFF}
}

// tint mixes a colour with white: 0 leaves it, 1 is white. Solid tints print and overlap
// more predictably than transparency.
func tint(c color.NRGBA, white float64) color.NRGBA {
	mix := func(v uint8) uint8 { return uint8(float64(v) + white*(255-float64(v)) + 0.5) }
	return color.NRGBA{R: mix(c.R), G: mix(c.G), B: mix(c.B), A: c.A}
}

// legible darkens a colour until text in it stands out from white paper by the contrast of
// 4.5 that WCAG 2 asks of text.
func legible(c color.NRGBA) color.NRGBA {
	for 1.05/(luminance(c)+0.05) < 4.5 {
		c.R, c.G, c.B = c.R-c.R/16, c.G-c.G/16, c.B-c.B/16
	}
	return c
}

// luminance is WCAG's relative luminance, 1 for white.
func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// levelColor is the fill of level i of n of a Contour: one blue, from light to dark.
func levelColor(i, n int) color.NRGBA {
	light, dark := 0.86, 0.0
	if n == 1 {
		return tint(rgb(0x0072B2), 0.6)
	}
	t := float64(i) / float64(n-1)
	return tint(rgb(0x005A8F), light+(dark-light)*t)
}

// styles gives every name of a figure its style: the one asked for, or the next of the
// house's.
func (f *Figure) styles() map[string]Style {
	styles := map[string]Style{}
	fixed := map[string]bool{}
	next := 0
	f.each(func(_ *Panel, m Mark) {
		name := m.name()
		switch s := m.style(); {
		case name == "":
		case s != nil && !fixed[name]:
			styles[name], fixed[name] = *s, true
		case s == nil:
			if _, ok := styles[name]; !ok {
				styles[name] = Palette(next)
				next++
			}
		}
	})
	return styles
}

// styleOf is the style of a mark, which may have none of its own.
func styleOf(m Mark, named map[string]Style) Style {
	if s := m.style(); s != nil {
		return *s
	}
	if s, ok := named[m.name()]; ok {
		return s
	}
	return Style{Color: ink, Width: 1}
}

// each visits the marks, row by row, in the order in which they are drawn.
func (f *Figure) each(visit func(*Panel, Mark)) {
	for _, row := range f.Panels {
		for _, p := range row {
			if p == nil {
				continue
			}
			for _, m := range p.Marks {
				visit(p, m)
			}
		}
	}
}

package plot

import (
	"fmt"
	"math"

	"golang.org/x/image/font/sfnt"

	xfont "golang.org/x/image/font"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// Sizes of text in points.
const (
	titleSize  = 11
	labelSize  = 10.5
	tickSize   = 9.5
	legendSize = 10
	ruleSize   = 9
)

// sans is the house font, which gonum/plot carries with it.
func sans(size vg.Length) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		XAlign:  text.XLeft,
		YAlign:  text.YBottom,
		Handler: gonum.DefaultTextHandler,
	}
}

func bold(s text.Style) text.Style {
	s.Font.Weight = xfont.WeightBold
	return s
}

// upright turns text to be read from the right, as along a vertical axis.
func upright(s text.Style) text.Style {
	s.Rotation = math.Pi / 2
	return s
}

// printable finds characters that the font lacks and would draw as boxes.
func printable(s string) error {
	style := sans(1)
	face := font.DefaultCache.Lookup(style.Font, 1)
	var buf sfnt.Buffer
	for _, r := range s {
		if i, err := face.Face.GlyphIndex(&buf, r); err != nil || i == 0 {
			return fmt.Errorf("%q: the font has no %q (U+%04X)", s, r, r)
		}
	}
	return nil
}

// fits finds text that the font cannot show or that is longer than its place.
func fits(what, s string, style text.Style, room vg.Length) error {
	if err := printable(s); err != nil {
		return fmt.Errorf("%s %w", what, err)
	}
	style.Rotation = 0
	if w := style.Width(s); w > room {
		return fmt.Errorf("%s %q takes %.0f points, there are %.0f: shorten it or enlarge the figure", what, s, w, room)
	}
	return nil
}

package plot

import (
	"errors"
	"fmt"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// words are what stands around a panel, "" for nothing. They are not left to gonum/plot,
// which puts titles of one row at different heights and, on a logarithmic axis, leaves
// room for the label in the wrong place.
type words struct{ title, x, y string }

// Heights of a line of words, with the gap to what it belongs to.
const (
	titleHeight = 20
	labelHeight = 20
)

// placed is a word in its place: the box that it fills.
type placed struct {
	what, text string
	style      text.Style
	box        vg.Rectangle
}

// words are a panel's title and labels in their places.
func (l *layout) words(r, c int) []placed {
	data := l.data(r, c)
	center := data.Center()
	left, bottom := data.Min.X, data.Min.Y
	for i := range l.tiles { // the labels of a column and of a row stand in line
		if l.plots[i][c] != nil {
			left = min(left, l.tiles[i][c].Min.X)
		}
	}
	for i := range l.tiles[r] {
		if l.plots[r][i] != nil {
			bottom = min(bottom, l.tiles[r][i].Min.Y)
		}
	}
	var all []placed
	add := func(what, s string, style text.Style, x, y vg.Length) {
		if s == "" {
			return
		}
		size := vg.Point{X: style.Width(s), Y: style.Height(s)}
		if style.Rotation != 0 {
			size = vg.Point{X: size.Y, Y: size.X}
		}
		half := vg.Point{X: size.X / 2, Y: size.Y / 2}
		middle := vg.Point{X: x, Y: y}
		all = append(all, placed{what, s, style, vg.Rectangle{Min: middle.Sub(half), Max: middle.Add(half)}})
	}
	w := l.text[r][c]
	add("title", w.title, bold(sans(titleSize)), center.X, data.Max.Y+titleHeight/2+2)
	add("x axis label", w.x, sans(labelSize), center.X, bottom-labelHeight/2)
	add("y axis label", w.y, upright(sans(labelSize)), left-labelHeight/2, center.Y)
	return all
}

// draw writes the text into its box.
func (w placed) draw(c *draw.Canvas) {
	descent := w.style.FontExtents().Descent
	at := vg.Point{X: w.box.Min.X, Y: w.box.Min.Y + descent}
	if w.style.Rotation != 0 {
		at = vg.Point{X: w.box.Max.X - descent, Y: w.box.Min.Y}
	}
	w.style.YAlign = text.YBottom
	c.FillText(w.style, at, w.text)
}

// checkWords finds words that the font lacks, that leave the page or that meet each other.
func (l *layout) checkWords() error {
	var all []placed
	for r, row := range l.plots {
		for c, g := range row {
			if g != nil {
				all = append(all, l.words(r, c)...)
			}
		}
	}
	var err error
	for i, w := range all {
		err = errors.Join(err, printable(w.text))
		if w.box.Min.X < 0 || w.box.Min.Y < 0 || w.box.Max.X > l.width || w.box.Max.Y > l.height {
			err = errors.Join(err, fmt.Errorf("%s %q leaves the page of %.0f × %.0f points: shorten it or enlarge the figure", w.what, w.text, l.width, l.height))
		}
		for _, other := range all[:i] {
			if overlap(w.box, other.box) {
				err = errors.Join(err, fmt.Errorf("%s %q runs into %s %q: shorten them or enlarge the figure", w.what, w.text, other.what, other.text))
			}
		}
	}
	return err
}

// overlap reports whether boxes meet or nearly do.
func overlap(a, b vg.Rectangle) bool {
	const gap = 4
	return a.Min.X < b.Max.X+gap && b.Min.X < a.Max.X+gap && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}

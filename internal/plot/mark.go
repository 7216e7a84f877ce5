package plot

import "gonum.org/v1/plot/vg"

// Mark is something drawn in a panel: *Line, *Points, *Band, *Rule or *Contour. Marks of
// one name share a style and a legend entry; a mark without a name has no entry.
type Mark interface {
	name() string
	style() *Style
	check(p *Panel) error
	extents() (x, y extent)
	rows() []row
	draw(c *axes, s Style)
	outline(c *axes) [][]vg.Point // what a label must not cover
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
	Offset    float64 // points to the right of X, for methods at the same X; see Dodge
	Style     *Style
}

// Band fills between Low[i] and High[i], lightly, in the colour of its name.
type Band struct {
	Name      string
	X         []float64
	Low, High []float64
	Style     *Style
}

// Rule is a line across the whole panel at a value of x (or of y), with its label written
// along it where the data leave room.
type Rule struct {
	Name       string
	Label      string
	At         float64
	Horizontal bool // at a value of y
	Style      *Style
}

// Contour fills the regions where a function on a grid exceeds each level, the higher
// levels darker, and outlines them.
type Contour struct {
	X, Y   []float64   // grid lines, increasing
	Z      [][]float64 // Z[j][i] at (X[i], Y[j])
	Levels []float64   // increasing
	Names  []string    // the legend's text for each level; nil for no entries
}

// Dodge moves methods that share their X apart by gap points, centred on X.
func Dodge(gap float64, methods ...*Points) {
	for i, m := range methods {
		m.Offset = gap * (float64(i) - float64(len(methods)-1)/2)
	}
}

func (m *Line) name() string    { return m.Name }
func (m *Points) name() string  { return m.Name }
func (m *Band) name() string    { return m.Name }
func (m *Rule) name() string    { return m.Name }
func (m *Contour) name() string { return "" }

func (m *Line) style() *Style    { return m.Style }
func (m *Points) style() *Style  { return m.Style }
func (m *Band) style() *Style    { return m.Style }
func (m *Rule) style() *Style    { return m.Style }
func (m *Contour) style() *Style { return nil }

// Package plot draws the figures of the report in one house style: axes with quantity
// and unit, a legend outside the panels, colors that the color-blind can tell apart
// and that differ in dashes, markers and lightness too. It stands on gonum/plot and
// writes SVG and PNG; the same figure always gives the same bytes.
package plot

import (
	"fmt"
	"slices"
	"strings"

	gonum "gonum.org/v1/plot"
)

// Figure is a grid of panels with one legend below them. A name keeps its style in all
// panels.
type Figure struct {
	Panels [][]*Panel // rows of equal length

	// Width and Height are in points; 0 takes a default that suits the grid.
	Width, Height float64

	// SharedX and SharedY give all panels one range and label the outer panels only.
	SharedX, SharedY bool

	// EqualAspect draws a unit of x as long as a unit of y; Height is then ignored.
	EqualAspect bool
}

// Panel is one pair of axes. In a figure of several, its title is preceded by (a), (b), ….
type Panel struct {
	Title string
	X, Y  Axis
	Marks []Mark // drawn in this order
}

// Scale is how an axis maps values to lengths.
type Scale int

// Log2 and Log10 differ in their ticks only; both refuse values that are not positive.
const (
	Linear Scale = iota
	Log2
	Log10
)

// Axis is a quantity and how it is shown.
type Axis struct {
	Label string // the quantity
	Unit  string // in square brackets after the label; "" for a dimensionless one
	Scale Scale

	// Min and Max fix the range; when both are 0 the data and Include decide.
	Min, Max float64

	// Include are values that a range taken from the data must contain, such as 0.
	Include []float64

	// Ticks replaces the ticks chosen from the range.
	Ticks []Tick
}

// Tick is a labelled place on an axis.
type Tick = gonum.Tick

// panels are all, row by row.
func (f *Figure) panels() []*Panel { return slices.Concat(f.Panels...) }

// title is the title of a panel, with its letter when there are several.
func (f *Figure) title(i int) string {
	panels := f.panels()
	if len(panels) == 1 {
		return panels[i].Title
	}
	return strings.TrimSpace(fmt.Sprintf("(%c) %s", 'a'+rune(i), panels[i].Title))
}

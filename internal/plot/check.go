package plot

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"golang.org/x/image/font/sfnt"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// check finds what cannot be drawn or would be drawn as nothing.
func (f *Figure) check() error {
	for r, row := range f.Panels {
		if len(row) != len(f.Panels[0]) {
			return fmt.Errorf("row %d has %d panels, row 0 has %d: want rows of equal length",
				r, len(row), len(f.Panels[0]))
		}
	}
	if len(f.panels()) == 0 || slices.Contains(f.panels(), nil) {
		return errors.New("a figure without panels")
	}
	for i, p := range f.panels() {
		if err := p.check(); err != nil {
			return fmt.Errorf("panel %q: %w", f.title(i), err)
		}
	}
	return nil
}

func (p *Panel) check() error {
	for i, a := range []*Axis{&p.X, &p.Y} {
		name := "xy"[i : i+1]
		if a.Label == "" {
			return fmt.Errorf("the %s axis has no label", name)
		}
		if a.fixed() && a.Min >= a.Max {
			return fmt.Errorf("the %s axis goes from %g to %g: want an increasing range", name, a.Min, a.Max)
		}
		if err := a.scaled("Include", a.Include); err != nil {
			return err
		}
	}
	drawn := false
	for _, m := range p.Marks {
		if err := p.checkMark(m); err != nil {
			name, _ := m.look()
			return fmt.Errorf("%T %q: %w", m, name, err)
		}
		if _, rule := m.(*Rule); !rule {
			drawn = true
		}
	}
	if !drawn {
		return errors.New("nothing to draw but rules")
	}
	return nil
}

// scaled finds values that are not finite or that the axis cannot show.
func (a *Axis) scaled(what string, values []float64) error {
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s %d is %g: want finite numbers", what, i, v)
		}
		if a.Scale != Linear && v <= 0 {
			return fmt.Errorf("%s %d is %g: want positive numbers on a logarithmic axis (%s)",
				what, i, v, a.Label)
		}
	}
	return nil
}

// checkMark finds numbers that are missing, do not belong together or cannot be shown.
func (p *Panel) checkMark(m Mark) error {
	least := 1
	switch m := m.(type) {
	case *Contour:
		if err := m.check(); err != nil {
			return err
		}
	case *Line, *Band:
		least = 2
	case *Points:
		if math.IsNaN(m.Offset) || math.IsInf(m.Offset, 0) {
			return fmt.Errorf("offset %g: want a finite number", m.Offset)
		}
	}
	columns := m.columns(p)
	first := columns[0]
	if len(first.values) < least {
		return fmt.Errorf("%d points: want at least %d", len(first.values), least)
	}
	for k, c := range columns {
		if len(c.values) != len(first.values) {
			return fmt.Errorf("%d numbers of %s and %d of %s: want as many of each",
				len(c.values), c.name, len(first.values), first.name)
		}
		if err := c.axis.scaled(c.name, c.values); err != nil {
			return err
		}
		a := c.axis
		shown := func(v float64) bool { return !a.fixed() || a.Min <= v && v <= a.Max }
		if !slices.ContainsFunc(c.values, shown) {
			return fmt.Errorf("wholly outside the axis of %s, %g to %g", a.Label, a.Min, a.Max)
		}
		for i, v := range c.values {
			if c.name == "high" && columns[k-1].values[i] > v {
				return fmt.Errorf("point %d: low %g is above high %g", i, columns[k-1].values[i], v)
			}
		}
	}
	return nil
}

// check finds what is wrong with the grid's shape and with the levels.
func (m *Contour) check() error {
	if len(m.X) < 2 || len(m.Y) < 2 || len(m.Z) != len(m.Y) {
		return fmt.Errorf("a grid of %d × %d with %d rows of values: want 2 × 2 and a row for every y",
			len(m.X), len(m.Y), len(m.Z))
	}
	for j, row := range m.Z {
		if len(row) != len(m.X) {
			return fmt.Errorf("row %d of the grid has %d values: want %d", j, len(row), len(m.X))
		}
	}
	if len(m.Levels) == 0 || m.Names != nil && len(m.Names) != len(m.Levels) {
		return fmt.Errorf("no levels, or not one for each of %d names", len(m.Names))
	}
	if top := slices.Max(slices.Concat(m.Z...)); top < m.Levels[0] {
		return fmt.Errorf("nothing reaches the lowest level %g: the largest is %g", m.Levels[0], top)
	}
	return errors.Join(increasing("x", m.X), increasing("y", m.Y), increasing("levels", m.Levels))
}

func increasing(what string, values []float64) error {
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) || i > 0 && v <= values[i-1] {
			return fmt.Errorf("%s %d is %g: want finite increasing numbers", what, i, v)
		}
	}
	return nil
}

// check finds words that do not fit their place, ticks that touch and too little room for data.
func (l *layout) check() error {
	const least = 60
	for _, name := range l.names {
		if err := fits("legend entry", name, sans(legendSize), l.width-2*margin-thumbWidth); err != nil {
			return err
		}
	}
	for i, g := range l.plots {
		tile, data := l.tiles[i].Size(), g.DataCanvas(l.tiles[i]).Size()
		if data.X < least || data.Y < least {
			return fmt.Errorf("%.0f × %.0f points are left for the data, want at least %d each way: "+
				"enlarge the figure", data.X, data.Y, least)
		}
		err := errors.Join(fits("title", g.Title.Text, g.Title.TextStyle, tile.X),
			fits("x axis label", g.X.Label.Text, g.X.Label.TextStyle, tile.X),
			fits("y axis label", g.Y.Label.Text, g.Y.Label.TextStyle, tile.Y),
			checkTicks("x", &g.X, data.X, g.X.Tick.Label.Width),
			checkTicks("y", &g.Y, data.Y, g.Y.Tick.Label.Height))
		for _, m := range l.figure.panels()[i].Marks {
			if rule, ok := m.(*Rule); ok {
				room := map[bool]vg.Length{true: data.X, false: data.Y}[rule.Horizontal]
				err = errors.Join(err, fits("rule label", rule.Label, sans(ruleSize), room-6))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkTicks finds axes without enough ticks to be read and labels that touch.
func checkTicks(name string, g *gonum.Axis, length vg.Length, size func(string) vg.Length) error {
	end, ticks := vg.Length(math.Inf(-1)), 0
	for _, t := range g.Tick.Marker.Ticks(g.Min, g.Max) {
		if t.Value < g.Min || t.Value > g.Max {
			continue
		}
		ticks++
		if t.IsMinor() {
			continue
		}
		if err := fits("tick", t.Label, sans(tickSize), length); err != nil {
			return err
		}
		at, half := vg.Length(g.Norm(t.Value))*length, size(t.Label)/2
		if at-half < end {
			return fmt.Errorf("%s tick %q touches the one before it: enlarge the figure or set fewer ticks",
				name, t.Label)
		}
		end = at + half
	}
	if ticks < 2 {
		return fmt.Errorf("the %s axis from %g to %g has %d ticks: want at least 2",
			name, g.Min, g.Max, ticks)
	}
	return nil
}

// fits finds text that the font cannot show or that is longer than its place.
func fits(what, s string, style text.Style, room vg.Length) error {
	face := font.DefaultCache.Lookup(style.Font, 1)
	var buf sfnt.Buffer
	for _, r := range s {
		if i, err := face.Face.GlyphIndex(&buf, r); err != nil || i == 0 {
			return fmt.Errorf("%s %q: the font has no %q (U+%04X)", what, s, r, r)
		}
	}
	if w := style.Width(s); w > room {
		return fmt.Errorf("%s %q takes %.0f points, there are %.0f: shorten it or enlarge the figure",
			what, s, w, room)
	}
	return nil
}

package plot

import (
	"errors"
	"fmt"
	"math"
)

// check finds what cannot be drawn or would be drawn as nothing.
func (f *Figure) check() error {
	if len(f.Panels) == 0 {
		return errors.New("a figure without panels")
	}
	panels := 0
	for r, row := range f.Panels {
		if len(row) != len(f.Panels[0]) {
			return fmt.Errorf("row %d has %d panels, row 0 has %d: want rows of equal length", r, len(row), len(f.Panels[0]))
		}
		for c, p := range row {
			if p == nil {
				continue
			}
			panels++
			if err := p.check(); err != nil {
				return fmt.Errorf("panel %d of row %d: %w", c, r, err)
			}
		}
	}
	if panels == 0 {
		return errors.New("a figure without panels")
	}
	return nil
}

func (p *Panel) check() error {
	if err := errors.Join(p.X.check("x"), p.Y.check("y")); err != nil {
		return err
	}
	if len(p.Marks) == 0 {
		return errors.New("nothing to draw")
	}
	drawn := false
	for _, m := range p.Marks {
		if err := m.check(p); err != nil {
			return fmt.Errorf("%T %q: %w", m, m.name(), err)
		}
		if _, rule := m.(*Rule); !rule {
			drawn = true
		}
	}
	if !drawn {
		return errors.New("nothing to draw but rules")
	}
	for _, axis := range []struct {
		name   string
		axis   *Axis
		within func(Mark) extent
	}{
		{"x", &p.X, func(m Mark) extent { x, _ := m.extents(); return x }},
		{"y", &p.Y, func(m Mark) extent { _, y := m.extents(); return y }},
	} {
		if !axis.axis.fixed() {
			continue
		}
		for _, m := range p.Marks {
			if e := axis.within(m); !e.empty() && (e.max < axis.axis.Min || e.min > axis.axis.Max) {
				return fmt.Errorf("%T %q lies wholly outside the %s axis, %g to %g", m, m.name(), axis.name, axis.axis.Min, axis.axis.Max)
			}
		}
	}
	return nil
}

func (a *Axis) check(which string) error {
	if a.Label == "" {
		return fmt.Errorf("the %s axis has no label", which)
	}
	if err := a.scaled("Include", a.Include); err != nil {
		return err
	}
	if !a.fixed() {
		return nil
	}
	if err := a.scaled("range", []float64{a.Min, a.Max}); err != nil {
		return err
	}
	if a.Min >= a.Max {
		return fmt.Errorf("the %s axis goes from %g to %g: want an increasing range", which, a.Min, a.Max)
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
			return fmt.Errorf("%s %d is %g: want positive numbers on a logarithmic axis (%s)", what, i, v, a.Label)
		}
	}
	return nil
}

// lengths finds coordinates that are missing or do not belong together.
func lengths(least int, columns ...[]float64) error {
	for _, c := range columns {
		if len(c) != len(columns[0]) {
			return fmt.Errorf("columns of %d and %d numbers: want as many of each", len(columns[0]), len(c))
		}
	}
	if len(columns[0]) < least {
		return fmt.Errorf("%d points: want at least %d", len(columns[0]), least)
	}
	return nil
}

func (m *Line) check(p *Panel) error {
	if err := lengths(2, m.X, m.Y); err != nil {
		return err
	}
	return errors.Join(p.X.scaled("x", m.X), p.Y.scaled("y", m.Y))
}

func (m *Points) check(p *Panel) error {
	if err := lengths(1, m.X, m.Y); err != nil {
		return err
	}
	if m.Low != nil || m.High != nil {
		if err := lengths(1, m.X, m.Low, m.High); err != nil {
			return fmt.Errorf("error bars: %w", err)
		}
	}
	if math.IsNaN(m.Offset) || math.IsInf(m.Offset, 0) {
		return fmt.Errorf("offset %g: want a finite number of points", m.Offset)
	}
	if err := ordered(m.Low, m.High); err != nil {
		return err
	}
	return errors.Join(p.X.scaled("x", m.X), p.Y.scaled("y", m.Y), p.Y.scaled("low", m.Low), p.Y.scaled("high", m.High))
}

func (m *Band) check(p *Panel) error {
	if err := lengths(2, m.X, m.Low, m.High); err != nil {
		return err
	}
	if err := ordered(m.Low, m.High); err != nil {
		return err
	}
	return errors.Join(p.X.scaled("x", m.X), p.Y.scaled("low", m.Low), p.Y.scaled("high", m.High))
}

func ordered(low, high []float64) error {
	for i := range low {
		if low[i] > high[i] {
			return fmt.Errorf("point %d: low %g is above high %g", i, low[i], high[i])
		}
	}
	return nil
}

func (m *Rule) check(p *Panel) error {
	if m.Horizontal {
		return p.Y.scaled("rule", []float64{m.At})
	}
	return p.X.scaled("rule", []float64{m.At})
}

func (m *Contour) check(p *Panel) error {
	if err := grid(m.X, m.Y, m.Z); err != nil {
		return err
	}
	if len(m.Levels) == 0 {
		return errors.New("no levels")
	}
	if m.Names != nil && len(m.Names) != len(m.Levels) {
		return fmt.Errorf("%d names for %d levels", len(m.Names), len(m.Levels))
	}
	if err := increasing("levels", m.Levels); err != nil {
		return err
	}
	top := math.Inf(-1)
	for _, row := range m.Z {
		for _, z := range row {
			top = max(top, z)
		}
	}
	if top < m.Levels[0] {
		return fmt.Errorf("nothing reaches the lowest level %g: the largest value is %g", m.Levels[0], top)
	}
	return errors.Join(p.X.scaled("x", m.X), p.Y.scaled("y", m.Y))
}

// grid finds what is wrong with values z[j][i] at (x[i], y[j]).
func grid(x, y []float64, z [][]float64) error {
	if len(x) < 2 || len(y) < 2 || len(z) != len(y) {
		return fmt.Errorf("a grid of %d × %d with %d rows of values: want at least 2 × 2 and a row for every y", len(x), len(y), len(z))
	}
	if err := errors.Join(increasing("x", x), increasing("y", y)); err != nil {
		return err
	}
	for j, row := range z {
		if len(row) != len(x) {
			return fmt.Errorf("row %d of the grid has %d values: want %d", j, len(row), len(x))
		}
		for i, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("value %d of row %d is %g: want finite numbers", i, j, v)
			}
		}
	}
	return nil
}

func increasing(what string, values []float64) error {
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) || i > 0 && v <= values[i-1] {
			return fmt.Errorf("%s %d is %g: want finite increasing numbers", what, i, v)
		}
	}
	return nil
}

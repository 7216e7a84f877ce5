package plot

import (
	"math"

	"gonum.org/v1/plot/vg"
)

// extent is a range of values; noExtent holds none.
type extent struct{ min, max float64 }

var noExtent = extent{math.Inf(1), math.Inf(-1)}

func (e extent) with(values ...float64) extent {
	for _, v := range values {
		e.min, e.max = min(e.min, v), max(e.max, v)
	}
	return e
}

func (e extent) union(o extent) extent { return extent{min(e.min, o.min), max(e.max, o.max)} }
func (e extent) empty() bool           { return e.min > e.max }

// to and from are an axis' transformation and its inverse.
func (s Scale) to(v float64) float64 {
	if s == Linear {
		return v
	}
	return math.Log2(v)
}

func (s Scale) from(v float64) float64 {
	if s == Linear {
		return v
	}
	return math.Exp2(v)
}

// padding is the part of the range left free at either end, so that nothing touches
// the axes.
const padding = 0.04

// data are the values that an axis must show.
func (a *Axis) data(e extent) extent {
	return e.with(a.Include...)
}

// fixed reports whether the axis has its range from its user.
func (a *Axis) fixed() bool { return a.Min != 0 || a.Max != 0 }

// fit is the range of an axis of this length, in points, that shows e and leaves room
// points free at either end.
func (a *Axis) fit(e extent, length, room vg.Length) extent {
	if a.fixed() {
		return extent{a.Min, a.Max}
	}
	lo, hi := a.Scale.to(e.min), a.Scale.to(e.max)
	if lo == hi {
		half := 1.0
		if a.Scale == Linear && lo != 0 {
			half = math.Abs(lo) / 10
		}
		lo, hi = lo-half, hi+half
	}
	part := max(padding, float64(room/length))
	pad := (hi - lo) * part / (1 - 2*part)
	return extent{a.Scale.from(lo - pad), a.Scale.from(hi + pad)}
}

// extents are what the marks of a panel need of its axes.
func (p *Panel) extents() (x, y extent) {
	x, y = p.X.data(noExtent), p.Y.data(noExtent)
	for _, m := range p.Marks {
		mx, my := m.extents()
		x, y = x.union(mx), y.union(my)
	}
	return x, y
}

func (m *Line) extents() (x, y extent) {
	return noExtent.with(m.X...), noExtent.with(m.Y...)
}

func (m *Points) extents() (x, y extent) {
	return noExtent.with(m.X...), noExtent.with(m.Y...).with(m.Low...).with(m.High...)
}

func (m *Band) extents() (x, y extent) {
	return noExtent.with(m.X...), noExtent.with(m.Low...).with(m.High...)
}

func (m *Rule) extents() (x, y extent) {
	if m.Horizontal {
		return noExtent, noExtent.with(m.At)
	}
	return noExtent.with(m.At), noExtent
}

func (m *Contour) extents() (x, y extent) {
	return noExtent.with(m.X...), noExtent.with(m.Y...)
}

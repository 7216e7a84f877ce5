package plot

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	gonum "gonum.org/v1/plot"
)

// to and from are an axis' transformation and its inverse.
func (s Scale) to(v float64) float64 {
	switch s {
	case Log2:
		return math.Log2(v)
	case Log10:
		return math.Log10(v)
	}
	return v
}

func (s Scale) from(v float64) float64 {
	if s == Linear {
		return v
	}
	return math.Pow(map[Scale]float64{Log2: 2, Log10: 10}[s], v)
}

// fixed reports whether the axis has its range from its user.
func (a *Axis) fixed() bool { return a.Min != 0 || a.Max != 0 }

// set gives gonum's axis, which has the range of the data, the range to show,
// ticks and looks; an inner one has no words.
func (a *Axis) set(g *gonum.Axis, inner bool) {
	for _, v := range a.Include {
		g.Min, g.Max = min(g.Min, a.Scale.to(v)), max(g.Max, a.Scale.to(v))
	}
	if g.Min == g.Max {
		half := cmp.Or(math.Abs(g.Min)/10, 1)
		g.Min, g.Max = g.Min-half, g.Max+half
	}
	pad := 0.04 * (g.Max - g.Min) // nothing touches the axes
	g.Min, g.Max = g.Min-pad, g.Max+pad
	if a.fixed() {
		g.Min, g.Max = a.Scale.to(a.Min), a.Scale.to(a.Max)
	}
	g.Label.Text = a.text()
	g.Label.TextStyle.Font = sans(labelSize).Font
	g.Label.TextStyle.Color, g.LineStyle, g.Tick.LineStyle = ink, solid(ink, 0.8), solid(ink, 0.8)
	g.Label.Padding, g.Padding = 3, 0
	g.Tick.Label.Font, g.Tick.Label.Color = sans(tickSize).Font, ink
	g.Tick.Length = 5
	ticks := a.ticks(g.Min, g.Max)
	if inner {
		g.Label.Text, g.Label.TextStyle.Font.Size, g.Tick.Label.Font.Size = "", 0.1, 0.1
		for i := range ticks {
			if ticks[i].Label != "" {
				ticks[i].Label = " " // gonum takes one without a label for a minor tick
			}
		}
	}
	g.Tick.Marker = gonum.ConstantTicks(ticks)
}

// ticks are the user's, or gonum's in the place of a true minus sign; those of a logarithmic
// axis are powers, and within less than one of them those of a linear axis.
func (a *Axis) ticks(low, high float64) []gonum.Tick {
	var all []gonum.Tick
	switch {
	case a.Ticks != nil:
		for _, t := range a.Ticks {
			all = append(all, gonum.Tick{Value: a.Scale.to(t.Value), Label: t.Label})
		}
		return all
	case a.Scale == Log2 && high-low >= 2:
		every := math.Ceil((high - low) / 8) // more labels touch in a panel of several
		for k := math.Ceil(low); k <= high; k++ {
			t := gonum.Tick{Value: k}
			if math.Mod(k-math.Ceil(low), every) == 0 {
				t.Label = strconv.FormatFloat(math.Exp2(k), 'g', -1, 64)
			}
			all = append(all, t)
		}
		return all
	}
	var ticker gonum.Ticker = gonum.DefaultTicks{}
	if a.Scale == Log10 && math.Floor(high) > math.Ceil(low) {
		ticker = gonum.LogTicks{Prec: 6}
	}
	from, to := a.Scale.from(low), a.Scale.from(high)
	for _, t := range ticker.Ticks(from, to) {
		if t.Value < from || t.Value > to {
			continue
		}
		t.Value = a.Scale.to(t.Value)
		if v, err := strconv.ParseFloat(t.Label, 64); err == nil { // without gonum's zeros at the end
			t.Label = strings.NewReplacer("e-0", "e−", "e+0", "e", "-", "−").
				Replace(strconv.FormatFloat(v, 'g', -1, 64))
		}
		all = append(all, t)
	}
	return all
}

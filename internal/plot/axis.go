package plot

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	gonum "gonum.org/v1/plot"
)

// to transforms data for an axis. On gonum's own logarithmic axes a label has its room where the
// middle of a linear axis would be.
func (s Scale) to(v float64) float64 {
	if s == Linear {
		return v
	}
	return math.Log(v)
}

// fixed reports whether the axis has its range from its user.
func (a *Axis) fixed() bool { return a.Min != 0 || a.Max != 0 }

// set gives gonum's axis, which has the range of the data, the range to show,
// ticks and looks; an inner one has no words.
func (a *Axis) set(g *gonum.Axis, inner bool) {
	for _, v := range a.Include {
		g.Min, g.Max = min(g.Min, a.Scale.to(v)), max(g.Max, a.Scale.to(v))
	}
	pad := 0.04 * (g.Max - g.Min) // nothing touches the axes
	if pad == 0 {
		pad = 1.08 * cmp.Or(math.Abs(g.Min)/10, 1)
	}
	low, high := g.Min-pad, g.Max+pad
	if a.Scale != Linear {
		low, high = math.Exp(low), math.Exp(high)
	}
	if a.fixed() {
		low, high = a.Min, a.Max
	}
	g.Min, g.Max = a.Scale.to(low), a.Scale.to(high)
	g.Label.Text = strings.TrimSuffix(a.Label+" ["+a.Unit+"]", " []")
	g.Label.TextStyle.Font = sans(labelSize).Font
	g.Label.TextStyle.Color, g.LineStyle, g.Tick.LineStyle = ink, stroke(ink, 0.8), stroke(ink, 0.8)
	g.Label.Padding, g.Padding = 3, 0
	g.Tick.Label.Font, g.Tick.Label.Color = sans(tickSize).Font, ink
	g.Tick.Length = 5
	var ticks gonum.ConstantTicks
	for _, t := range a.ticks(low, high) {
		ticks = append(ticks, Tick{Value: a.Scale.to(t.Value), Label: t.Label})
	}
	g.Tick.Marker = ticks
	if inner {
		g.Label.Text, g.Tick.Label.Color = "", color.Transparent
		g.Label.TextStyle.Font.Size, g.Tick.Label.Font.Size = unseen, unseen
	}
}

// ticks are the user's, or gonum's in the place of a true minus sign; those of a logarithmic
// axis are powers, and within less than one of them those of a linear axis.
func (a *Axis) ticks(low, high float64) []Tick {
	ticks := gonum.DefaultTicks{}.Ticks(low, high)
	switch {
	case a.Ticks != nil:
		return a.Ticks
	case a.Scale == Log2 && high >= 4*low:
		ticks = nil
		every := math.Ceil(math.Log2(high/low) / 8) // more labels touch in a panel of several
		for k := math.Ceil(math.Log2(low)); math.Exp2(k) <= high; k++ {
			t := Tick{Value: math.Exp2(k)}
			if math.Mod(float64(len(ticks)), every) == 0 {
				t.Label = fmt.Sprint(t.Value)
			}
			ticks = append(ticks, t)
		}
	case a.Scale == Log10 && math.Floor(math.Log10(high)) > math.Ceil(math.Log10(low)):
		ticks = gonum.LogTicks{Prec: 6}.Ticks(low, high)
	}
	ticks = slices.DeleteFunc(ticks, func(t Tick) bool { return t.Value < low || t.Value > high })
	for i, t := range ticks {
		if v, err := strconv.ParseFloat(t.Label, 64); err == nil { // without gonum's zeros at the end
			ticks[i].Label = strings.NewReplacer("e-0", "e−", "e+0", "e", "-", "−").
				Replace(strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	return ticks
}

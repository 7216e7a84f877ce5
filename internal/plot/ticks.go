package plot

import (
	"math"
	"strconv"
	"strings"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// ticks are the marks of an axis over a range; room says whether labels fit when so many
// of the widest of them stand along the axis.
func (a *Axis) ticks(e extent, room func(labels []string) bool) []gonum.Tick {
	switch {
	case a.Ticks != nil:
		ticks := make([]gonum.Tick, len(a.Ticks))
		for i, t := range a.Ticks {
			ticks[i] = gonum.Tick{Value: t.Value, Label: t.Label}
		}
		return ticks
	case a.Scale == Log2:
		return powerTicks(e, 2, nil, room)
	case a.Scale == Log10:
		return decadeTicks(e, room)
	}
	return linearTicks(e, room)
}

// linearTicks are the multiples of the smallest of 1, 2, 5 times a power of ten whose
// labels fit.
func linearTicks(e extent, room func([]string) bool) []gonum.Tick {
	span := e.max - e.min
	exponent := int(math.Floor(math.Log10(span))) - 2
	for ; ; exponent++ {
		for _, factor := range []float64{1, 2, 5} {
			step := factor * math.Pow10(exponent)
			if span/step > 12 {
				continue
			}
			ticks := multiples(e, step, max(0, -exponent))
			if len(ticks) <= 2 || room(labels(ticks)) {
				return ticks
			}
		}
	}
}

// multiples of step within the range, with so many decimals.
func multiples(e extent, step float64, decimals int) []gonum.Tick {
	var ticks []gonum.Tick
	slack := 1e-9 * (e.max - e.min)
	for i := math.Ceil((e.min - slack) / step); i*step <= e.max+slack; i++ {
		v := i * step
		label := strconv.FormatFloat(v, 'f', decimals, 64)
		if decimals > 4 || math.Abs(v) >= 1e6 {
			label = strconv.FormatFloat(v, 'g', 4, 64)
		}
		if i == 0 {
			v, label = 0, "0"
		}
		ticks = append(ticks, gonum.Tick{Value: v, Label: minus(label)})
	}
	return ticks
}

// powerTicks are the powers of a base, with minor multiples between them. Where they crowd,
// only every second, third, … is labelled and the minor multiples are left out.
func powerTicks(e extent, base float64, minor []float64, room func([]string) bool) []gonum.Tick {
	first := math.Ceil(math.Log(e.min)/math.Log(base) - 1e-9)
	last := math.Floor(math.Log(e.max)/math.Log(base) + 1e-9)
	for every := 1.0; ; every++ {
		var ticks []gonum.Tick
		for k := first - 1; k <= last; k++ {
			v := math.Pow(base, k)
			if k >= first {
				t := gonum.Tick{Value: v}
				if math.Mod(k-first, every) == 0 {
					t.Label = plain(v)
				}
				ticks = append(ticks, t)
			}
			for _, m := range minor {
				if every > 1 {
					break
				}
				if e.min <= m*v && m*v <= e.max {
					ticks = append(ticks, gonum.Tick{Value: m * v})
				}
			}
		}
		if every > last-first || room(labels(ticks)) {
			return ticks
		}
	}
}

// decadeTicks are the powers of ten, with 2 and 5 times them labelled too where the range
// is short, and the other multiples as minor ticks.
func decadeTicks(e extent, room func([]string) bool) []gonum.Tick {
	if math.Log10(e.max/e.min) > 2 {
		return powerTicks(e, 10, []float64{2, 3, 4, 5, 6, 7, 8, 9}, room)
	}
	for _, labelled := range [][]bool{
		{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true},
		{1: true, 2: true, 3: true, 5: true, 9: false},
		{1: true, 2: true, 5: true, 9: false},
		{1: true, 3: true, 9: false},
		{1: true, 9: false},
	} {
		var ticks []gonum.Tick
		for k := math.Floor(math.Log10(e.min)); k <= math.Log10(e.max); k++ {
			for m := 1; m <= 9; m++ {
				v, _ := strconv.ParseFloat(strconv.Itoa(m)+"e"+strconv.Itoa(int(k)), 64)
				if v < e.min || v > e.max {
					continue
				}
				t := gonum.Tick{Value: v}
				if labelled[m] {
					t.Label = plain(v)
				}
				ticks = append(ticks, t)
			}
		}
		if n := len(labels(ticks)); n >= 2 && room(labels(ticks)) {
			return ticks
		}
	}
	return linearTicks(e, room) // within one decade: as on a linear axis
}

// plain writes a tick's value without an exponent where that is short.
func plain(v float64) string {
	if v >= 1e6 || v < 1e-4 {
		return strings.NewReplacer("e-0", "e-", "e+0", "e").Replace(strconv.FormatFloat(v, 'e', -1, 64))
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// minus sets a true minus sign, which is as wide as the digits.
func minus(label string) string {
	if label != "" && label[0] == '-' {
		return "−" + label[1:]
	}
	return label
}

// labels are the labels there are.
func labels(ticks []gonum.Tick) []string {
	var all []string
	for _, t := range ticks {
		if t.Label != "" {
			all = append(all, t.Label)
		}
	}
	return all
}

// across and along tell whether labels fit on a horizontal and on a vertical axis of this
// length.
func across(length vg.Length, style text.Style) func([]string) bool {
	return func(labels []string) bool {
		widest := vg.Length(0)
		for _, l := range labels {
			widest = max(widest, style.Width(l))
		}
		return vg.Length(len(labels))*(widest+9) <= length
	}
}

func along(length vg.Length, style text.Style) func([]string) bool {
	return func(labels []string) bool {
		return vg.Length(len(labels))*style.Height("0")*1.7 <= length
	}
}

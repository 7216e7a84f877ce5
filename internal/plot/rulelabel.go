package plot

import (
	"math"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// labelRules writes every rule's label along it, on the side and at the height where it
// covers the fewest lines and points.
func labelRules(c *axes, p *Panel, styles map[string]Style) {
	taken := map[*Rule][][]vg.Point{}
	for _, m := range p.Marks {
		rule, ok := m.(*Rule)
		if !ok || rule.Label == "" {
			continue
		}
		style := sans(ruleSize)
		var obstacles [][]vg.Point
		for _, other := range p.Marks {
			if other != m {
				obstacles = append(obstacles, other.outline(c)...)
			}
		}
		for _, boxes := range taken {
			obstacles = append(obstacles, boxes...)
		}
		box, free := rule.place(c, style, obstacles)
		if !free { // then at least readable
			c.SetColor(paper)
			c.Fill(box.Path())
		}
		taken[rule] = [][]vg.Point{
			{box.Min, box.Max},
			{{X: box.Min.X, Y: box.Max.Y}, {X: box.Max.X, Y: box.Min.Y}},
		}
		style.Color = legible(styleOf(m, styles).Color)
		style.YAlign = text.YBottom
		at := vg.Point{X: box.Min.X, Y: box.Min.Y + style.FontExtents().Descent}
		if !rule.Horizontal {
			style = upright(style)
			at = vg.Point{X: box.Max.X - style.FontExtents().Descent, Y: box.Min.Y}
		}
		c.FillText(style, at, rule.Label)
	}
}

// place finds the box of a rule's label that hits the fewest obstacles, and whether it
// hits none. Of equals it takes the one nearest the upper (right) end, right of (above)
// the rule.
func (m *Rule) place(c *axes, style text.Style, obstacles [][]vg.Point) (best vg.Rectangle, free bool) {
	const gap, places = 2.5, 24
	length, height := style.Width(m.Label), style.Height(m.Label)
	fewest := math.MaxInt
	for side := range 2 {
		for k := range places {
			part := vg.Length(places-1-k) / (places - 1)
			var box vg.Rectangle
			if m.Horizontal {
				box.Min.X = c.Min.X + 3 + part*(c.Max.X-c.Min.X-length-6)
				box.Min.Y = c.y(m.At) + gap
				if side == 1 {
					box.Min.Y = c.y(m.At) - gap - height
				}
				box.Max = vg.Point{X: box.Min.X + length, Y: box.Min.Y + height}
			} else {
				box.Min.Y = c.Min.Y + 3 + part*(c.Max.Y-c.Min.Y-length-6)
				box.Min.X = c.x(m.At) + gap
				if side == 1 {
					box.Min.X = c.x(m.At) - gap - height
				}
				box.Max = vg.Point{X: box.Min.X + height, Y: box.Min.Y + length}
			}
			if !inside(&c.Canvas, box) {
				continue
			}
			if n := hits(box, obstacles); n < fewest {
				best, fewest = box, n
			}
		}
	}
	if fewest == math.MaxInt { // the rule lies outside the panel or the panel is tiny
		return vg.Rectangle{}, true
	}
	return best, fewest == 0
}

func inside(c *draw.Canvas, box vg.Rectangle) bool {
	return c.Contains(box.Min) && c.Contains(box.Max)
}

// hits counts the steps of a point or so, along the obstacles, that fall into a box.
func hits(box vg.Rectangle, obstacles [][]vg.Point) int {
	const clearance = 1.5
	n := 0
	for _, line := range obstacles {
		for i := 1; i < len(line); i++ {
			a, d := line[i-1], line[i].Sub(line[i-1])
			steps := max(1, int(math.Hypot(float64(d.X), float64(d.Y))))
			for s := range steps + 1 {
				p := a.Add(d.Scale(vg.Length(s) / vg.Length(steps)))
				if p.X > box.Min.X-clearance && p.X < box.Max.X+clearance && p.Y > box.Min.Y-clearance && p.Y < box.Max.Y+clearance {
					n++
				}
			}
		}
	}
	return n
}

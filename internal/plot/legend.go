package plot

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend is the entries of a figure, in rows below its panels.
type legend struct {
	rows   [][]*entry
	height vg.Length
}

// entry is a name and how its thumbnail is drawn.
type entry struct {
	name  string
	thumb vg.Length // the thumbnail's width
	draw  []func(c *draw.Canvas, box vg.Rectangle)
}

const (
	thumbWidth  = 26
	thumbHeight = 9
	thumbGap    = 5
	entryGap    = 18
	rowHeight   = 15
)

// legend collects the named marks in the order of their first appearance and breaks them
// into rows that fit the width.
func (f *Figure) legend(styles map[string]Style, width vg.Length) (*legend, error) {
	var entries []*entry
	byName := map[string]*entry{}
	add := func(name string, thumb vg.Length, draw func(*draw.Canvas, vg.Rectangle)) {
		if name == "" {
			return
		}
		e, ok := byName[name]
		if !ok {
			e = &entry{name: name}
			byName[name] = e
			entries = append(entries, e)
		}
		e.thumb = max(e.thumb, thumb)
		e.draw = append(e.draw, draw)
	}
	f.each(func(_ *Panel, m Mark) {
		switch m := m.(type) {
		case *Contour:
			for i, name := range m.Names {
				add(name, thumbWidth, swatch(i, len(m.Names)))
			}
		case *Points:
			thumb := vg.Length(thumbHeight)
			if m.Join {
				thumb = thumbWidth
			}
			add(m.name(), thumb, thumbnail(m, styleOf(m, styles)))
		default:
			add(m.name(), thumbWidth, thumbnail(m, styleOf(m, styles)))
		}
	})
	for _, e := range entries {
		if err := fits("legend entry", e.name, sans(legendSize), width-e.thumb-thumbGap); err != nil {
			return nil, err
		}
	}
	l := &legend{rows: broken(entries, width)}
	for narrower := width; narrower > 0; narrower -= 4 { // rows of like length
		rows := broken(entries, narrower)
		if len(rows) > len(l.rows) || slices.ContainsFunc(rows, func(row []*entry) bool { return length(row) > width }) {
			break
		}
		l.rows = rows
	}
	if len(l.rows) > 0 {
		l.height = vg.Length(len(l.rows))*rowHeight + legendSpace
	}
	return l, nil
}

// broken are the entries in rows no longer than the width, or of one entry.
func broken(entries []*entry, width vg.Length) [][]*entry {
	var rows [][]*entry
	for _, e := range entries {
		last := len(rows) - 1
		if last < 0 || length(rows[last])+entryGap+e.width() > width {
			rows = append(rows, []*entry{e})
			continue
		}
		rows[last] = append(rows[last], e)
	}
	return rows
}

func (e *entry) width() vg.Length { return e.thumb + thumbGap + sans(legendSize).Width(e.name) }

func length(row []*entry) vg.Length {
	total := -vg.Length(entryGap)
	for _, e := range row {
		total += entryGap + e.width()
	}
	return total
}

// draw centres the rows, the first on top.
func (l *legend) draw(c draw.Canvas) {
	style := sans(legendSize)
	for r, row := range l.rows {
		x := c.Center().X - length(row)/2
		middle := c.Max.Y - legendSpace - (vg.Length(r)+0.5)*rowHeight
		for _, e := range row {
			box := vg.Rectangle{
				Min: vg.Point{X: x, Y: middle - thumbHeight/2},
				Max: vg.Point{X: x + e.thumb, Y: middle + thumbHeight/2},
			}
			for _, thumb := range e.draw {
				thumb(&c, box)
			}
			c.FillText(style, vg.Point{X: box.Max.X + thumbGap, Y: middle - 0.35*legendSize}, e.name)
			x += e.width() + entryGap
		}
	}
}

// thumbnail draws a mark in small.
func thumbnail(m Mark, s Style) func(*draw.Canvas, vg.Rectangle) {
	return func(c *draw.Canvas, box vg.Rectangle) {
		mid := (box.Min.Y + box.Max.Y) / 2
		line := []vg.Point{{X: box.Min.X, Y: mid}, {X: box.Max.X, Y: mid}}
		switch m := m.(type) {
		case *Line:
			c.StrokeLines(s.line(s.Width), line)
		case *Rule:
			c.StrokeLines(s.line(s.Width), line)
		case *Band:
			c.SetColor(tint(s.Color, 0.78))
			c.Fill(box.Path())
		case *Points:
			if m.Join {
				c.StrokeLines(s.line(0.6*s.Width), line)
			}
			s.Marker.draw(c, s.Color, vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: mid})
		}
	}
}

// swatch is the thumbnail of a contour's level.
func swatch(i, n int) func(*draw.Canvas, vg.Rectangle) {
	return func(c *draw.Canvas, box vg.Rectangle) {
		c.SetColor(levelColor(i, n))
		c.Fill(box.Path())
		c.SetLineStyle(solid(rgb(0x00344F), 0.6))
		c.Stroke(box.Path())
	}
}

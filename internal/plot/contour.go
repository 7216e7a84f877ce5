package plot

import "gonum.org/v1/plot/vg"

func (m *Contour) draw(c *axes, _ Style) {
	for i, level := range m.Levels {
		loops := isolines(m.X, m.Y, m.Z, level)
		var region vg.Path
		for _, loop := range loops {
			for k, v := range loop {
				if p := (vg.Point{X: c.x(v.x), Y: c.y(v.y)}); k == 0 {
					region.Move(p)
				} else {
					region.Line(p)
				}
			}
			region.Close()
		}
		if len(region) == 0 {
			continue
		}
		c.SetColor(levelColor(i, len(m.Levels)))
		c.Fill(region)
		c.StrokeLines(solid(rgb(0x00344F), 0.6), edges(c, loops)...)
	}
}

// outline is empty: labels may stand on the fill.
func (m *Contour) outline(*axes) [][]vg.Point { return nil }

// edges are the parts of the loops that are isolines rather than the end of the grid.
func edges(c *axes, loops [][]vertex) [][]vg.Point {
	var lines [][]vg.Point
	for _, loop := range loops {
		var line []vg.Point
		end := func() {
			if len(line) > 1 {
				lines = append(lines, line)
			}
			line = nil
		}
		last := loop[len(loop)-1]
		for k := range len(loop) + 1 { // once round, to the start
			v := loop[k%len(loop)]
			if v.sides&last.sides != 0 { // along the end of the grid
				end()
			}
			line = append(line, vg.Point{X: c.x(v.x), Y: c.y(v.y)})
			last = v
		}
		end()
	}
	return lines
}

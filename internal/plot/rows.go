package plot

import (
	"slices"
	"strconv"
)

// row is one plotted value; the text of what it lacks is empty.
type row struct{ panel, series, x, y, low, high, z string }

// Table is every plotted value in long form: panel, series, x, y, low, high and z, without
// the columns that nothing uses. Numbers have all their digits.
func (f *Figure) Table() (header []string, rows [][]string) {
	header = []string{"panel", "series", "x", "y", "low", "high", "z"}
	used := make([]bool, len(header))
	for r, panels := range f.Panels {
		for c, p := range panels {
			if p == nil {
				continue
			}
			for _, m := range p.Marks {
				for _, v := range m.rows() {
					v.panel = f.title(r, c)
					cells := []string{v.panel, v.series, v.x, v.y, v.low, v.high, v.z}
					for i, cell := range cells {
						used[i] = used[i] || cell != ""
					}
					rows = append(rows, cells)
				}
			}
		}
	}
	keep := func(cells []string) []string {
		i := -1
		return slices.DeleteFunc(cells, func(string) bool { i++; return !used[i] })
	}
	for i := range rows {
		rows[i] = keep(rows[i])
	}
	return keep(header), rows
}

func digits(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (m *Line) rows() []row {
	rows := make([]row, len(m.X))
	for i := range rows {
		rows[i] = row{series: m.Name, x: digits(m.X[i]), y: digits(m.Y[i])}
	}
	return rows
}

func (m *Points) rows() []row {
	rows := make([]row, len(m.X))
	for i := range rows {
		rows[i] = row{series: m.Name, x: digits(m.X[i]), y: digits(m.Y[i])}
		if m.Low != nil {
			rows[i].low, rows[i].high = digits(m.Low[i]), digits(m.High[i])
		}
	}
	return rows
}

func (m *Band) rows() []row {
	rows := make([]row, len(m.X))
	for i := range rows {
		rows[i] = row{series: m.Name, x: digits(m.X[i]), low: digits(m.Low[i]), high: digits(m.High[i])}
	}
	return rows
}

func (m *Rule) rows() []row {
	r := row{series: m.Label}
	if r.series == "" {
		r.series = m.Name
	}
	if m.Horizontal {
		r.y = digits(m.At)
	} else {
		r.x = digits(m.At)
	}
	return []row{r}
}

func (m *Contour) rows() []row {
	var rows []row
	for j, y := range m.Y {
		for i, x := range m.X {
			rows = append(rows, row{x: digits(x), y: digits(y), z: digits(m.Z[j][i])})
		}
	}
	return rows
}

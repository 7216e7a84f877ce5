package plot

import (
	"cmp"
	"slices"
	"strconv"
)

// Table is every plotted value in long form: panel, series, x, y, low, high and z, without
// the columns that nothing uses. Numbers have all their digits.
func (f *Figure) Table() (header []string, rows [][]string) {
	header = []string{"panel", "series", "x", "y", "low", "high", "z"}
	used := make([]bool, len(header))
	for i, p := range f.panels() {
		for _, m := range p.Marks {
			series, _ := m.look()
			if r, ok := m.(*Rule); ok {
				series = cmp.Or(r.Label, r.Name)
			}
			columns := m.columns()
			for k := range columns[0].values {
				row := make([]string, len(header))
				row[0], row[1] = f.title(i), series
				for _, c := range columns {
					row[slices.Index(header, c.name)] = strconv.FormatFloat(c.values[k], 'g', -1, 64)
				}
				for j, cell := range row {
					used[j] = used[j] || cell != ""
				}
				rows = append(rows, row)
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

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
	rows = [][]string{slices.Clone(header)}
	for i, p := range f.panels() {
		for _, m := range p.Marks {
			series, _ := m.look()
			if r, ok := m.(*Rule); ok {
				series = cmp.Or(r.Label, r.Name)
			}
			columns := m.columns(p)
			for k := range columns[0].values {
				row := make([]string, len(header))
				row[0], row[1] = f.title(i), series
				for _, c := range columns {
					row[slices.Index(header, c.name)] = strconv.FormatFloat(c.values[k], 'g', -1, 64)
				}
				rows = append(rows, row)
			}
		}
	}
	for j := len(header) - 1; j >= 0; j-- {
		if !slices.ContainsFunc(rows[1:], func(row []string) bool { return row[j] != "" }) {
			for i := range rows {
				rows[i] = slices.Delete(rows[i], j, j+1)
			}
		}
	}
	return rows[0], rows[1:]
}

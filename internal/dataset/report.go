package dataset

import (
	"fmt"
	"strings"
)

// Report is what was understood of a table.
type Report struct {
	Path    string         `json:"path"`
	Rows    int            `json:"rows"` // that are used
	Format  Format         `json:"format,omitzero"`
	Inputs  []ColumnReport `json:"inputs"`
	Targets []ColumnReport `json:"targets"`
	Unused  []ColumnReport `json:"unused,omitempty"`
	Classes []ClassReport  `json:"classes,omitempty"`
	LeftOut []LeftOut      `json:"left_out,omitempty"`
	// Guesses say what was found out, a line each; Warnings what looks wrong.
	Guesses  []string `json:"guesses,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// ColumnReport says what one column is.
type ColumnReport struct {
	Name   string `json:"name"`
	Kind   Kind   `json:"kind,omitempty"`
	Detail string `json:"detail"`
	Inputs int    `json:"inputs,omitempty"`
}

// ClassReport is a class and its number of rows.
type ClassReport struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
}

// LeftOut is a number of rows and why they are not used.
type LeftOut struct {
	Why  string `json:"why"`
	Rows int    `json:"rows"`
}

func (r *Report) guess(format string, args ...any) {
	r.Guesses = append(r.Guesses, visible(fmt.Sprintf(format, args...)))
}

func (r *Report) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, visible(fmt.Sprintf(format, args...)))
}

// Majority is the share of the rows that are of the most frequent class; 0 for a regression.
func (r *Report) Majority() float64 {
	most, all := 0, 0
	for _, c := range r.Classes {
		most, all = max(most, c.Rows), all+c.Rows
	}
	return float64(most) / float64(max(all, 1))
}

// maxShown is the number of columns, or classes, that Lines shows one by one.
const maxShown = 24

// Lines are the report as a table of three columns: a name, a value and a remark.
func (r *Report) Lines() [][3]string {
	inputs := 0
	for _, c := range r.Inputs {
		inputs += c.Inputs
	}
	lines := [][3]string{{"rows", fmt.Sprint(r.Rows), r.leftOut()}}
	for _, c := range r.Targets {
		lines = append(lines, [3]string{"target", c.Name, c.Detail})
	}
	if len(r.Classes) > 0 {
		lines = append(lines, [3]string{"classes", r.classes(), fmt.Sprintf("majority %.1f %%",
			100*r.Majority())})
	}
	lines = append(lines, [3]string{"inputs", fmt.Sprint(inputs), fmt.Sprintf("from %d columns",
		len(r.Inputs))})
	lines = append(lines, columnLines(r.Inputs, "")...)
	lines = append(lines, columnLines(r.Unused, "unused")...)
	for i := range lines {
		for k, text := range lines[i] {
			lines[i][k] = visible(text)
		}
	}
	return lines
}

func columnLines(columns []ColumnReport, label string) [][3]string {
	var lines [][3]string
	for _, c := range columns[:min(len(columns), maxShown)] {
		value := string(c.Kind)
		if label != "" {
			value = label
		}
		lines = append(lines, [3]string{"  " + clip(c.Name), value, c.Detail})
	}
	if more := len(columns) - maxShown; more > 0 {
		lines = append(lines, [3]string{"  …", fmt.Sprintf("%d more", more), ""})
	}
	return lines
}

func (r *Report) leftOut() string {
	var parts []string
	for _, l := range r.LeftOut {
		parts = append(parts, fmt.Sprintf("%d left out: %s", l.Rows, l.Why))
	}
	return strings.Join(parts, "; ")
}

func (r *Report) classes() string {
	var parts []string
	for _, c := range r.Classes[:min(len(r.Classes), maxShown)] {
		parts = append(parts, fmt.Sprintf("%s %d", clip(c.Name), c.Rows))
	}
	text := strings.Join(parts, ", ")
	if more := len(r.Classes) - maxShown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

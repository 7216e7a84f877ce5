package dataset

import "fmt"

// Limits bound what a table may have, so that a file that is no table is refused before it fills
// the memory. 0 stands for the default.
type Limits struct {
	Line    int `json:"line,omitempty"`    // bytes of a line
	Field   int `json:"field,omitempty"`   // bytes of a field
	Columns int `json:"columns,omitempty"` //
	Classes int `json:"classes,omitempty"` //
}

// DefaultLimits are those that hold when nothing else is asked for.
func DefaultLimits() Limits {
	return Limits{Line: maxRecord, Field: 1 << 20, Columns: maxColumns, Classes: 10_000}
}

// filled puts defaults where nothing is asked for.
func (l Limits) filled() Limits {
	d := DefaultLimits()
	for _, p := range [][2]*int{{&l.Line, &d.Line}, {&l.Field, &d.Field}, {&l.Columns, &d.Columns},
		{&l.Classes, &d.Classes}} {
		if *p[0] <= 0 {
			*p[0] = *p[1]
		}
	}
	return l
}

// checkColumns refuses more columns than there may be.
func (l Limits) checkColumns(n int) error {
	if n > l.Columns {
		return fmt.Errorf("expected at most %d columns, found %d; --max-columns allows more", l.Columns,
			n)
	}
	return nil
}

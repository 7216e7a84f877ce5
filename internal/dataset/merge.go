package dataset

import (
	"cmp"
	"math"
	"slices"
)

// mergers look for different values that become the same once they are standardised and rounded to
// float32, in the columns of numbers of a schema and then its targets.
type mergers []merger

// merger looks at one column. It keeps the values of the first rows, unless they cannot merge.
type merger struct {
	name  string
	pairs []mergerPair // by row; nil if no values can merge
}

type mergerPair struct {
	value  float64
	scaled float32
	there  bool
}

// mergerRows is the number of rows that are looked at.
const mergerRows = 1 << 17

// newMergers prepares the search in a table of so many rows.
func (u *understanding) newMergers() mergers {
	all := make(mergers, 0, len(u.schema.Columns)+len(u.schema.Targets))
	add := func(columns []Column, places []int) {
		for i := range columns {
			m := merger{name: columns[i].Name}
			if columns[i].Kind == KindNumber && u.survey.columns[places[i]].mayMerge(&columns[i]) {
				m.pairs = make([]mergerPair, min(len(u.survey.rows), mergerRows))
			}
			all = append(all, m)
		}
	}
	add(u.schema.Columns, u.places)
	add(u.schema.Targets, u.aims)
	return all
}

// mayMerge reports whether the smallest difference between two different decimals of the column may
// be below what float32 tells apart at the largest standardised value.
func (s *columnSurvey) mayMerge(c *Column) bool {
	if s.inexact {
		return true
	}
	middle := c.origin.value + c.Mean
	largest := max(s.max-middle, middle-s.min) / c.Std
	_, exponent := math.Frexp(largest) // largest < 2^exponent
	return 1/tens[s.scale]/c.Std < 1.001*math.Ldexp(1, exponent-24)
}

// look takes in the value of row i.
func (m *merger) look(i int, value float64, scaled float32) {
	if i < len(m.pairs) {
		m.pairs[i] = mergerPair{value, scaled, true}
	}
}

// count returns how many different values there are, and how many of them become the same as a
// smaller one.
func (m *merger) count() (different, merged int) {
	pairs := slices.DeleteFunc(m.pairs, func(p mergerPair) bool { return !p.there })
	slices.SortFunc(pairs, func(a, b mergerPair) int { return cmp.Compare(a.value, b.value) })
	for i, p := range pairs {
		switch {
		case i > 0 && p.value == pairs[i-1].value:
			continue
		case i > 0 && p.scaled == pairs[i-1].scaled:
			merged++
		}
		different++
	}
	return different, merged
}

// remark warns of columns in which more values merge than chance makes of so many.
func (all mergers) remark(r *Report) {
	for i := range all {
		different, merged := all[i].count()
		// Of n values spread evenly over some octaves of float32, about n²/2e7 pairs are one.
		n := float64(different)
		if chance := n * n / 2e7; float64(merged) > chance+3*math.Sqrt(chance)+0.5 {
			r.warn("column %q: %d of %d different values become the same as others in float32 once scaled",
				clip(all[i].name), merged, different)
		}
	}
}

package dataset

import "math"

// mergers look for different values that become the same once they are standardised and rounded to
// float32, in the columns of numbers of a schema and then its targets.
type mergers []merger

// merger looks at one column.
type merger struct {
	name              string
	possible          bool // values can merge
	*seen                  // so far; nil before the first
	different, merged int32
}

// seen are the values that a merger has seen, and what they become.
type seen struct{ values, scaled distinct }

// mergerRows is the number of rows that are looked at.
const mergerRows = 1 << 15

// newMergers prepares the search.
func (u *understanding) newMergers() mergers {
	all := make(mergers, 0, len(u.schema.Columns)+len(u.schema.Targets))
	add := func(columns []Column, places []int) {
		for i := range columns {
			all = append(all, merger{name: columns[i].Name, possible: columns[i].Kind == KindNumber &&
				u.survey.columns[places[i]].mayMerge(&columns[i])})
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

// look takes in a value: if it is a new one, it merges with another where its scaled one is not.
func (m *merger) look(value float64, scaled float32) {
	if m.possible && m.seen == nil {
		m.seen = &seen{}
	}
	if m.possible && m.values.add(math.Float64bits(value)) {
		m.different++
		if !m.scaled.add(uint64(math.Float32bits(scaled))) {
			m.merged++
		}
	}
}

// distinct is a set of the bits of finite numbers: a table with open addressing, where 0 is free.
type distinct struct {
	slots []uint64 // a power of two of them
	used  int
}

// add reports whether the bits are new.
func (d *distinct) add(bits uint64) bool {
	const least = 64
	if 2*d.used >= len(d.slots) {
		before := d.slots
		d.slots, d.used = make([]uint64, max(least, 4*len(before))), 0
		for _, x := range before {
			if x != 0 {
				d.insert(x)
			}
		}
	}
	return d.insert(bits + 1)
}

func (d *distinct) insert(x uint64) bool {
	const mixer = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio
	mask := uint64(len(d.slots) - 1)
	for at := x * mixer >> 32 & mask; ; at = (at + 1) & mask {
		switch d.slots[at] {
		case 0:
			d.slots[at] = x
			d.used++
			return true
		case x:
			return false
		}
	}
}

// clear forgets all values, but not their memory.
func (s *seen) clear() {
	clear(s.values.slots)
	clear(s.scaled.slots)
	s.values.used, s.scaled.used = 0, 0
}

// remark warns of columns in which more values merge than chance makes of so many.
func (all mergers) remark(r *Report) {
	for i := range all {
		different, merged := all[i].different, all[i].merged
		// Of n values spread evenly over some octaves of float32, about n²/2e7 pairs are one.
		n := float64(different)
		if chance := n * n / 2e7; float64(merged) > chance+3*math.Sqrt(chance)+0.5 {
			r.warn("column %q: %d of %d different values become the same as others in float32 once scaled",
				clip(all[i].name), merged, different)
		}
	}
}

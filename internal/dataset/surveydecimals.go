package dataset

import "slices"

// addDecimals is readInputs' work on a batch of nothing but decimals, column by column. It puts
// them on the shelf; values is scratch memory.
func (s *survey) addDecimals(b *batch, d *dealing, values []float64) {
	if b.first == 0 {
		s.shelf.begin(d)
	}
	training, all := make([]int32, 0, batchRows), true // rows
	for i := range b.lines {
		if d.trains(b.first + i) {
			training = append(training, int32(i))
		}
		all = all && s.rows[b.first+i] != leftOut
	}
	ms := make([]int32, len(b.lines))
	for k, j := range slices.Concat(s.inputs, s.targets) {
		c, m := s.columns[j], &s.fits[j]
		scale, short := b.column(ms, j, s.shelf.scale(k))
		if k < len(s.inputs) || s.shelf.targets != nil {
			s.shelf.column(k, ms, scale, short, b.first == 0)
		}
		if k < len(s.inputs) && !(short && all && s.addShort(c, ms, scale, b.lines)) {
			s.addColumn(b, j)
		}
		m.addBatch(m.gatherDecimals(values[:0], c.origin, b, j, ms, scale, short, training))
	}
	s.shelf.keep(len(b.lines), b.first, d)
}

// column fills ms with the mantissas of column j at the given scale or the largest that one of them
// has, or reports false where one is none of an int32.
func (b *batch) column(ms []int32, j int, scale uint8) (_ uint8, short bool) {
	for i := range ms {
		scale = max(scale, b.decimals[i*b.width+j].scale)
	}
	for i := range ms {
		v := b.decimals[i*b.width+j]
		if v.scale != scale {
			m, fits := multiply(v.mantissa, intTens[scale-v.scale])
			if !fits {
				return scale, false
			}
			v.mantissa = m
		}
		if ms[i] = int32(v.mantissa); int64(ms[i]) != v.mantissa {
			return scale, false
		}
	}
	return scale, true
}

// addColumn counts the values of column j one by one.
func (s *survey) addColumn(b *batch, j int) {
	c := s.columns[j]
	for i, line := range b.lines {
		if class := s.rows[b.first+i]; class != leftOut {
			target := b.decimals[i*b.width+s.targets[0]].number().value
			v := cell{number: b.decimals[i*b.width+j].number(), kind: cellNumber}
			s.addInput(c, &v, line, class, target)
		}
	}
}

// addShort counts the values of an input column in whole batches, all rows of which are used. It
// reports false, and has done nothing, where a value may have to be looked at by itself.
func (s *survey) addShort(c *columnSurvey, ms []int32, scale uint8, lines []int) bool {
	if !c.many || c.same || c.repeats && s.classes != nil || c.counting || c.whole && scale > 0 {
		return false
	}
	least, most := 0, 0
	for i, m := range ms {
		if m < ms[least] {
			least = i
		}
		if m > ms[most] {
			most = i
		}
	}
	value := func(i int) float64 { return float64(ms[i]) / tens[scale] }
	low, high := value(least), value(most)
	if low <= -99 || high >= 9999 { // as all sentinels are
		return false
	}
	c.numbers += len(ms)
	c.last, c.scale = value(len(ms)-1), max(c.scale, scale)
	if low < c.min {
		c.min, c.minLine = low, lines[least]
	}
	if high > c.max {
		c.max, c.maxLine = high, lines[most]
	}
	c.restMin, c.restMax = min(c.restMin, low), max(c.restMax, high)
	return true
}

// gatherDecimals is gather for a batch of decimals, of whose rows training are for that.
func (m *moments) gatherDecimals(values []float64, origin number, b *batch, j int, ms []int32,
	scale uint8,
	short bool, training []int32) []float64 {
	start, fits := origin.at(scale)
	if !short || !fits {
		for _, i := range training {
			n := b.decimals[int(i)*b.width+j].number()
			m.min, m.max = min(m.min, n.value), max(m.max, n.value)
			values = append(values, n.minus(origin))
		}
		return values
	}
	if len(training) == 0 {
		return values
	}
	ten := tens[scale]
	low, high := ms[training[0]], ms[training[0]]
	for _, i := range training {
		low, high = min(low, ms[i]), max(high, ms[i])
		values = append(values, float64(int64(ms[i])-start)/ten)
	}
	m.min, m.max = min(m.min, float64(low)/ten), max(m.max, float64(high)/ten)
	return values
}

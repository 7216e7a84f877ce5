package dataset

import "slices"

// addShorts counts a batch of nothing but short decimals, column by column. All its rows are used.
func (s *survey) addShorts(b *batch) error {
	for i, line := range b.lines {
		v := cell{number: b.shorts.number(i, s.targets[0]), kind: cellNumber}
		class, err := s.class(&v, line)
		if err != nil {
			return err
		}
		s.rows = append(s.rows, class)
	}
	s.kept += len(b.lines)
	for _, j := range s.targets {
		if c := s.columns[j]; !s.addRange(c, b, j, nil) {
			for i, line := range b.lines {
				v := cell{number: b.shorts.number(i, j), kind: cellNumber}
				c.add(&v, line, maxLevels)
			}
		}
	}
	for _, j := range s.inputs {
		if !s.addRange(s.columns[j], b, j, s.rows[b.first:]) {
			s.addColumn(b, j)
		}
	}
	s.shelf.addShorts(b, s.columns)
	return nil
}

// addColumn counts the values of input column j one by one.
func (s *survey) addColumn(b *batch, j int) {
	c := s.columns[j]
	for i, line := range b.lines {
		v := cell{number: b.shorts.number(i, j), kind: cellNumber}
		s.addInput(c, &v, line, s.rows[b.first+i])
		for t := 0; c.same>>t != 0 && t < len(s.targets); t++ {
			target := cell{number: b.shorts.number(i, s.targets[t]), kind: cellNumber}
			c.compare(t, &v, &target)
		}
	}
}

// addRange counts the values of column j all at once. It reports false, and has done nothing,
// where a value may have to be looked at by itself. The classes are those of the rows, nil for a
// target.
func (s *survey) addRange(c *columnSurvey, b *batch, j int, classes []int32) bool {
	scale := b.scales[j]
	if c.same&(1<<len(s.targets)-1) != 0 && classes != nil || c.counting || c.numbers == 0 ||
		c.texts > 0 {
		return false
	}
	low, high := float64(b.low[j])/tens[scale], float64(b.high[j])/tens[scale]
	if (low <= -99 || high >= 9999) && b.hasSentinel(j) {
		return false
	}
	c.numbers += len(b.lines)
	c.last, c.scale = b.shorts.number(len(b.lines)-1, j).value, max(c.scale, scale)
	c.whole = c.whole && b.whole(j)
	if low < c.min {
		c.min, c.minLine = low, b.lineOf(j, b.low[j])
	}
	if high > c.max {
		c.max, c.maxLine = high, b.lineOf(j, b.high[j])
	}
	c.restMin, c.restMax = min(c.restMin, low), max(c.restMax, high)
	c.addLevels(b, j, classes)
	return true
}

// codes remember the levels of short decimals, so that most are found without a map.
type codes struct {
	scale   uint8
	entries [32]struct{ m, level int32 } // level + 1; 0 for none
}

// addLevels counts the levels of column j until there are too many, and pairs them with the classes
// of the rows, if there are any.
func (c *columnSurvey) addLevels(b *batch, j int, classes []int32) {
	if c.many {
		c.repeats = c.repeats && classes == nil
		return
	}
	scale := b.scales[j]
	if len(b.lines) < len(c.codes.entries) { // so few that they do not pay
		for i := range b.lines {
			v := cell{number: b.shorts.number(i, j), kind: cellNumber}
			if !c.addLevel(c.levels.add(&v), i, classes) {
				return
			}
		}
		return
	}
	if c.codes == nil || c.codes.scale != scale {
		c.codes = &codes{scale: scale}
	}
	for i, at := 0, j; at < len(b.values); i, at = i+1, at+b.width {
		m := b.values[at]
		e := &c.codes.entries[uint32(m)%uint32(len(c.codes.entries))]
		if e.level > 0 && e.m == m {
			c.levels.counts[e.level-1]++
		} else {
			v := cell{number: shortNumber(m, scale), kind: cellNumber}
			e.m, e.level = m, c.levels.add(&v)+1
		}
		if !c.addLevel(e.level-1, i, classes) {
			return
		}
	}
}

// addLevel takes in that row i has the given level, or reports false where there are too many.
func (c *columnSurvey) addLevel(level int32, i int, classes []int32) bool {
	if c.many = len(c.levels.names) > maxLevels; c.many {
		c.repeats = c.repeats && classes == nil
		return false
	}
	if c.repeats && classes != nil {
		c.pairLevel(level, classes[i])
	}
	return true
}

// hasSentinel reports whether one of the values of column j may stand for a missing one.
func (b *batch) hasSentinel(j int) bool {
	for i := range b.lines {
		if x := b.shorts.number(i, j).value; (x <= -99 || x >= 9999) &&
			slices.Contains(sentinelNumbers[:], x) {
			return true
		}
	}
	return false
}

// whole reports whether column j holds integers.
func (b *batch) whole(j int) bool {
	if b.scales[j] == 0 {
		return true
	}
	one := int32(intTens[b.scales[j]])
	for at := j; at < len(b.values); at += b.width {
		if b.values[at]%one != 0 {
			return false
		}
	}
	return true
}

// lineOf is the line of the first record that has m in column j.
func (b *batch) lineOf(j int, m int32) int {
	i := 0
	for b.shorts.row(i)[j] != m {
		i++
	}
	return b.lines[i]
}

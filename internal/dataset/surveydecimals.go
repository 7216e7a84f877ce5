package dataset

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
		if c := s.columns[j]; !s.addRange(c, b, j) {
			for i, line := range b.lines {
				v := cell{number: b.shorts.number(i, j), kind: cellNumber}
				c.add(&v, line, maxLevels)
			}
		}
	}
	for _, j := range s.inputs {
		if !s.addRange(s.columns[j], b, j) {
			s.addColumn(b, j)
		}
	}
	s.shelf.addShorts(b, s.columns)
	return nil
}

// addColumn counts the values of input column j one by one.
func (s *survey) addColumn(b *batch, j int) {
	c, target := s.columns[j], s.targets[0]
	for i, line := range b.lines {
		v := cell{number: b.shorts.number(i, j), kind: cellNumber}
		s.addInput(c, &v, line, s.rows[b.first+i], b.shorts.number(i, target).value)
	}
}

// addRange counts the values of column j all at once, of which there are many different ones. It
// reports false, and has done nothing, where a value may have to be looked at by itself.
func (s *survey) addRange(c *columnSurvey, b *batch, j int) bool {
	scale := b.scales[j]
	if !c.many || c.same || c.repeats && s.classes != nil || c.counting || c.whole && scale > 0 {
		return false
	}
	least, most := b.low[j], b.high[j]
	low, high := float64(least)/tens[scale], float64(most)/tens[scale]
	if low <= -99 || high >= 9999 { // as all sentinels are
		return false
	}
	c.numbers += len(b.lines)
	c.last, c.scale = b.shorts.number(len(b.lines)-1, j).value, max(c.scale, scale)
	if low < c.min {
		c.min, c.minLine = low, b.lineOf(j, least)
	}
	if high > c.max {
		c.max, c.maxLine = high, b.lineOf(j, most)
	}
	c.restMin, c.restMax = min(c.restMin, low), max(c.restMax, high)
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

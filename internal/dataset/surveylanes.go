package dataset

import (
	"math"
	"slices"
)

// addLanes counts a batch that has been read into lanes, column by column.
func (s *survey) addLanes(b *batch) error {
	first := len(s.rows)
	for range b.rows {
		s.rows = append(s.rows, 0)
	}
	kept := s.removeRows(b)
	classes := s.rows[first : first+b.rows]
	if err := s.addClasses(b, classes); err != nil {
		return err
	}
	s.kept += b.rows
	if b.rows > 0 {
		for _, j := range s.targets {
			s.addColumn(b, j, maxLevels, nil)
		}
		for _, j := range s.inputs {
			s.addColumn(b, j, maxCategories, classes)
		}
		s.shelf.addLanes(b, s.columns)
	}
	if kept != nil { // from the last one on, as they are there in front of their places
		all := s.rows[first:]
		for i, k := len(all)-1, len(kept)-1; i >= 0; i-- {
			if k >= 0 && int(kept[k]) == i {
				all[i] = all[k]
				k--
			} else {
				all[i] = leftOut
			}
		}
	}
	return nil
}

// removeRows takes the rows out of a batch that have no target, or no value of an input where those
// are left out, and returns which are kept; nil if all are.
func (s *survey) removeRows(b *batch) (kept []int32) {
	lacks := func(j int) bool { return b.missing[j] > 0 }
	if !slices.ContainsFunc(s.targets, lacks) && !(s.drop && slices.ContainsFunc(s.inputs, lacks)) {
		return nil
	}
	kept = make([]int32, 0, b.rows)
	for i := range b.rows {
		row := b.lanes.row(i)
		lacks := func(j int) bool { return row[j] == missingSlot }
		if slices.ContainsFunc(s.targets, lacks) {
			if s.unaimed++; s.unaimed == 1 {
				s.line = b.lines[i]
			}
			continue
		}
		if at := slices.IndexFunc(s.inputs, lacks); s.drop && at >= 0 {
			s.holes++
			s.columns[s.inputs[at]].missing++
			continue
		}
		b.lines[len(kept)] = b.lines[i]
		kept = append(kept, int32(i))
	}
	b.lanes.remove(kept)
	return kept
}

// addClasses counts the classes of a batch, and fills them in.
func (s *survey) addClasses(b *batch, classes []int32) error {
	j := s.targets[0]
	if c := s.columns[j]; s.hasty && c.many && !c.whole && c.texts == 0 && s.classes != nil {
		s.forgetClasses()
	}
	for i := range classes {
		if s.classes == nil {
			clear(classes)
			return nil
		}
		var known *int32
		switch m := b.lanes.row(i)[j]; b.kinds[j] {
		case laneWords:
			known = &b.beside[j].words.entries[m].class
		case laneShort:
			known = s.classCodes.find(m, b.scales[j])
		}
		if known != nil && *known >= 0 {
			s.classes.counts[*known]++
			classes[i] = *known
			continue
		}
		v := b.lanes.value(i, j)
		class, err := s.class(&v, b.lines[i])
		if err != nil {
			return err
		}
		if classes[i] = class; known != nil {
			*known = class
		}
	}
	return nil
}

// addColumn counts the values of column j, which may hold up to limit distinct texts; classes are
// those of the rows, nil for a target.
func (s *survey) addColumn(b *batch, j, limit int, classes []int32) {
	c := s.columns[j]
	switch {
	case b.kinds[j] == laneWords && s.addWords(c, b, j, limit, classes):
	case b.kinds[j] != laneWords && s.addNumbers(c, b, j, classes):
	default:
		for i := range b.rows {
			s.addValue(c, b, i, j, limit, classes)
		}
	}
}

// addValue counts the value of column j in row i, and returns its level.
func (s *survey) addValue(c *columnSurvey, b *batch, i, j, limit int,
	classes []int32) (level int32) {
	v := b.lanes.value(i, j)
	level = c.add(&v, b.lines[i], limit)
	if classes == nil {
		return level
	}
	if s.classes != nil && c.repeats {
		c.pair(level, classes[i])
	}
	for t := 0; c.same>>t != 0 && t < len(s.targets); t++ {
		target := b.lanes.value(i, s.targets[t])
		c.compare(t, &v, &target)
	}
	return level
}

// addWords counts the values of column j, a text that has come before in the batch in no time. It
// reports false, and has done nothing, where each may have to be looked at by itself.
func (s *survey) addWords(c *columnSurvey, b *batch, j, limit int, classes []int32) bool {
	if c.odd == nil || !c.odd.plain || c.texts < sampleRecords {
		return false
	}
	entries := b.beside[j].words.entries
	pairs := classes != nil && s.classes != nil
	for i, at := 0, j; i < b.rows; i, at = i+1, at+b.width {
		m := b.slots[at]
		if m == missingSlot || !entries[m].added || entries[m].kind == cellNumber {
			level := s.addValue(c, b, i, j, limit, classes)
			if m != missingSlot {
				entries[m].level, entries[m].added = level, true
			}
			continue
		}
		if entries[m].times++; pairs && c.repeats {
			c.pair(entries[m].level, classes[i])
		}
	}
	for m := range entries {
		e := &entries[m]
		if c.texts += int(e.times); e.level >= 0 && e.times > 0 && !c.many {
			c.levels.counts[e.level] += int(e.times)
		}
		e.times = 0
	}
	return true
}

// oneByOne reports whether each number of a column has to be looked at: it may be a target's, or
// the next one of a count, or is the first, or is among texts.
func (s *survey) oneByOne(c *columnSurvey, classes []int32) bool {
	return c.same&(1<<len(s.targets)-1) != 0 && classes != nil || c.counting || c.numbers == 0 ||
		c.texts > 0
}

// addNumbers counts the values of column j, numbers, all at once. It reports false, and has done
// nothing, where a value may have to be looked at by itself: a long one for its level, too.
func (s *survey) addNumbers(c *columnSurvey, b *batch, j int, classes []int32) bool {
	numbers, long := b.rows-int(b.missing[j]), b.kinds[j] == laneLong
	if s.oneByOne(c, classes) || numbers == 0 || long && (!c.many || numbers < b.rows) {
		return false
	}
	if numbers < b.rows {
		if c.missing == 0 {
			c.firstMissing = b.firstLine(j, func(v *cell) bool { return v.kind == cellMissing })
		}
		c.missing += b.rows - numbers
	}
	x := b.shortSpan(j)
	if long {
		x = longSpan(b.beside[j].numbers[:b.rows])
	}
	lower, higher := c.addSpan(x)
	if lower {
		c.minLine = b.lineOf(j, x.low)
	}
	if higher {
		c.maxLine = b.lineOf(j, x.high)
	}
	switch {
	case !mayBeSentinel(x.low) && !mayBeSentinel(x.high):
		c.addRestRange(x.low, x.high)
	case long:
		for _, n := range b.beside[j].numbers[:b.rows] {
			c.addRest(n.value)
		}
	default:
		c.addRests(b, j)
	}
	if s.classes == nil {
		classes = nil
	}
	c.addLevels(b, j, classes)
	return true
}

// shortSpan is that of column j, short decimals.
func (b *batch) shortSpan(j int) span {
	ten := tens[b.scales[j]]
	return span{b.rows - int(b.missing[j]), float64(b.low[j]) / ten, float64(b.high[j]) / ten,
		b.scales[j], b.whole(j), true}
}

// longSpan is that of at least one number.
func longSpan(numbers []number) span {
	x := span{len(numbers), numbers[0].value, numbers[0].value, 0, true, true}
	for i := range numbers {
		n := &numbers[i]
		if n.value < x.low {
			x.low = n.value
		}
		if n.value > x.high {
			x.high = n.value
		}
		x.scale, x.exact = max(x.scale, n.scale), x.exact && n.exact
		x.whole = x.whole && n.value == math.Trunc(n.value)
	}
	return x
}

// codes remember what goes with short decimals, so that most are found without a map.
type codes struct {
	scale   uint8
	entries [32]struct {
		m, code int32
		there   bool
	}
}

// find returns the code of m at a scale, which is −1 where there is none yet, to be filled in.
func (c *codes) find(m int32, scale uint8) *int32 {
	if c.scale != scale {
		*c = codes{scale: scale}
	}
	e := &c.entries[uint32(m)%uint32(len(c.entries))]
	if !e.there || e.m != m {
		e.m, e.code, e.there = m, -1, true
	}
	return &e.code
}

// addLevels counts the levels of column j until there are too many, and pairs them with the classes
// of the rows, if there are any.
func (c *columnSurvey) addLevels(b *batch, j int, classes []int32) {
	c.repeats = c.repeats && (classes == nil || !c.many && b.missing[j] == 0)
	switch pairs := c.repeats && classes != nil; {
	case c.many:
	case !pairs && int64(b.high[j])-int64(b.low[j]) < levelSpan:
		c.countLevels(b, j)
	default:
		c.eachLevel(b, j, classes)
	}
	c.repeats = c.repeats && (classes == nil || !c.many)
}

// eachLevel is addLevels of one value after the other.
func (c *columnSurvey) eachLevel(b *batch, j int, classes []int32) {
	if c.codes == nil && b.rows >= len(c.codes.entries) { // of fewer they do not pay
		c.codes = &codes{}
	}
	for i, at := 0, j; at < len(b.slots) && !c.many; i, at = i+1, at+b.width {
		m := b.slots[at]
		if m == missingSlot {
			continue
		}
		level := c.addLevel(m, b.scales[j])
		c.many = len(c.levels.names) > maxLevels
		if c.repeats && classes != nil && !c.many {
			c.pairLevel(level, classes[i])
		}
	}
}

// levelSpan is how far apart the values of a batch are at most that are counted by their places.
const levelSpan = 256

// countLevels is addLevels of values that are close to each other, and of no classes.
func (c *columnSurvey) countLevels(b *batch, j int) {
	var counts [levelSpan]int32
	var order [levelSpan]uint8 // in which they appear
	low, different := b.low[j], 0
	for at := j; at < len(b.slots); at += b.width {
		m := b.slots[at]
		if m == missingSlot {
			continue
		}
		place := uint8(m - low)
		if counts[place] == 0 {
			order[different] = place
			different++
		}
		counts[place]++
	}
	for _, place := range order[:different] {
		v := cell{number: shortNumber(low+int32(place), b.scales[j]), kind: cellNumber}
		level := c.levels.add(&v)
		c.levels.counts[level] += int(counts[place]) - 1
		if c.many = len(c.levels.names) > maxLevels; c.many {
			return
		}
	}
}

// addLevel counts the level of a short decimal, and returns it.
func (c *columnSurvey) addLevel(m int32, scale uint8) int32 {
	v := cell{kind: cellNumber}
	if c.codes == nil {
		v.number = shortNumber(m, scale)
		return c.levels.add(&v)
	}
	known := c.codes.find(m, scale)
	if *known >= 0 {
		c.levels.counts[*known]++
		return *known
	}
	v.number = shortNumber(m, scale)
	*known = c.levels.add(&v)
	return *known
}

// addRests counts the values of column j, short decimals, that may stand for missing ones, and the
// range of all others.
func (c *columnSurvey) addRests(b *batch, j int) {
	low, high, ten := b.low[j], b.high[j], tens[b.scales[j]]
	var marks [len(sentinelNumbers)]int32
	filter := uint64(0) // a bit of each, by which most other values are told
	for i, x := range sentinelNumbers {
		if m := x * ten; float64(low) <= m && m <= float64(high) && m == math.Trunc(m) {
			marks[i] = int32(m)
			filter |= filterBit(marks[i])
		}
	}
	low, high = math.MaxInt32, math.MinInt32
	for at := j; at < len(b.slots); at += b.width {
		m := b.slots[at]
		if filter&filterBit(m) != 0 && m != 0 {
			if i := slices.Index(marks[:], m); i >= 0 {
				c.sentinels[i]++
				continue
			}
		}
		if m != missingSlot {
			low, high = min(low, m), max(high, m)
		}
	}
	if low <= high {
		c.addRestRange(float64(low)/ten, float64(high)/ten)
	}
}

func filterBit(m int32) uint64 {
	const mixer = 0x9e3779b1 // 2^32 over the golden ratio
	return 1 << (uint32(m) * mixer >> 26)
}

// whole reports whether column j holds integers.
func (b *batch) whole(j int) bool {
	if b.scales[j] == 0 {
		return true
	}
	one := int32(intTens[b.scales[j]])
	for at := j; at < len(b.slots); at += b.width {
		if m := b.slots[at]; m%one != 0 && m != missingSlot {
			return false
		}
	}
	return true
}

// lineOf is the line of the first record that has the number x in column j.
func (b *batch) lineOf(j int, x float64) int {
	return b.firstLine(j, func(v *cell) bool { return v.kind == cellNumber && v.value == x })
}

// firstLine is the line of the first record, of which there is one, whose value of column j is
// looked for.
func (b *batch) firstLine(j int, wanted func(v *cell) bool) int {
	for i := 0; ; i++ {
		if v := b.lanes.value(i, j); wanted(&v) {
			return b.lines[i]
		}
	}
}

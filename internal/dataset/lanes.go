package dataset

import (
	"math"
	"slices"
)

// laneKind is how the values of a column are held that have not been made cells.
type laneKind uint8

const (
	laneShort laneKind = iota // short decimals: a slot is a mantissa
	laneLong                  // other plain numbers, which are kept beside the slots
	laneWords                 // all else: a slot is a place in a dictionary
)

// lanes are the values of a batch of plain records: a slot for each, which says as its column's
// lane does what it is, or is missingSlot. Survey and shelf take in a column of them at once.
type lanes struct {
	width, rows int
	slots       []int32 // row-major
	kinds       []laneKind
	scales      []uint8 // of short decimals, the largest that one of a column's values has
	low, high   []int32 // the smallest and largest of them; MaxInt32 and MinInt32 without one
	missing     []int32 // how many
	beside      []*beside
}

// beside is what a lane of long numbers or words has beside its slots.
type beside struct {
	numbers []number // by row
	words   dictionary
}

// laneOutcome is what became of a record or field.
type laneOutcome uint8

const (
	laneRead     laneOutcome = iota
	laneAgain                // the column has got another lane: the batch is to be read again
	laneDeclined             // not plain: the batch is to be made cells
)

// maxMisses is the number of batches that are read into lanes in vain before others are not. A test
// sets it.
var maxMisses int32 = 4

// plainText is a text whose records are read into lanes.
type plainText struct {
	text            []byte
	cells           *cellReader
	separator, mark byte
	limit           int // of a field, in bytes
	empty           int // fields of the record at hand
}

// there reports whether the batch has been read into lanes.
func (s *lanes) there() bool { return s.rows > 0 }

// shape makes room for rows of the given width. Lanes stay what they were for the batch before.
func (s *lanes) shape(rows, width int, r *cellReader) {
	s.width, s.rows = width, rows
	s.slots = slices.Grow(s.slots[:0], rows*width)[:rows*width]
	if len(s.kinds) != width {
		s.kinds, s.scales = make([]laneKind, width), make([]uint8, width)
		s.low, s.high = make([]int32, width), make([]int32, width)
		s.missing, s.beside = make([]int32, width), make([]*beside, width)
		for j, how := range r.readings {
			if how.rereads() {
				s.setLane(j, laneWords)
			}
		}
	}
	s.begin()
}

// begin forgets what has been read of the batch.
func (s *lanes) begin() {
	clear(s.scales)
	clear(s.missing)
	for j, kind := range s.kinds {
		s.low[j], s.high[j] = math.MaxInt32, math.MinInt32
		switch kind {
		case laneLong:
			x := s.beside[j]
			x.numbers = slices.Grow(x.numbers[:0], s.rows)[:s.rows]
		case laneWords:
			s.beside[j].words.clear()
		}
	}
}

func (s *lanes) setLane(j int, kind laneKind) {
	s.kinds[j] = kind
	if s.beside[j] == nil {
		s.beside[j] = &beside{}
	}
}

// row returns the slots of record i.
func (s *lanes) row(i int) []int32 { return s.slots[i*s.width : (i+1)*s.width] }

// value is that of record i in column j.
func (s *lanes) value(i, j int) cell {
	m := s.slots[i*s.width+j]
	switch {
	case m == missingSlot:
		return cell{kind: cellMissing}
	case s.kinds[j] == laneLong:
		return cell{number: s.beside[j].numbers[i], kind: cellNumber}
	case s.kinds[j] == laneWords:
		return s.beside[j].words.entries[m].cell
	}
	return cell{number: shortNumber(m, s.scales[j]), kind: cellNumber}
}

// splitLanes reads the records of a batch into lanes. It reports false, and leaves b without, where
// one is not plain.
func (c *textCursor) splitLanes(b *batch) bool {
	r := c.cells
	b.lanes.rows = 0
	if !r.plain || r.misses.Load() >= maxMisses {
		return false
	}
	in := plainText{text: b.texts, cells: r, separator: c.source.lay.separator, mark: r.decimal,
		limit: c.source.in.limits.Field}
	b.lanes.shape(len(b.ends), len(c.source.names), r)
	for i := 0; i < len(b.ends); i++ {
		switch b.lanes.read(i, &in, b.begins[i], b.ends[i]) {
		case laneAgain:
			b.lanes.begin()
			i = -1
		case laneDeclined:
			b.lanes.rows = 0
			r.misses.Add(1)
			return false
		}
	}
	return true
}

// read fills row i with the fields of the record text[begin:end]. It declines where there are more
// or fewer of them than columns, or nothing in any.
func (s *lanes) read(i int, in *plainText, begin, end int) laneOutcome {
	if end > begin && in.text[end-1] == '\r' {
		end--
	}
	if in.empty = 0; in.separator == ' ' {
		begin, end = in.withoutBlanks(begin, end)
	}
	record, at, j := in.text[:end], begin, 0
	for {
		if s.kinds[j] == laneShort {
			if j, at = s.readShorts(i, j, in, record, at); j == s.width {
				return laneRead
			}
		}
		for at < end && record[at] == ' ' {
			at++
		}
		behind, read := at, false
		if s.kinds[j] == laneLong {
			behind, read = scanNumber(&s.beside[j].numbers[i], in.text, record, at, in.mark, in.separator)
			read = read && in.ends(record, behind)
			s.slots[i*s.width+j] = 0
		}
		if !read {
			var outcome laneOutcome
			if behind, outcome = s.readOther(i, j, in, record, at); outcome != laneRead {
				return outcome
			}
		}
		if at = behind; in.separator == ' ' {
			at = skipBlanks(record, at)
		}
		j++
		if (at < end) != (j < s.width) || in.empty == s.width {
			return laneDeclined
		}
		if j == s.width {
			return laneRead
		}
		if in.separator != ' ' {
			at++
		}
	}
}

// readShorts reads short decimals, of a sign, some digits and a decimal mark, into row i from
// column j on, whose field is at the given place, and returns the first column that it has not
// read.
func (s *lanes) readShorts(i, j int, in *plainText, record []byte, at int) (next, place int) {
	text, separator, mark, row := in.text, in.separator, in.mark, s.row(i)
	kinds, scales := s.kinds[:len(row)], s.scales[:len(row)]
	low, high := s.low[:len(row)], s.high[:len(row)]
	for ; j < len(row) && kinds[j] == laneShort; j++ {
		begin := at
		v := eightBytes(text, at) // no line end is read over: what is behind it is not looked at
		for byte(v) == ' ' {
			at++
			v = eightBytes(text, at)
		}
		sign := ((v&0xff ^ '-') - 1) >> 63 // 1 for a minus, without a jump
		at, v = at+int(sign), v>>(8*sign)
		mantissa, digits, scale := v&0xff-'0', 1, 0
		switch next := byte(v >> 8); {
		case mantissa > 9:
			mantissa, digits = 0, 0
		case next == separator && next != ' ' && scales[j] == 0 && j < len(row)-1: // as codes are
			m := (int32(mantissa) ^ -int32(sign)) + int32(sign)
			row[j], low[j], high[j] = m, min(low[j], m), max(high[j], m)
			at += 2
			continue
		case next == separator || next == mark:
			at++
		default:
			mantissa, digits = eightDigits(eightBytes(text, at))
			if at += digits; digits == 8 && at < len(record) && record[at]-'0' <= 9 {
				mantissa, digits, at = mantissa*10+uint64(record[at]-'0'), 9, at+1
			}
		}
		if at < len(record) && record[at] == mark && mark != separator {
			at++
			var fraction uint64
			fraction, scale = eightDigits(eightBytes(text, at))
			mantissa = mantissa*powers[scale&15] + fraction
			digits += scale
			if usual := int(scales[j]); scale == usual { // so the next field need not wait for scale
				at += usual
			} else {
				at += scale
			}
		}
		last := j == len(row)-1
		switch {
		case digits == 0 || digits > shortDigits:
			return j, begin
		case at == len(record):
			if !last {
				return j, begin
			}
		case separator == ' ':
			more := skipBlanks(record, at)
			if more == at || (more < len(record)) == last {
				return j, begin
			}
			at = more
		case last || record[at] != separator:
			return j, begin
		default:
			at++
		}
		m := int32(mantissa)
		m = (m ^ -int32(sign)) + int32(sign)
		if int(scales[j]) != scale {
			var fits bool
			if m, fits = s.rescale(i, j, m, uint8(scale)); !fits {
				return j, begin
			}
		}
		row[j] = m
		low[j], high[j] = min(low[j], m), max(high[j], m)
	}
	return j, at
}

// withoutBlanks are the bounds of text[begin:end] without blanks around it, as of trimBlanks.
func (in *plainText) withoutBlanks(begin, end int) (int, int) {
	for begin < end && isBlank(in.text[begin]) {
		begin++
	}
	for begin < end && isBlank(in.text[end-1]) {
		end--
	}
	return begin, end
}

// ends reports whether a field ends at a place of a record.
func (in *plainText) ends(record []byte, at int) bool {
	return at == len(record) || record[at] == in.separator ||
		in.separator == ' ' && record[at] == '\t'
}

// fieldEnd is where the field at a place of a record ends.
func (in *plainText) fieldEnd(record []byte, at int) int {
	if in.separator == ' ' {
		for at < len(record) && !in.ends(record, at) {
			at++
		}
		return at
	}
	for ; at < len(record); at += 8 {
		if n := indexIn(eightBytes(in.text, at), in.separator); n < 8 {
			at += n
			break
		}
	}
	return min(at, len(record))
}

// readOther reads the field at the given place that is not what its lane usually has, and returns
// where it ends.
func (s *lanes) readOther(i, j int, in *plainText, record []byte, at int) (int, laneOutcome) {
	behind := in.fieldEnd(record, at)
	field, slot := trimBlanks(record[at:behind]), &s.slots[i*s.width+j]
	switch {
	case len(field) > in.limit:
		return 0, laneDeclined
	case len(field) == 0:
		in.empty++
		*slot = missingSlot
		s.missing[j]++
		return behind, laneRead
	case s.kinds[j] == laneWords:
		place, ok := s.beside[j].words.find(field, in.cells, j)
		if !ok {
			return 0, laneDeclined
		}
		if *slot = place; s.beside[j].words.entries[place].kind == cellMissing {
			*slot = missingSlot
			s.missing[j]++
		}
		return behind, laneRead
	}
	var v cell
	in.cells.read(&v, field, j)
	switch {
	case v.kind == cellMissing:
		*slot = missingSlot
		s.missing[j]++
	case v.kind == cellText || v.how != plainly:
		s.setLane(j, laneWords)
		return 0, laneAgain
	case s.kinds[j] == laneLong:
		s.beside[j].numbers[i], *slot = v.number, 0
	case !s.put(i, j, v.number):
		s.setLane(j, laneLong)
		return 0, laneAgain
	}
	return behind, laneRead
}

// put keeps a number in a lane of short decimals, or reports false where it does not fit.
func (s *lanes) put(i, j int, n number) (fits bool) {
	m := int32(n.mantissa)
	if !n.exact || n.scale > shortDigits || n.mantissa < -maxShort || n.mantissa > maxShort {
		return false
	}
	if fits = true; s.scales[j] != n.scale {
		m, fits = s.rescale(i, j, m, n.scale)
	}
	s.slots[i*s.width+j] = m
	s.low[j], s.high[j] = min(s.low[j], m), max(s.high[j], m)
	return fits
}

// rescale brings m, of row i and column j and the given scale, and the values above it to a common
// scale. It reports false where one of them is no longer short.
func (s *lanes) rescale(i, j int, m int32, scale uint8) (int32, bool) {
	has := s.scales[j]
	if scale < has {
		return scaledShort(m, has-scale)
	}
	for at := j; at < i*s.width; at += s.width {
		if s.slots[at] == missingSlot {
			continue
		}
		var fits bool
		if s.slots[at], fits = scaledShort(s.slots[at], scale-has); !fits {
			return 0, false
		}
	}
	if s.low[j] <= s.high[j] {
		s.low[j], _ = scaledShort(s.low[j], scale-has)
		s.high[j], _ = scaledShort(s.high[j], scale-has)
	}
	s.scales[j] = scale
	return m, true
}

// remove takes the rows out of the lanes that are not among the given ones.
func (s *lanes) remove(kept []int32) {
	for to, from := range kept {
		copy(s.row(to), s.row(int(from)))
		for j, kind := range s.kinds {
			if kind == laneLong {
				s.beside[j].numbers[to] = s.beside[j].numbers[from]
			}
		}
	}
	s.rows = len(kept)
	s.slots = s.slots[:s.rows*s.width]
	for j := range s.missing {
		s.missing[j], s.low[j], s.high[j] = 0, math.MaxInt32, math.MinInt32
		for at := j; at < len(s.slots); at += s.width {
			if m := s.slots[at]; m == missingSlot {
				s.missing[j]++
			} else {
				s.low[j], s.high[j] = min(s.low[j], m), max(s.high[j], m)
			}
		}
	}
}

package dataset

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A short decimal has at most nine digits, so that its mantissa at the scale of its column is an
// int32. Most numbers of most tables are short; batches of nothing else are not made cells.
const (
	shortDigits = 9
	maxShort    = 999_999_999
)

// maxMisses is the number of batches that are tried as short decimals in vain before others are
// not.
const maxMisses = 4

// shorts are the values of a batch of nothing but short decimals.
type shorts struct {
	width     int
	values    []int32 // mantissas, row-major
	scales    []uint8 // of the columns, the largest that one of their values has
	low, high []int32 // the smallest and largest of every column
}

// there reports whether the batch has been read as short decimals.
func (s *shorts) there() bool { return len(s.values) > 0 }

// shape makes room for rows of the given width.
func (s *shorts) shape(rows, width int) {
	s.width = width
	if cap(s.values) < rows*width {
		s.values = make([]int32, rows*width)
	}
	if len(s.scales) != width {
		s.scales, s.low, s.high = make([]uint8, width), make([]int32, width), make([]int32, width)
	}
	s.values = s.values[:rows*width]
}

// row returns the mantissas of record i.
func (s *shorts) row(i int) []int32 { return s.values[i*s.width : (i+1)*s.width] }

// number is the value of record i in column j.
func (s *shorts) number(i, j int) number { return shortNumber(s.row(i)[j], s.scales[j]) }

// shortNumber is m/10^scale.
func shortNumber(m int32, scale uint8) number {
	return number{value: float64(m) / tens[scale], mantissa: int64(m), scale: scale, exact: true}
}

// splitShorts makes short decimals, not cells, of a batch in which nothing else is; it reports
// false, and leaves b without, where it finds something else.
func (c *textCursor) splitShorts(b *batch) bool {
	r := c.cells
	b.values = b.values[:0]
	if !r.plain || r.misses.Load() >= maxMisses {
		return false
	}
	b.shorts.shape(len(b.ends), len(c.source.names))
	for i, end := range b.ends {
		if !b.shorts.read(i, b.texts, b.begins[i], end, c.source.lay.separator, r.decimal) {
			b.values = b.values[:0]
			r.misses.Add(1)
			return false
		}
	}
	b.shorts.findRange()
	return true
}

// findRange finds the smallest and largest value of every column.
func (s *shorts) findRange() {
	copy(s.low, s.row(0))
	copy(s.high, s.row(0))
	for at := s.width; at < len(s.values); at += s.width {
		low, high := s.low, s.high
		for j, m := range s.values[at : at+s.width] {
			low[j] = min(low[j], m)
			high[j] = max(high[j], m)
		}
	}
}

// read fills row i with the fields of the record text[begin:end], or reports false where one is not
// a sign, some digits and a decimal mark, or there are more or fewer fields.
func (s *shorts) read(i int, text []byte, begin, end int, separator, mark byte) bool {
	if end > begin && text[end-1] == '\r' {
		end--
	}
	record, at, row := text[:end], begin, s.row(i)
	for j := range row {
		if separator == ' ' {
			at = skipBlanks(record, at)
		}
		sign := 0
		if at < end && record[at] == '-' {
			sign = 1
		}
		at += sign
		mantissa, first, scale := uint64(0), at, 0
		for ; at < end && record[at]-'0' <= 9; at++ {
			mantissa = mantissa*10 + uint64(record[at]-'0')
		}
		digits := at - first
		if at < end && record[at] == mark && mark != separator {
			at++
			var v uint64
			if at+8 <= len(text) {
				v = binary.LittleEndian.Uint64(text[at:])
			} else {
				v = lastBytes(text, at)
			}
			var fraction uint64
			fraction, scale = eightDigits(v)
			mantissa = mantissa*powers[scale&15] + fraction
			digits, at = digits+scale, at+scale
		}
		if digits == 0 || digits > shortDigits {
			return false
		}
		m := int32(mantissa)
		m = (m ^ int32(-sign)) + int32(sign)
		if int(s.scales[j]) != scale || i == 0 {
			var fits bool
			if m, fits = s.rescale(i, j, m, uint8(scale)); !fits {
				return false
			}
		}
		row[j] = m
		switch {
		case at == end:
			if j < len(row)-1 {
				return false
			}
		case separator == ' ':
			more := skipBlanks(record, at)
			if more == at || (more < end) != (j < len(row)-1) {
				return false
			}
			at = more
		case record[at] != separator || j == len(row)-1:
			return false
		default:
			at++
		}
	}
	return true
}

// rescale brings m, of row i and column j and the given scale, and the values above it to a common
// scale. It reports false where one of them is no longer short.
func (s *shorts) rescale(i, j int, m int32, scale uint8) (int32, bool) {
	switch has := s.scales[j]; {
	case i == 0:
		s.scales[j] = scale
	case scale < has:
		return scaledShort(m, has-scale)
	case scale > has:
		for at := j; at < i*s.width; at += s.width {
			var fits bool
			if s.values[at], fits = scaledShort(s.values[at], scale-has); !fits {
				return 0, false
			}
		}
		s.scales[j] = scale
	}
	return m, true
}

// scaledShort is m·10^by, or false where that is no longer short.
func scaledShort(m int32, by uint8) (int32, bool) {
	x := int64(m) * intTens[by]
	return int32(x), -maxShort <= x && x <= maxShort
}

// eightDigits is the number that up to eight digits at the beginning of eight bytes of text make,
// the first byte lowest, and how many they are. Bytes that are no digits are found by the carry
// into their highest bit, and pairs, fours and eights of digits are joined by one product each
// (Lemire 2018).
func eightDigits(v uint64) (value uint64, n int) {
	v ^= 0x3030303030303030 // digits are now 0 … 9
	other := (v + 0x7676767676767676 | v) & 0x8080808080808080
	n = bits.TrailingZeros64(other) / 8 // right up to the first: no carry comes from a digit
	v <<= (64 - 8*n) & 127              // the last digit last, zeros in front
	v = v * (10<<8 + 1) >> 8 & 0x00ff00ff00ff00ff
	v = v * (100<<16 + 1) >> 16 & 0x0000ffff0000ffff
	return v * (10000<<32 + 1) >> 32, n
}

// powers are the powers of ten that a fraction of n digits makes room with.
var powers = [16]uint64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// lastBytes are fewer than eight bytes at the end of text, zeros behind them.
func lastBytes(text []byte, i int) uint64 {
	var tail [8]byte
	copy(tail[:], text[min(i, len(text)):])
	return binary.LittleEndian.Uint64(tail[:])
}

func skipBlanks(record []byte, i int) int {
	for i < len(record) && (record[i] == ' ' || record[i] == '\t') {
		i++
	}
	return i
}

// shortBits and bitsShort keep a short decimal in the memory of a float32.
func shortBits(m int32) float32 { return math.Float32frombits(uint32(m)) }
func bitsShort(x float32) int32 { return int32(math.Float32bits(x)) }

package dataset

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// decimal is a number of at most maxDigits digits as it was written, mantissa/10^scale.
type decimal struct {
	mantissa int64
	scale    uint8
}

// number is d with its value.
func (d decimal) number() number {
	return number{value: float64(d.mantissa) / tens[d.scale], mantissa: d.mantissa, scale: d.scale,
		exact: true}
}

// maxMisses is the number of batches that are tried as plain decimals in vain before others are
// not.
const maxMisses = 4

// splitDecimals makes decimals, not cells, of a batch in which nothing else is; it reports false,
// and leaves b without decimals, where it finds something else.
func (c *textCursor) splitDecimals(b *batch) bool {
	r, width := c.cells, len(c.source.names)
	b.decimals = b.decimals[:0]
	if !r.plain || r.misses.Load() >= maxMisses {
		return false
	}
	if n := len(b.ends) * width; cap(b.decimals) < n {
		b.decimals = make([]decimal, n)
	} else {
		b.decimals = b.decimals[:n]
	}
	for i, end := range b.ends {
		row := b.decimals[i*width : (i+1)*width]
		if !readDecimals(row, b.texts, b.begins[i], end, c.source.lay.separator, r.decimal) {
			b.decimals = b.decimals[:0]
			r.misses.Add(1)
			return false
		}
	}
	return true
}

// readDecimals fills row with the fields of the record text[begin:end], or reports false where one
// is not a sign, some digits and a decimal mark, or there are more or fewer fields.
func readDecimals(row []decimal, text []byte, begin, end int, separator, mark byte) bool {
	if end > begin && text[end-1] == '\r' {
		end--
	}
	record, i := text[:end], begin
	for j := range row {
		if separator == ' ' {
			i = skipBlanks(record, i)
		}
		negative := i < end && record[i] == '-'
		if negative {
			i++
		}
		mantissa, first, scale := uint64(0), i, 0
		for ; i < end && record[i]-'0' <= 9; i++ {
			mantissa = mantissa*10 + uint64(record[i]-'0')
		}
		digits := i - first
		if i < end && record[i] == mark && mark != separator {
			mantissa, scale = addDigits(text, i+1, mantissa)
			digits, i = digits+scale, i+1+scale
		}
		if digits == 0 || digits > maxDigits || mantissa > maxExact {
			return false
		}
		m := int64(mantissa)
		if negative {
			m = -m
		}
		row[j] = decimal{m, uint8(scale)}
		more, ok := nextField(record, &i, separator)
		if !ok || more != (j < len(row)-1) {
			return false
		}
	}
	return true
}

// addDigits appends the digits at the beginning of text[i:] to a mantissa and returns how many
// there are; what it returns for more than maxDigits is of no use but for that. It reads eight at
// once: bytes that are no digits are found by the carry into their highest bit, and pairs, fours
// and eights of digits are joined by one product each (Lemire 2018).
func addDigits(text []byte, i int, mantissa uint64) (uint64, int) {
	for all := 0; ; {
		var v uint64
		if i+8 <= len(text) {
			v = binary.LittleEndian.Uint64(text[i:])
		} else {
			v = lastBytes(text, i)
		}
		v ^= 0x3030303030303030 // digits are now 0 … 9
		other := (v + 0x7676767676767676 | v) & 0x8080808080808080
		n := bits.TrailingZeros64(other) / 8 // right up to the first: no carry comes from a digit
		v <<= 64 - 8*n                       // the last digit last, zeros in front
		v = v * (10<<8 + 1) >> 8 & 0x00ff00ff00ff00ff
		v = v * (100<<16 + 1) >> 16 & 0x0000ffff0000ffff
		mantissa = mantissa*uint64(intTens[n]) + v*(10000<<32+1)>>32
		if all += n; n < 8 || all > maxDigits {
			return mantissa, all
		}
		i += n
	}
}

// lastBytes are fewer than eight bytes at the end of text, zeros behind them.
func lastBytes(text []byte, i int) uint64 {
	var tail [8]byte
	copy(tail[:], text[min(i, len(text)):])
	return binary.LittleEndian.Uint64(tail[:])
}

// nextField passes over the separator at i and reports whether there was one; ok is false where
// something else is.
func nextField(record []byte, i *int, separator byte) (more, ok bool) {
	switch {
	case *i == len(record):
		return false, true
	case separator == ' ':
		at := skipBlanks(record, *i)
		ok, *i = at > *i, at
		return at < len(record), ok
	}
	ok = record[*i] == separator
	*i++
	return true, ok
}

func skipBlanks(record []byte, i int) int {
	for i < len(record) && (record[i] == ' ' || record[i] == '\t') {
		i++
	}
	return i
}

// readSome fills in the cells of a record that are not skipped, and the first one, which tells most
// rows from blank ones; others keep what they had. It reports false, and row is of no use, where
// there are not as many fields as in row, or the first one is empty.
func (r *cellReader) readSome(row []cell, record []byte, separator byte) bool {
	if bytes.Count(record, []byte{separator}) != len(row)-1 {
		return false
	}
	for j := range row {
		if j > 0 && r.skip[j] {
			continue
		}
		text := trimBlanks(fieldAt(record, j, len(row), separator))
		if r.read(&row[j], text, j); j == 0 && len(text) == 0 {
			return false
		}
	}
	return true
}

// fieldAt is field j of a record of the given number of fields without quotes, looked for from the
// nearer end.
func fieldAt(record []byte, j, fields int, separator byte) []byte {
	if j < fields-1-j {
		for range j {
			record = record[bytes.IndexByte(record, separator)+1:]
		}
		if end := bytes.IndexByte(record, separator); end >= 0 {
			record = record[:end]
		}
		return record
	}
	for range fields - 1 - j {
		record = record[:bytes.LastIndexByte(record, separator)]
	}
	return record[bytes.LastIndexByte(record, separator)+1:]
}

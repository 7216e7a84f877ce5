package dataset

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A short decimal has at most nine digits, so that its mantissa at the scale of its column is an
// int32. Most numbers of most tables are short.
const (
	shortDigits = 9
	maxShort    = 999_999_999
)

// shortNumber is m/10^scale.
func shortNumber(m int32, scale uint8) number {
	return number{value: float64(m) / tens[scale], mantissa: int64(m), scale: scale, exact: true}
}

// scanNumber reads a sign, digits and a decimal mark at the given place of a record, which is the
// beginning of text, and returns where they end. It reports false for more digits than maxDigits,
// or none.
func scanNumber(n *number, text, record []byte, at int,
	mark, separator byte) (behind int, ok bool) {
	negative := at < len(record) && record[at] == '-'
	if negative {
		at++
	}
	mantissa, first, scale := uint64(0), at, 0
	for ; at < len(record) && record[at]-'0' <= 9; at++ {
		mantissa = mantissa*10 + uint64(record[at]-'0')
	}
	digits := at - first
	if at < len(record) && record[at] == mark && mark != separator {
		at++
		point := at
		for {
			fraction, more := eightDigits(eightBytes(text, at))
			mantissa = mantissa*powers[more&15] + fraction
			at += more
			if more < 8 || at == len(record) || record[at] == separator {
				break
			}
		}
		scale = at - point
		digits += scale
	}
	if digits == 0 || digits > maxDigits {
		return at, false
	}
	*n = number{value: decimalValue(mantissa, uint8(scale)), mantissa: int64(mantissa),
		scale: uint8(scale), exact: true}
	if negative {
		n.negate()
	}
	return at, true
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

// eightBytes are those of text from i on, zeros behind its end.
func eightBytes(text []byte, i int) uint64 {
	if i+8 <= len(text) {
		return binary.LittleEndian.Uint64(text[i:])
	}
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

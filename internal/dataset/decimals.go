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
	sign := uint64(0) // 1 for a minus
	if at < len(record) {
		sign = (uint64(record[at]^'-') - 1) >> 63
	}
	at += int(sign)
	mantissa, first, scale := uint64(0), at, 0
	for ; at < len(record) && record[at]-'0' <= 9; at++ {
		mantissa = mantissa*10 + uint64(record[at]-'0')
	}
	digits := at - first
	if at < len(record) && record[at] == mark && mark != separator {
		mantissa, scale = appendDigits(mantissa, text, at+1)
		at += 1 + scale
		digits += scale
	}
	if digits == 0 || digits > maxDigits {
		return at, false
	}
	*n = number{mantissa: int64((mantissa ^ -sign) + sign), scale: uint8(scale), exact: true}
	if mantissa != 0 { // else it would be −0
		value := decimalValue(mantissa, uint8(scale))
		n.value = math.Float64frombits(math.Float64bits(value) | sign<<63)
	}
	return at, true
}

// appendDigits appends the digits at a place of text to a mantissa, and returns how many they are:
// up to 16 without a jump that depends on their number.
func appendDigits(mantissa uint64, text []byte, at int) (uint64, int) {
	first, a := eightDigits(eightBytes(text, at))
	second, b := eightDigits(eightBytes(text, at+8))
	full := -(a >> 3) // all bits where all eight are digits
	second, b = second&uint64(full), b&full
	mantissa = mantissa*powers[a&15] + first
	mantissa = mantissa*powers[b&15] + second
	n := a + b
	for ; at+n < len(text) && text[at+n]-'0' <= 9; n++ {
		mantissa = mantissa*10 + uint64(text[at+n]-'0')
	}
	return mantissa, n
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
	half := (32 - 4*n) & 63
	v = v << half << half // the last digit last, zeros in front
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

// startOf is eightBytes of a text, which is read without a copy where there is more behind it.
func startOf(text []byte) uint64 {
	if n := len(text); n < 8 && cap(text) >= 8 {
		return binary.LittleEndian.Uint64(text[:8]) & (1<<(8*n) - 1)
	}
	return eightBytes(text, 0)
}

// indexIn is the place of the first of eight bytes, the first byte lowest, that is c; 8 without
// one.
func indexIn(v uint64, c byte) int {
	const ones = 0x0101010101010101
	v ^= ones * uint64(c)
	return bits.TrailingZeros64((v-ones)&^v&(ones<<7)) / 8 // right up to the first
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

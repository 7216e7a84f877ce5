package dataset

import (
	"bytes"
	"math"
	"math/bits"
	"strconv"
)

// number is a finite number as it was written: value is the float64 nearest to it, and when exact,
// it is mantissa/10^scale without any rounding.
type number struct {
	value    float64
	mantissa int64
	scale    uint8 // 0 … maxScale
	exact    bool
}

const (
	maxScale    = 18      // 10^18 is the largest power of ten in an int64
	maxExact    = 1 << 53 // integers up to here are float64 values
	maxDigits   = 18      // digits that fit an int64 whatever they are
	exactPowers = 22      // 10^22 is the largest power of ten in a float64
)

var (
	tens = func() (t [exactPowers + 1]float64) {
		t[0] = 1
		for i := range exactPowers {
			t[i+1] = t[i] * 10 // exact
		}
		return t
	}()
	intTens = func() (t [maxScale + 1]int64) {
		t[0] = 1
		for i := range maxScale {
			t[i+1] = t[i] * 10
		}
		return t
	}()
)

// parseNumber reads a finite decimal number with the given decimal mark, '.' or ','. The other one
// may separate thousands, in groups of three digits. It reports false for anything else.
func parseNumber(text []byte, decimal byte) (number, bool) {
	mantissa, digits, scale, i := uint64(0), 0, -1, 0
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative, i = text[0] == '-', 1
	}
	for ; i < len(text); i++ {
		c := text[i]
		if d := c - '0'; d <= 9 {
			mantissa = mantissa*10 + uint64(d)
			digits++
			continue
		}
		if c != decimal || scale >= 0 {
			return parseRareNumber(text, decimal)
		}
		scale = digits
	}
	if digits == 0 || digits > maxDigits {
		return parseRareNumber(text, decimal)
	}
	n := number{mantissa: int64(mantissa), exact: true}
	if scale >= 0 {
		n.scale = uint8(digits - scale)
	}
	if n.value = decimalValue(mantissa, n.scale); negative {
		n.negate()
	}
	return n, true
}

// negate changes the sign, but not that of 0.
func (n *number) negate() { n.value, n.mantissa = 0-n.value, -n.mantissa }

// decimalValue is mantissa/10^scale, rounded once, of a mantissa below 2^63.
func decimalValue(mantissa uint64, scale uint8) float64 {
	if scale == 0 || mantissa == 0 {
		return float64(int64(mantissa))
	}
	if x, sure := byTenth(mantissa, &tenths[scale]); sure {
		return x
	}
	return quotient(mantissa, uint64(intTens[scale]))
}

// tenth is 10^-s, rounded down to bits/2^point, where bits has 64 bits.
type tenth struct {
	bits  uint64
	point int
}

var tenths = func() (t [maxScale + 1]tenth) {
	for s := 1; s <= maxScale; s++ {
		ten := uint64(intTens[s])
		shift := bits.LeadingZeros64(ten)
		high := uint64(1) << 63
		q, _ := bits.Div64(high, 0, ten<<shift) // 2^127/(10^s·2^shift): 63 or 64 bits
		t[s] = tenth{q, 127 - shift}
		if q>>63 == 0 {
			panic("a tenth of 63 bits") // 10^s·2^shift is 2^63: no power of ten is one of two
		}
	}
	return t
}()

// byTenth is m·t rounded to the nearest float64, 0 < m < 2^63, or false where the bits that t lacks
// could change that: the first half of the algorithm of Eisel and Lemire (2021).
func byTenth(m uint64, t *tenth) (x float64, sure bool) {
	shift := bits.LeadingZeros64(m)
	high, _ := bits.Mul64(m<<shift, t.bits) // at most 1 too small
	lead := bits.LeadingZeros64(high)       // 0 or 1
	cut := 11 - lead
	rest, half := high&(1<<cut-1), uint64(1)<<(cut-1)
	if rest == half-1 || rest == half {
		return 0, false
	}
	high >>= cut
	if rest > half {
		high++
	}
	exponent := cut + 64 - shift - t.point
	return float64(high) * math.Float64frombits(uint64(1023+exponent)<<52), true
}

// quotient is a/b rounded to the nearest float64, to the even one of two; 0 < a, b < 2^63. Both are
// brought to 64 bits, so that the integer quotient has 64 bits too, of which 53 stay.
func quotient(a, b uint64) float64 {
	shiftA, shiftB := bits.LeadingZeros64(a), bits.LeadingZeros64(b)
	a, b = a<<shiftA, b<<shiftB
	high, low, point := a, uint64(0), 64
	if a >= b {
		high, low, point = a>>1, a<<63, 63
	}
	q, remainder := bits.Div64(high, low, b)
	const cut, half = 11, 1 << 10
	m, rest := q>>cut, q&(1<<cut-1)
	if rest > half || rest == half && (remainder > 0 || m&1 > 0) {
		m++
	}
	exponent := cut - point + shiftB - shiftA
	return float64(m) * math.Float64frombits(uint64(1023+exponent)<<52) // a power of two: exact
}

// parseRareNumber reads exponents, separated thousands and more digits than an int64 holds.
func parseRareNumber(text []byte, decimal byte) (number, bool) {
	if len(text) == 0 || !plausible(text) {
		return number{}, false
	}
	group := groupMark(decimal)
	if bytes.IndexByte(text, group) >= 0 {
		if !groupedByThousands(text, decimal, group) {
			return number{}, false
		}
		return parseNumber(bytes.ReplaceAll(text, []byte{group}, nil), decimal)
	}
	value, ok := parseFloat(text, decimal)
	if !ok {
		return number{}, false
	}
	n := number{value: value}
	n.mantissa, n.scale, n.exact = parseExponent(text, decimal)
	return n, true
}

// plausible reports whether text consists of the characters of decimal numbers only, with at least
// one digit: strconv also reads hexadecimal ones, "inf" and underscores.
func plausible(text []byte) bool {
	digits := false
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9':
			digits = true
		case c == '-', c == '+', c == '.', c == ',', c == 'e', c == 'E':
		default:
			return false
		}
	}
	return digits
}

// groupedByThousands reports whether the first group of the integral part has one to three digits,
// not beginning with 0, and all others three; or, as in India, all but the last two, the first at
// most that.
func groupedByThousands(text []byte, decimal, group byte) bool {
	if text[0] == '-' || text[0] == '+' {
		text = text[1:]
	}
	integral, fraction, _ := bytes.Cut(text, []byte{decimal})
	first, rest, more := bytes.Cut(integral, []byte{group})
	if bytes.IndexByte(fraction, group) >= 0 || bytes.ContainsAny(integral, "eE+-") ||
		len(first) < 1 || len(first) > 3 || first[0] == '0' {
		return false
	}
	size := 0 // of the groups between the first and the last
	for more {
		var part []byte
		part, rest, more = bytes.Cut(rest, []byte{group})
		if size == 0 {
			size = len(part)
		}
		switch {
		case !more && len(part) != 3, more && len(part) != size:
			return false
		case more && size != 3 && (size != 2 || len(first) > 2):
			return false
		}
	}
	return true
}

// parseFloat is strconv's, with the decimal mark and without infinities.
func parseFloat(text []byte, decimal byte) (float64, bool) {
	s := string(text)
	if decimal == ',' {
		s = string(bytes.Replace(text, []byte{','}, []byte{'.'}, 1))
	}
	v, err := strconv.ParseFloat(s, 64)
	return v + 0, err == nil && !math.IsInf(v, 0) // −0 becomes 0, as without an exponent
}

// parseExponent finds the exact decimal of a number like 1.25e-3, if it has one.
func parseExponent(text []byte, decimal byte) (mantissa int64, scale uint8, exact bool) {
	at := bytes.IndexAny(text, "eE")
	if at < 0 || bytes.ContainsAny(text[:at], "eE") {
		return 0, 0, false
	}
	n, ok := parseNumber(text[:at], decimal)
	e, err := strconv.Atoi(string(text[at+1:]))
	if !ok || !n.exact || err != nil || e < -maxScale || e > maxScale {
		return 0, 0, false
	}
	switch s := int(n.scale) - e; {
	case s < -maxScale, s > maxScale:
		return 0, 0, false
	case s < 0:
		m, fits := multiply(n.mantissa, intTens[-s])
		return m, 0, fits && -intTens[maxDigits] < m && m < intTens[maxDigits] // as text writes it
	default:
		return n.mantissa, uint8(s), true
	}
}

// minus returns n − origin, rounded once to float64 where both are decimals no more than 2⁵³ units
// of a common scale apart; otherwise the difference of their float64 values.
func (n *number) minus(origin *number) float64 {
	d := n.value - origin.value
	if !n.exact || !origin.exact || math.Abs(d) > apart[max(n.scale, origin.scale)] {
		return d
	}
	return n.near(origin)
}

// near is minus of decimals close to each other.
func (n *number) near(origin *number) float64 {
	a, b, scale, fits := n.mantissa, origin.mantissa, n.scale, true
	switch {
	case n.scale > origin.scale:
		b, fits = multiply(b, intTens[n.scale-origin.scale])
	case n.scale < origin.scale:
		scale = origin.scale
		a, fits = multiply(a, intTens[origin.scale-n.scale])
	}
	// |a|, |b| ≤ 10^18: no overflow where multiply says so
	if d := a - b; fits && -maxExact <= d && d <= maxExact {
		return float64(d) / tens[scale]
	}
	return n.value - origin.value
}

// apart is how far two decimals of a scale are from each other, as float64, whose difference at
// that scale is above maxExact: a little more than that, for their rounding.
var apart = func() (t [maxScale + 1]float64) {
	for s := range t {
		t[s] = 1.01 * maxExact / tens[s]
	}
	return t
}()

// at is the mantissa of n at a scale, where it is exact there and small enough that its difference
// from any int32 is a float64.
func (n number) at(scale uint8) (mantissa int64, ok bool) {
	if !n.exact || n.scale > scale {
		return 0, false
	}
	m, fits := multiply(n.mantissa, intTens[scale-n.scale])
	return m, fits && -maxExact/2 <= m && m <= maxExact/2
}

// multiply returns a·b, b ≥ 0, or false where the product is above 4·10^18 in size.
func multiply(a, b int64) (int64, bool) {
	const limit = 4e18
	high, low := bits.Mul64(uint64(max(a, -a)), uint64(b))
	return a * b, high == 0 && low <= limit
}

// shortest is n without zeros at the end of its fraction: the same number, however others of its
// column are written.
func (n number) shortest() number {
	for n.exact && n.scale > 0 && n.mantissa%10 == 0 {
		n.mantissa, n.scale = n.mantissa/10, n.scale-1
	}
	return n
}

// text writes the number so that parseNumber reads the same one, with a decimal point.
func (n number) text() string {
	if !n.exact {
		return strconv.FormatFloat(n.value, 'g', -1, 64)
	}
	if n.scale == 0 {
		return strconv.FormatInt(n.mantissa, 10)
	}
	return strconv.FormatInt(n.mantissa, 10) + "e-" + strconv.Itoa(int(n.scale))
}

// written is n as text gives it again: with the decimal of its value, if it had none of its own.
func (n number) written() number {
	if again, ok := parseNumber([]byte(n.text()), '.'); ok && !n.exact {
		return again
	}
	return n
}

// spell writes a number for people, an integer without an exponent.
func spell(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', 9, 64)
}

// String writes the value for people.
func (n number) String() string { return strconv.FormatFloat(n.value, 'g', -1, 64) }

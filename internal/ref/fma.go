package ref

import "math"

// FMA returns a·b + c rounded once to float32, as the hardware instruction does:
// exact for every input, subnormals, overflow and signed zeros included. Only the
// payload of a NaN is unspecified.
//
// The compiler does not inline it; a hot loop repeats these lines.
func FMA(a, b, c float32) float32 {
	s := float64(a)*float64(b) + float64(c) // fused or not is the same: the product is exact
	if FMAUnsure(s) {
		return FMAOdd(a, b, c)
	}
	return float32(s)
}

// FMAUnsure reports whether rounding s, the float64 sum of an FMA, to float32 may
// differ from rounding the exact sum.
//
// The product of two float32 is exact in float64, so only the sum is rounded
// twice: to 53 bits, then to 24. The second rounding can go wrong only if the
// first landed on one of its ties. For a normal result the low 29 bits are then a
// 1 and zeros; below the normal range ties sit elsewhere, so all those but zero
// are unsure.
func FMAUnsure(s float64) bool {
	t := math.Float64bits(s)
	return t&(1<<29-1) == 1<<28 || t&^signBit64-1 < minNormal32-1
}

const (
	signBit64   = 1 << 63
	minNormal32 = (1023 - 126) << 52 // float64 bits of 2⁻¹²⁶, the least normal float32
)

// FMAOdd is FMA by rounding to odd (Boldo & Melquiond 2008): an inexact sum goes
// to whichever neighbour ends in a 1 bit, which is never a tie, so the rounding
// to float32 knows on which side of one the exact sum lies.
//
//go:noinline
func FMAOdd(a, b, c float32) float32 {
	p, q := float64(a)*float64(b), float64(c)
	s := p + q
	v := s - p
	e := (p - (s - v)) + (q - v) // Knuth's TwoSum: s + e = p + q exactly
	t := math.Float64bits(s)
	if e != 0 && t&1 == 0 {
		if (e > 0) == (s > 0) {
			t++
		} else {
			t--
		}
	}
	return float32(math.Float64frombits(t))
}

// mulAdd returns a·b + c rounded twice. The conversion keeps the compiler from
// fusing, which it may do on arm64 and with GOAMD64=v3. The transcendental
// functions use it and not FMA, which portable code has to emulate with a call and
// a dozen instructions.
func mulAdd(a, b, c float32) float32 { return float32(a*b) + c }

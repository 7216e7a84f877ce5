package ref

import "math"

// Exp returns eˣ; the error is at most 0.99 ulp. It overflows to +Inf and
// underflows through the subnormals to 0.
//
// x = n·ln 2 + r with |r| ≤ ln 2/2 (Cody & Waite 1980), eʳ by a minimax polynomial
// of degree 6 (error 2^−28.2), times 2ⁿ in two halves, so that neither leaves the
// normal range before the last multiplication.
func Exp(x float32) float32 {
	if x > expHigh {
		x = expHigh
	}
	if x < expLow {
		x = expLow
	}
	t := mulAdd(x, log2E, roundInt)
	n := t - roundInt
	r := x - float32(n*ln2High) // exact
	r -= float32(n * ln2Low)
	p := mulAdd(expC6, r, expC5)
	p = mulAdd(p, r, expC4)
	p = mulAdd(p, r, expC3)
	p = mulAdd(p, r, expC2)
	p = mulAdd(float32(r*r), p, r) + 1
	k := int32(math.Float32bits(t) - roundIntBits)
	half := k >> 1
	return float32(float32(p*pow2(half)) * pow2(k-half))
}

const (
	expHigh = 89   // e⁸⁹ overflows, and n stays at most 128
	expLow  = -105 // e⁻¹⁰⁵ rounds to 0

	log2E   = 0x1.715476p+0
	ln2High = 0x1.62e4p-1 // 15 bits, so that n·ln2High is exact
	ln2Low  = 0x1.7f7d1cp-20

	expC2 = 0x1.fffffcp-2
	expC3 = 0x1.55548ep-3
	expC4 = 0x1.5558a6p-5
	expC5 = 0x1.123bdp-7
	expC6 = 0x1.6a58ccp-10

	// Adding roundInt rounds |x| < 2²² to the nearest integer, ties to even, and
	// leaves that integer in the low bits of the sum.
	roundInt     = 0x1.8p23
	roundIntBits = 0x4b400000
)

// pow2 returns 2ᵏ, −126 ≤ k ≤ 127.
func pow2(k int32) float32 { return math.Float32frombits(uint32(k+127) << 23) }

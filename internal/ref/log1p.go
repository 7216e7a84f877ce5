package ref

import "math"

// Log1p returns log(1 + x); the error is at most 1.59 ulp. Log1p(±0) = ±0,
// Log1p(−1) = −Inf, Log1p(x < −1) = NaN, Log1p(+Inf) = +Inf.
//
// k is the exponent of 1 + x; f = 2⁻ᵏx + (2⁻ᵏ − 1) keeps the bits of x that
// 1 + x would drop; log(1 + x) = k·ln 2 + log(1 + f).
func Log1p(x float32) float32 {
	y := log1pFinite(x)
	if x == -1 {
		y = -inf()
	}
	if x < -1 {
		y = nan()
	}
	if x == 0 || !(x < inf()) {
		y = x // ±0, +Inf and NaN
	}
	return y
}

// log1pFinite is Log1p for −1 < x < +Inf, except that it loses the sign of −0.
func log1pFinite(x float32) float32 {
	k := int32(math.Float32bits(1+x)-twoThirdsBits) >> 23
	e := uint32(k) << 23
	scale := math.Float32frombits(0x40800000 - e)      // 4·2⁻ᵏ: 2⁻ᵏ itself may not be normal
	f := math.Float32frombits(math.Float32bits(x) - e) // 2⁻ᵏx: x is normal where k ≠ 0
	f += mulAdd(0.25, scale, -1)
	return log1pPoly(f, float32(k))
}

package ref

import "math"

// Log64 returns the natural logarithm in float64; the error is below 0.9 ulp
// (0.83 seen in 5·10⁶ inputs). Log64(±0) = −Inf, Log64(x < 0) = NaN,
// Log64(+Inf) = +Inf.
//
// FreeBSD's e_log.c (Sun Microsystems 1993) with fused multiply-adds:
// x = 2ᵏ(1 + f), √½ ≤ 1 + f < √2, s = f/(2 + f),
// log(1 + f) = 2 atanh s = f − (f²/2 − s(f²/2 + R(s²))).
func Log64(x float64) float64 {
	y, k := x, float64(-1023)
	if x < 0x1p-1022 {
		y, k = x*0x1p54, -1023-54
	}
	b := math.Float64bits(y) + (oneBits64 - sqrtHalfBits64)
	k += math.Float64frombits(b>>52|0x433<<52) - 0x1p52 // the exponent field as a float64
	f := math.Float64frombits(b&(1<<52-1)+sqrtHalfBits64) - 1
	s := f / (2 + f)
	z := s * s
	r := math.FMA(log64C7, z, log64C6)
	r = math.FMA(r, z, log64C5)
	r = math.FMA(r, z, log64C4)
	r = math.FMA(r, z, log64C3)
	r = math.FMA(r, z, log64C2)
	r = math.FMA(r, z, log64C1)
	h := float64(0.5 * f * f) // not to be fused with the subtraction below
	r = math.FMA(r, z, h)
	r = math.FMA(s, r, float64(k*logLn2Low64))
	y = math.FMA(k, logLn2High64, f-(h-r))
	if x == 0 {
		y = math.Inf(-1)
	}
	if x < 0 {
		y = math.NaN()
	}
	if !(x < math.Inf(1)) {
		y = x // +Inf and NaN
	}
	return y
}

const (
	oneBits64      = 0x3ff0000000000000
	sqrtHalfBits64 = 0x3fe6a09e667f3bcd

	logLn2High64 = 0x1.62e42feep-1 // 31 bits, so that k·logLn2High64 is exact
	logLn2Low64  = 0x1.a39ef35793c76p-33

	log64C1 = 0x1.5555555555593p-1
	log64C2 = 0x1.999999997fa04p-2
	log64C3 = 0x1.2492494229359p-2
	log64C4 = 0x1.c71c51d8e78afp-3
	log64C5 = 0x1.7466496cb03dep-3
	log64C6 = 0x1.39a09d078c69fp-3
	log64C7 = 0x1.2f112df3e5244p-3
)

package ref

import "math"

// Log returns the natural logarithm; the error is at most 0.84 ulp. Log(±0) = −Inf,
// Log(x < 0) = NaN, Log(+Inf) = +Inf.
//
// x = 2ᵏ(1 + f) with 1 + f in [2/3, 4/3); log x = k·ln 2 + log(1 + f).
func Log(x float32) float32 {
	y, k := x, float32(0)
	if x < minNormal {
		y, k = x*0x1p23, -23
	}
	y = logNormal(y, k)
	if x == 0 {
		y = -inf()
	}
	if x < 0 {
		y = nan()
	}
	if !(x < inf()) {
		y = x // +Inf and NaN
	}
	return y
}

const (
	minNormal     = 0x1p-126
	twoThirdsBits = 0x3f2aaaab
	mantissaMask  = 1<<23 - 1

	// log(1+f) = f − f²/2 + f³·(logC0 + logC1·f + …) on |f| ≤ 1/3, error 2^−27.5
	logC0 = 0x1.555506p-2
	logC1 = -0x1.ffff76p-3
	logC2 = 0x1.99d03ap-3
	logC3 = -0x1.558622p-3
	logC4 = 0x1.1ed77cp-3
	logC5 = -0x1.f59fbep-4
	logC6 = 0x1.1e609ap-3
	logC7 = -0x1.027d94p-3
)

// logNormal returns log x + k·ln 2 for a positive normal x and an integer k.
func logNormal(x, k float32) float32 {
	b := math.Float32bits(x) - twoThirdsBits
	f := math.Float32frombits(b&mantissaMask+twoThirdsBits) - 1 // exact
	return log1pPoly(f, k+float32(int32(b)>>23))
}

// log1pPoly returns log(1 + f) + k·ln 2 for |f| ≤ 1/3 and an integer k.
func log1pPoly(f, k float32) float32 {
	v := f * f
	p := mulAdd(logC7, f, logC6)
	p = mulAdd(p, f, logC5)
	p = mulAdd(p, f, logC4)
	p = mulAdd(p, f, logC3)
	p = mulAdd(p, f, logC2)
	p = mulAdd(p, f, logC1)
	p = mulAdd(p, f, logC0)
	p = float32(float32(p*f) * v)
	p = mulAdd(k, ln2Low, p)
	p = mulAdd(-0.5, v, p)
	return mulAdd(k, ln2High, f+p)
}

func inf() float32 { return math.Float32frombits(0x7f800000) }

func nan() float32 { return math.Float32frombits(0x7fc00000) }

const signBit = 1 << 31

package ref

import "math"

// SinCos2Pi returns the sine and cosine of 2π·w/2³²; their errors are at most
// 2.4 ulp, and 2^−23.4 absolute. A zero may have either sign.
//
// With q the nearest quarter turn and t in [−½, ½) the rest, in quarter turns:
// sin(πt/2) = t·p(t²) and cos(πt/2) = 1 + t²·q(t²) (minimax, errors 2^−25.1 and
// 2^−30.8, the first from rounding π/2). q then swaps them and sets the signs.
func SinCos2Pi(w uint32) (sin, cos float32) {
	q := (w + 1<<29) >> 30
	t := float32(int32(w-q<<30)) * 0x1p-30 // one rounding
	v := t * t
	s := mulAdd(sinC3, v, sinC2)
	s = mulAdd(s, v, sinC1)
	s = mulAdd(s, v, sinC0)
	s *= t
	c := mulAdd(cosC3, v, cosC2)
	c = mulAdd(c, v, cosC1)
	c = mulAdd(c, v, cosC0)
	c = mulAdd(c, v, 1)
	if q&1 != 0 {
		s, c = c, s
	}
	sin = math.Float32frombits(math.Float32bits(s) ^ q<<30&signBit)
	cos = math.Float32frombits(math.Float32bits(c) ^ (q+1)<<30&signBit)
	return sin, cos
}

const (
	sinC0 = 0x1.921fb6p+0
	sinC1 = -0x1.4abbecp-1
	sinC2 = 0x1.466b22p-4
	sinC3 = -0x1.2f5a1ep-8

	cosC0 = -0x1.3bd3ccp+0
	cosC1 = 0x1.03c1b8p-2
	cosC2 = -0x1.55b7cep-6
	cosC3 = 0x1.d684a8p-11
)

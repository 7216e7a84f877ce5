package ref

import "math"

// Tanh returns the hyperbolic tangent; the error is at most 1.34 ulp. Tanh(±0) = ±0,
// Tanh(±Inf) = ±1.
//
// With a = |x|: a + a³·p(a²) below 5/8 (minimax, error 2^−27.7), from there on
// 1 − 2/(e²ᵃ + 1).
func Tanh(x float32) float32 {
	b := math.Float32bits(x)
	a := math.Float32frombits(b &^ signBit)
	var y float32
	if a < 0.625 {
		v := a * a
		p := mulAdd(tanhC4, v, tanhC3)
		p = mulAdd(p, v, tanhC2)
		p = mulAdd(p, v, tanhC1)
		p = mulAdd(p, v, tanhC0)
		y = mulAdd(float32(a*v), p, a)
	} else {
		y = 1 - 2/(Exp(a+a)+1)
	}
	return math.Float32frombits(math.Float32bits(y) | b&signBit)
}

const (
	tanhC0 = -0x1.555532p-2
	tanhC1 = 0x1.1106fep-3
	tanhC2 = -0x1.b83778p-5
	tanhC3 = 0x1.52095ep-6
	tanhC4 = -0x1.7567ecp-8
)

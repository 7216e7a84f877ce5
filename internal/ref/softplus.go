package ref

import "math"

// Softplus returns log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|); the error is at most
// 1.87 ulp. Softplus(−Inf) = 0, Softplus(+Inf) = +Inf.
func Softplus(x float32) float32 {
	m := x
	if x <= 0 {
		m = 0 // not so for NaN, which is then the result
	}
	return m + log1pFinite(expNegAbs(x))
}

// Sigmoid returns 1/(1 + e⁻ˣ), computed as eˣ/(1 + eˣ) for negative x; the error
// is at most 2.41 ulp. Sigmoid(−Inf) = 0, Sigmoid(+Inf) = 1.
func Sigmoid(x float32) float32 {
	e := expNegAbs(x)
	n := float32(1)
	if x < 0 {
		n = e
	}
	return n / (1 + e)
}

// expNegAbs returns e^−|x|, which cannot overflow.
func expNegAbs(x float32) float32 {
	return Exp(math.Float32frombits(math.Float32bits(x) | signBit))
}

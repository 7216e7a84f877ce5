package ref

import "math"

// CombineSigns replaces positive[i] by log(e^positive[i] + e^negative[i]) and
// negative[i] by the share e^negative/(e^positive + e^negative) of the second term.
func CombineSigns(positive, negative []float64) {
	for i, p := range positive {
		n := negative[i]
		e := Exp64(-math.Abs(p - n))
		switch {
		case p == math.Inf(-1) && n == p:
			negative[i] = 0.5
		case p >= n:
			positive[i], negative[i] = p+Log64(1+e), e/(1+e)
		default:
			positive[i], negative[i] = n+Log64(1+e), 1/(1+e)
		}
	}
}

// SplitSigns divides the coefficients P − I of an n×n matrix between the two signs:
// negative = share·P, and coefficients becomes (1 − share)·P − I.
func SplitSigns(coefficients, negative []float32, share []float64, n int) {
	for i, c := range coefficients {
		p := float64(c)
		if i%(n+1) == 0 {
			p++
		}
		negative[i] = float32(share[i] * p)
		coefficients[i] = c - negative[i]
	}
}

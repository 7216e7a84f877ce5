package ref

import (
	"math"
	"testing"
)

func TestSoftplus(t *testing.T) {
	testUlps(t, Softplus, func(x float64) float64 {
		return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	}, 1.87)
}

func TestSigmoid(t *testing.T) {
	testUlps(t, Sigmoid, func(x float64) float64 {
		e := math.Exp(-math.Abs(x))
		if x < 0 {
			return e / (1 + e)
		}
		return 1 / (1 + e)
	}, 2.41)
}

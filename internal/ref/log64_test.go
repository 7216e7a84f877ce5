package ref

import (
	"math"
	"math/big"
	"testing"
)

func TestLog64(t *testing.T) {
	test64(t, Log64, func(b *bigMath, x float64) *big.Float {
		return b.log(x)
	}, 0.9, func(w uint64) float64 {
		x := math.Float64frombits(w >> 1 % (0x7ff << 52)) // any positive float64
		switch w & 7 {
		case 0, 1, 2:
			x = 0.5 + float64(w>>11)*0x1p-53 // 0.5 … 1.5
		case 3:
			x = 1 + float64(int64(w))*0x1p-63*math.Ldexp(1, -int(w>>3%50)) // close to 1
		case 4:
			x = float64(w>>12) * 5e-324 // subnormal
		}
		if x <= 0 {
			x = 1
		}
		return x
	})
	inf, nan := math.Inf(1), math.NaN()
	check64(t, Log64, [][2]float64{{1, 0}, {0, -inf}, {math.Copysign(0, -1), -inf}, {-1, nan},
		{-inf, nan}, {inf, inf}, {nan, nan},
		{-5e-324, nan}, {5e-324, -744.4400719213812}, {math.MaxFloat64, 709.782712893384}})
}

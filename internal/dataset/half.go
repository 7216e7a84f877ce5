package dataset

import (
	"math"
	"strconv"

	"github.com/symvi/symvi/internal/half"
)

// appendHalf writes the shortest decimal that is nearer to the float than to its neighbours.
func appendHalf(dst []byte, bits uint16) []byte {
	const most = 5 // digits that always suffice
	x := half.Value(bits)
	fraction, exponent := math.Frexp(x)
	near := math.Ldexp(0.5, max(exponent, -13)-11) // of the distance of neighbours
	if math.Abs(fraction) == 0.5 {
		near /= 2 // the smaller one is nearer
	}
	for digits := 1; digits < most; digits++ {
		text := strconv.AppendFloat(nil, x, 'g', digits, 64)
		if y, err := strconv.ParseFloat(string(text), 64); err == nil && math.Abs(y-x) < near {
			return append(dst, text...)
		}
	}
	return strconv.AppendFloat(dst, x, 'g', most, 64)
}

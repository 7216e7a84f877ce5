package dataset

import (
	"math"
	"strconv"
)

// halfValue is the number that the bits of an IEEE half precision float stand for.
func halfValue(bits uint16) float64 {
	const fractionBits, bias, largest = 10, 15, 31
	exponent, fraction := int(bits>>fractionBits)&largest, float64(bits&(1<<fractionBits-1))
	x := 0.0
	switch exponent {
	case 0:
		x = math.Ldexp(fraction, 1-bias-fractionBits)
	case largest:
		if x = math.Inf(1); fraction > 0 {
			x = math.NaN()
		}
	default:
		x = math.Ldexp(1<<fractionBits+fraction, exponent-bias-fractionBits)
	}
	if bits>>15 > 0 {
		return -x
	}
	return x
}

// appendHalf writes the shortest decimal that is nearer to the float than to its neighbours.
func appendHalf(dst []byte, bits uint16) []byte {
	const most = 5 // digits that always suffice
	x := halfValue(bits)
	fraction, exponent := math.Frexp(x)
	half := math.Ldexp(0.5, max(exponent, -13)-11) // of the distance of neighbours
	if math.Abs(fraction) == 0.5 {
		half /= 2 // the smaller one is nearer
	}
	for digits := 1; digits < most; digits++ {
		near := strconv.AppendFloat(nil, x, 'g', digits, 64)
		if y, err := strconv.ParseFloat(string(near), 64); err == nil && math.Abs(y-x) < half {
			return append(dst, near...)
		}
	}
	return strconv.AppendFloat(dst, x, 'g', most, 64)
}

package score

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// Normal is the standard normal distribution function Φ(z) and density φ(z). The relative
// error of Φ is at most 2⁻⁴⁹ down to the smallest normal number, that of φ 2⁻⁵⁰.
//
// The rational approximations are those of Cody (1969, "Rational Chebyshev approximations
// for the error function"; 1993, Algorithm 715): near 0 one of (Φ(z) − ½)/z in z², further out
// two of Φ(−|z|)/φ(z), in |z| and in 1/z². Multiply-adds are fused, which math.FMA makes
// exact everywhere.
func Normal(z float64) (cdf, density float64) {
	y := math.Abs(z)
	square := z * z
	rest := math.FMA(z, z, -square) // z² = square + rest
	bell := ref.Exp64(-square / 2)
	bell -= float64(bell * rest / 2)
	density = float64(bell * invSqrt2Pi)
	var tail float64 // Φ(−|z|)
	switch {
	case y <= normalNear:
		return math.FMA(z, ratio(square, normalCenter), 0.5), density
	case y <= normalFar:
		tail = float64(bell * ratio(y, normalMiddle))
	case y < 39:
		u := 1 / square
		tail = float64(bell * math.FMA(-u, ratio(u, normalTail), invSqrt2Pi) / y)
	case y != y:
		return z, z
	default:
		density = 0 // below the smallest subnormal number; z² may be infinite
	}
	if z > 0 {
		return 1 - tail, density
	}
	return tail, density
}

const (
	invSqrt2Pi = 0.39894228040143267794
	normalNear = 0.67448975
	normalFar  = 5.656854249492380195 // √32
)

// ratio is a quotient of two polynomials whose coefficients of equal degree stand
// together, the highest first.
func ratio(x float64, c [][2]float64) float64 {
	p, q := 0.0, 0.0
	for _, v := range c {
		p, q = math.FMA(p, x, v[0]), math.FMA(q, x, v[1])
	}
	return p / q
}

var normalCenter = [][2]float64{
	{.065682337918207449113, 1},
	{2.2352520354606839287, 47.20258190468824187},
	{161.02823106855587881, 976.09855173777669322},
	{1067.6894854603709582, 10260.932208618978205},
	{18154.981253343561249, 45507.789335026729956},
}

var normalMiddle = [][2]float64{
	{1.0765576773720192317e-8, 1},
	{.39894151208813466764, 22.266688044328115691},
	{8.8831497943883759412, 235.38790178262499861},
	{93.506656132177855979, 1519.377599407554805},
	{597.27027639480026226, 6485.558298266760755},
	{2494.5375852903726711, 18615.571640885098091},
	{6848.1904505362823326, 34900.952721145977266},
	{11602.651437647350124, 38912.003286093271411},
	{9842.7148383839780218, 19685.429676859990727},
}

var normalTail = [][2]float64{
	{.02307344176494017303, 1},
	{.21589853405795699, 1.28426009614491121},
	{.1274011611602473639, .468238212480865118},
	{.022235277870649807, .0659881378689285515},
	{.001421619193227893466, .00378239633202758244},
	{2.9112874951168792e-5, 7.29751555083966205e-5},
}

package score

import "math"

// The distribution function Φ and density φ of many components come from Taylor's series about
// multiples of 1/16, whose coefficients are made of Normal's values. Nothing is fused, which
// costs no accuracy: a coefficient's rounding counts 1/32 of the one before.
const (
	seriesPerUnit = 16
	seriesReach   = 8.5 // Φ is 1 in float64 from 8.3 on
)

// seriesAt are the coefficients about one point. What follows them would add 10⁻¹⁶ of Φ at −8.5 and
// less inside, and of φ 10⁻⁹ at −8.5 and 10⁻¹² within 4 of 0.
type seriesAt struct {
	cdf     [12]float64
	density [8]float64
}

var series = newSeries()

// newSeries has the points −8.5, −8.5 + 1/16, …, 8.5.
func newSeries() *[2*seriesReach*seriesPerUnit + 1]seriesAt {
	var table [2*seriesReach*seriesPerUnit + 1]seriesAt
	for k := range table {
		at, c := float64(k)/seriesPerUnit-seriesReach, &table[k]
		var before, e float64 // φ's coefficients: nφₙ = −zφₙ₋₁ − φₙ₋₂
		c.cdf[0], e = Normal(at)
		for n := range len(c.cdf) - 1 {
			if n > 0 {
				before, e = e, -(float64(at*e)+before)/float64(n)
			}
			if n < len(c.density) {
				c.density[n] = e
			}
			c.cdf[n+1] = e / float64(n+1)
		}
	}
	return &table
}

// normal is Normal by the series, in a third of its time: as accurate a Φ, a rougher φ.
func normal(z float64) (cdf, density float64) {
	if !(math.Abs(z) < seriesReach) {
		return Normal(z)
	}
	const round = 0x1.8p52 // to an integer, which is the low bits of the sum
	k := float64(z*seriesPerUnit) + round
	at := &series[int32(math.Float64bits(k))+seriesReach*seriesPerUnit]
	d := z - (k-round)/seriesPerUnit // exact
	d2 := float64(d * d)
	d4 := float64(d2 * d2)
	c, e := &at.cdf, &at.density
	low := float64(c[1]*d) + c[0] + float64((float64(c[3]*d)+c[2])*d2)
	mid := float64(c[5]*d) + c[4] + float64((float64(c[7]*d)+c[6])*d2)
	high := float64(c[9]*d) + c[8] + float64((float64(c[11]*d)+c[10])*d2)
	cdf = low + float64((mid+float64(high*d4))*d4)
	low = float64(e[1]*d) + e[0] + float64((float64(e[3]*d)+e[2])*d2)
	high = float64(e[5]*d) + e[4] + float64((float64(e[7]*d)+e[6])*d2)
	return cdf, low + float64(high*d4)
}

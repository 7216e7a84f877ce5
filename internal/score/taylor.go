package score

// taylor are the coefficients of Taylor's series of a mixture's distribution function about a
// point, the first the function itself and the second its density.
type taylor [8]float64

// taylor is the series about x of a mixture whose components have the given 1/SD. From the density
// on, a component's coefficients, here times n!, follow from two before: φ⁽ⁿ⁾ = −zφ⁽ⁿ⁻¹⁾ −
// (n − 1)φ⁽ⁿ⁻²⁾. A block of components goes through two loops, so that neither has more
// numbers at hand than registers.
func (m Mixture) taylor(x float64, inverse []float64) taylor {
	var f0, f1, f2, f3, f4, f5, f6, f7 float64
	var slopes, densities [32]float64
	for first := 0; first < len(m.Mean); first += len(slopes) {
		means := m.Mean[first:min(first+len(slopes), len(m.Mean))]
		inverse := inverse[first:][:len(means)]
		slopes, densities := slopes[:len(means)], densities[:len(means)]
		for s, mean := range means {
			z := float64((x - mean) * inverse[s])
			cdf, density := normal(z)
			f0 += cdf
			slopes[s], densities[s] = -float64(z*inverse[s]), float64(density*inverse[s])
		}
		for s, z := range slopes {
			square := -float64(inverse[s] * inverse[s])
			d1 := densities[s]
			d2 := float64(z * d1)
			d3 := float64(z*d2) + float64(square*d1)
			d4 := float64(z*d3) + float64(2*square*d2)
			d5 := float64(z*d4) + float64(3*square*d3)
			d6 := float64(z*d5) + float64(4*square*d4)
			d7 := float64(z*d6) + float64(5*square*d5)
			f1 += d1
			f2 += d2
			f3 += d3
			f4 += d4
			f5 += d5
			f6 += d6
			f7 += d7
		}
	}
	n := float64(len(m.Mean))
	return taylor{f0 / n, f1 / n, f2 / (2 * n), f3 / (6 * n), f4 / (24 * n), f5 / (120 * n),
		f6 / (720 * n), f7 / (5040 * n)}
}

// step is the h that adds gain to the distribution function, by Householder's method: h + ah² +
// bh³ is the Newton step u = gain/t₁ with a = t₂/t₁ and b = t₃/t₁, solved for h up to u⁴; where
// that is too far for the third term to be small, up to u³ as Halley does.
func (t *taylor) step(gain float64) float64 {
	u, a := gain/t[1], t[2]/t[1]
	third := (t[3]/t[1] - float64(a*a)) * float64(u*u)
	if !(third >= -0.25 && third <= 0.25) {
		third = 0
	}
	return u / (1 + float64(a*u) + third)
}

// refine improves a small step by Newton's method on the whole series, twice: the first leaves
// h⁸, the second what the series leaves out.
func (t *taylor) refine(h, gain float64) float64 {
	for range 2 {
		value, slope := t[7], 0.0
		for n := 6; n > 0; n-- {
			slope = float64(slope*h) + value
			value = float64(value*h) + t[n]
		}
		slope = float64(slope*h) + value
		h -= (float64(value*h) - gain) / slope
	}
	return h
}

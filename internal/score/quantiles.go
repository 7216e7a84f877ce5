package score

import "math"

// Quantiles finds the quantiles of mixtures at given levels. One goroutine at a time may use it.
type Quantiles struct {
	levels  []level
	inverse []float64 // 1/SD of the components
}

// level is a probability whose quantile is sought, and that of the standard normal distribution.
type level struct{ probability, normal float64 }

// NewQuantiles prepares for levels strictly between 0 and 1; for others quantiles are NaN.
func NewQuantiles(probabilities []float64) *Quantiles {
	q := &Quantiles{}
	standard, one := Mixture{[]float64{0}, []float64{1}}, []float64{1}
	for _, p := range probabilities {
		if !(p > 0 && p < 1) {
			p = math.NaN()
		}
		// by symmetry from the lower half, where the distribution function has all digits
		normal := standard.root(min(p, 1-p), one, bracket{-39, 0, 0, 1})
		if p > 0.5 {
			normal = -normal
		}
		q.levels = append(q.levels, level{p, normal})
	}
	return q
}

// Of sets dst[k] to the x at which m's distribution function is level k.
func (q *Quantiles) Of(m Mixture, dst []float64) {
	if len(q.levels) == 0 {
		return
	}
	q.inverse = q.inverse[:0]
	for _, sd := range m.SD {
		q.inverse = append(q.inverse, 1/sd)
	}
	lowest, highest := extremes(m.Mean)
	least, most := extremes(m.SD)
	mean, modelSD, noiseSD := m.Moments()
	sd := math.Sqrt(float64(modelSD*modelSD) + float64(noiseSD*noiseSD))
	for k, l := range q.levels {
		// the quantile lies between those of the components
		near, far := least, most
		if l.normal < 0 {
			near, far = most, least
		}
		b := bracket{lo: lowest + float64(near*l.normal), hi: highest + float64(far*l.normal),
			least: least}
		b.start = min(max(mean+float64(sd*l.normal), b.lo), b.hi)
		dst[k] = m.root(l.probability, q.inverse, b)
	}
}

func extremes(x []float64) (least, most float64) {
	least, most = x[0], x[0]
	for _, v := range x {
		if v < least {
			least = v
		}
		if v > most {
			most = v
		}
	}
	return least, most
}

// bracket is where a quantile lies, where its search starts, and the smallest SD.
type bracket struct{ lo, hi, start, least float64 }

// root solves CDF(x) = p with Householder's method of order four: it takes what is missing to
// the power of four. A Newton step of 2⁻¹⁴ of the smallest SD leaves an error below the
// rounding's. A step that leaves the bracket halves it instead. Every decision depends on the
// arguments alone.
func (m Mixture) root(p float64, inverse []float64, b bracket) float64 {
	if p != p {
		return p
	}
	const most = 300 // halvings of any bracket
	x := b.start
	for range most {
		if b.hi-b.lo <= 0x1p-52*max(math.Abs(b.lo), math.Abs(b.hi)) {
			break
		}
		at := m.derivatives(x, inverse)
		miss := at.cdf - p
		if miss == 0 {
			break
		}
		if miss < 0 {
			b.lo = x
		} else {
			b.hi = x
		}
		newton := -miss / at.density
		if next := x + at.step(newton); next > b.lo && next < b.hi {
			if x = next; math.Abs(newton) <= 0x1p-14*b.least {
				break
			}
			continue
		}
		x = b.lo + (b.hi-b.lo)/2
	}
	return x
}

// step is the h that adds as much to the distribution function as a Newton step u adds by the
// density f alone: u = h + ah² + bh³ with a = f′/2f and b = f″/6f, solved for h up to u⁴; where
// that is too far for the third term to be small, up to u³ as Halley does.
func (d derivatives) step(u float64) float64 {
	a := d.slope / float64(2*d.density)
	third := (d.curvature/float64(6*d.density) - float64(a*a)) * float64(u*u)
	if !(math.Abs(third) <= 0.25) {
		third = 0
	}
	return u / (1 + float64(a*u) + third)
}

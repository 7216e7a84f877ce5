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
		normal := standard.root(min(p, 1-p), one, bracket{-39, 0, 0, smallStep / 20})
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
	shape := m.shape()
	for k, l := range q.levels {
		// the quantile lies between those of the components
		near, far := least, most
		if l.normal < 0 {
			near, far = most, least
		}
		b := bracket{lo: lowest + float64(near*l.normal), hi: highest + float64(far*l.normal)}
		b.start = min(max(shape.quantile(l.normal), b.lo), b.hi)
		b.small = smallStep * least / max(1, math.Abs(l.normal)/2)
		dst[k] = m.root(l.probability, q.inverse, b)
	}
}

// shape are a distribution's mean, standard deviation, skewness and excess kurtosis.
type shape struct{ mean, sd, skewness, excess float64 }

func (m Mixture) shape() shape {
	mean, modelSD, noiseSD := m.Moments()
	variance := float64(modelSD*modelSD) + float64(noiseSD*noiseSD)
	third, fourth := 0.0, 0.0
	for s, v := range m.Mean {
		d, noise := v-mean, float64(m.SD[s]*m.SD[s])
		square := float64(d * d)
		third += float64(d * (square + float64(3*noise)))
		fourth += float64(square*(square+float64(6*noise))) + float64(3*noise*noise)
	}
	n, sd := float64(len(m.Mean)), math.Sqrt(variance)
	return shape{mean, sd, third / n / (variance * sd), fourth/n/(variance*variance) - 3}
}

// quantile is about that whose standard normal one is z: the expansion of Cornish and Fisher
// (1938).
func (s shape) quantile(z float64) float64 {
	square := float64(z * z)
	w := z + float64(s.skewness*(square-1))/6 + float64(s.excess*z*(square-3))/24 -
		float64(s.skewness*s.skewness*z*(2*square-5))/36
	return s.mean + float64(s.sd*w)
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

// bracket is where a quantile lies, where its search starts, and the step that Taylor's series
// takes as exactly as float64 can.
type bracket struct{ lo, hi, start, small float64 }

// smallStep is that step for the normal distribution: what the series leaves out is 15h⁸/8! =
// 10⁻¹⁷, and relative to a tail of level Φ(z) about (zh)⁸/8!, for which it is shortened.
const smallStep = 0.02

// root solves CDF(x) = p: steps of Householder's method until one is small, which the series about
// the same point makes exact. A step that leaves the bracket halves it instead. Every decision
// depends on the arguments alone.
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
		at := m.taylor(x, inverse)
		gain := p - at[0]
		if gain == 0 {
			break
		}
		if gain > 0 {
			b.lo = x
		} else {
			b.hi = x
		}
		step := at.step(gain)
		if next := x + step; !(next > b.lo && next < b.hi) {
			x = b.lo + (b.hi-b.lo)/2
		} else if math.Abs(step) > b.small || math.Abs(gain/at[1]) > 2*b.small {
			x = next
		} else {
			return x + at.refine(step, gain)
		}
	}
	return x
}

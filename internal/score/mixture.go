package score

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// Mixture is the distribution (1/S) Σ_s N(Mean_s, SD_s²), every SD positive: the
// predictive distribution of a real target from S posterior samples.
type Mixture struct{ Mean, SD []float64 }

// CDF is its distribution function at x.
func (m Mixture) CDF(x float64) float64 {
	sum := 0.0
	for s, mean := range m.Mean {
		cdf, _ := Normal((x - mean) / m.SD[s])
		sum += cdf
	}
	return sum / float64(len(m.Mean))
}

// LogDensity is the logarithm of its density at x, in nats; it does not underflow.
func (m Mixture) LogDensity(x float64) float64 {
	l := make([]float64, len(m.Mean))
	m.AddLogDensities(l, x)
	return LogMeanExp(l)
}

// AddLogDensities adds to l[s] the log-density of component s at x.
func (m Mixture) AddLogDensities(l []float64, x float64) {
	for s, mean := range m.Mean {
		z := (x - mean) / m.SD[s]
		l[s] -= float64(z*z)/2 + ref.Log64(m.SD[s]) + halfLog2Pi
	}
}

// LogMeanExp is log (1/S) Σ_s e^{l_s}, without overflow or underflow.
func LogMeanExp(l []float64) float64 {
	most := math.Inf(-1)
	for _, v := range l {
		most = max(most, v)
	}
	if math.IsInf(most, -1) {
		return most
	}
	sum := 0.0
	for _, v := range l {
		sum += ref.Exp64(v - most)
	}
	return most + ref.Log64(sum/float64(len(l)))
}

const halfLog2Pi = 0.91893853320467274178

// Moments are its mean, the standard deviation of the components' means, which is the
// model's part of the uncertainty, and the root mean square of their SD, the noise's.
// The law of total variance: the whole variance is modelSD² + noiseSD².
func (m Mixture) Moments() (mean, modelSD, noiseSD float64) {
	n := float64(len(m.Mean))
	for _, v := range m.Mean {
		mean += v
	}
	mean /= n
	model, noise := 0.0, 0.0
	for s, v := range m.Mean {
		d := v - mean
		model += float64(d * d)
		noise += float64(m.SD[s] * m.SD[s])
	}
	return mean, math.Sqrt(model / n), math.Sqrt(noise / n)
}

// Level is a probability whose quantile is sought, strictly between 0 and 1.
type Level struct{ probability, normal float64 }

// NewLevel prepares a level. For a probability outside (0, 1) quantiles are NaN.
func NewLevel(probability float64) Level {
	l := Level{probability, 0}
	if !(probability > 0 && probability < 1) {
		return Level{math.NaN(), math.NaN()}
	}
	standard := Mixture{[]float64{0}, []float64{1}}
	l.normal = standard.root(probability, -39, 39, 0, 1)
	return l
}

// Quantile is the x at which the distribution function is the level.
func (m Mixture) Quantile(l Level) float64 {
	lo, hi, least := math.Inf(1), math.Inf(-1), math.Inf(1)
	for s, mean := range m.Mean { // the quantile lies between those of the components
		q := mean + float64(m.SD[s]*l.normal)
		lo, hi, least = min(lo, q), max(hi, q), min(least, m.SD[s])
	}
	mean, model, noise := m.Moments()
	start := mean + float64(math.Sqrt(float64(model*model)+float64(noise*noise))*l.normal)
	return m.root(l.probability, lo, hi, min(max(start, lo), hi), least)
}

// root solves CDF(x) = p for an x from lo to hi with Halley's method, whose error is cubed by
// every step, and halves the bracket when a step leaves it. least is the smallest SD: a
// step of 10⁻⁵ of it leaves an error below the rounding's. Every decision depends on the
// arguments alone.
func (m Mixture) root(p, lo, hi, x, least float64) float64 {
	const most = 300 // halvings of any bracket
	for range most {
		if hi-lo <= 0x1p-52*max(math.Abs(lo), math.Abs(hi)) {
			break
		}
		cdf, density, slope := m.derivatives(x)
		miss := cdf - p
		if miss == 0 {
			break
		}
		if miss < 0 {
			lo = x
		} else {
			hi = x
		}
		step := -2 * miss * density / (float64(2*density*density) - float64(miss*slope))
		if next := x + step; next > lo && next < hi {
			if x = next; math.Abs(step) <= 1e-5*least {
				break
			}
			continue
		}
		x = lo + (hi-lo)/2
	}
	return x
}

// derivatives are the distribution function, the density and its derivative at x.
func (m Mixture) derivatives(x float64) (cdf, density, slope float64) {
	for s, mean := range m.Mean {
		inv := 1 / m.SD[s]
		z := float64((x - mean) * inv)
		c, d := Normal(z)
		d = float64(d * inv)
		cdf += c
		density += d
		slope -= float64(d * z * inv)
	}
	n := float64(len(m.Mean))
	return cdf / n, density / n, slope / n
}

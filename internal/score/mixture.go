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
		cdf, _ := normal((x - mean) / m.SD[s])
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

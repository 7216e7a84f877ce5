package tractable

import (
	"iter"
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// Gaussian is q = N(Mu, diag Sigma²).
type Gaussian struct {
	Mu    [2]float64 `json:"mu"`
	Sigma [2]float64 `json:"sigma"`
}

// log2Pi is log 2π.
const log2Pi = 1.8378770664093454836

// LogDensity is log q(w).
func (q Gaussian) LogDensity(w [2]float64) float64 {
	return logNormal(w[0], q.Mu[0], q.Sigma[0]) + logNormal(w[1], q.Mu[1], q.Sigma[1])
}

// LogSymmetrized is log q^G(w) = log ½( q(w₁, w₂) + q(w₂, w₁) ).
func (q Gaussian) LogSymmetrized(w [2]float64) float64 {
	return q.LogDensity(w) + logMean(q.swapGain(w))
}

// swapGain is log q(w₂, w₁) − log q(w₁, w₂).
func (q Gaussian) swapGain(w [2]float64) float64 {
	return q.LogDensity([2]float64{w[1], w[0]}) - q.LogDensity(w)
}

// logMean is log ½(1 + e^x).
func logMean(x float64) float64 {
	return math.Max(x, 0) + ref.Log64(1+ref.Exp64(-math.Abs(x))) - math.Ln2
}

func logNormal(x, mean, sd float64) float64 {
	z := (x - mean) / sd
	return -float64(0.5*z*z) - ref.Log64(sd) - 0.5*log2Pi
}

// klPrior is KL(q ‖ N(0, prior² I)).
func (q Gaussian) klPrior(prior float64) (kl float64) {
	for k, mu := range q.Mu {
		m, v := mu/prior, q.Sigma[k]/prior
		kl += float64(0.5*(float64(m*m)+float64(v*v)-1)) - ref.Log64(v)
	}
	return kl
}

// sample is μ + σ⊙ε.
func (q Gaussian) sample(e [2]float64) (w [2]float64) {
	for k := range w {
		w[k] = q.Mu[k] + float64(q.Sigma[k]*e[k])
	}
	return w
}

// samples draws n weights; sample i reads the elements 2i and 2i+1 of key's noise.
func (q Gaussian) samples(n int, key ref.Key) [][2]float64 {
	w := make([][2]float64, n)
	for i, e := range noise(n, key) {
		w[i] = q.sample(e)
	}
	return w
}

// noise are the ε of n samples, of which few are held at a time.
func noise(n int, key ref.Key) iter.Seq2[int, [2]float64] {
	return func(yield func(int, [2]float64) bool) {
		var block [256]float32
		for first := 0; first < 2*n; first += len(block) {
			part := block[:min(len(block), 2*n-first)]
			key.Normals(part, first)
			for i := 0; i < len(part); i += 2 {
				if !yield((first+i)/2, [2]float64{float64(part[i]), float64(part[i+1])}) {
					return
				}
			}
		}
	}
}

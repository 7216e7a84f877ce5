package tractable

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/ref"
)

// Result is one trained q and how good it is.
type Result struct {
	Alpha  float64  `json:"alpha"`
	Method string   `json:"method"`
	Seed   uint64   `json:"seed"`
	Init   Gaussian `json:"init"`
	Q      Gaussian `json:"q"`
	// TestMSE is the mean over the test points of (ȳ(x) − α|x|)², ȳ(x) the mean prediction of
	// TestSamples weights.
	TestMSE float64 `json:"test_mse"`
	// SampleMSE is the mean over the same weights of each one's own mean squared error.
	SampleMSE float64 `json:"sample_mse"`
	// The paper's estimates from BoundSamples weights, over the normaliser. LG averages q over
	// the identity and BoundPermutations − 1 uniform permutations, LGBoth over the identity and
	// the exchange.
	LVI    bnn.Estimate `json:"l_vi"`
	LG     bnn.Estimate `json:"l_g"`
	LGBoth bnn.Estimate `json:"l_g_both"`
	Exact  Exact        `json:"exact"`
}

func (s Settings) check(alpha float64) error {
	if !(alpha >= 0) || math.IsInf(alpha, 1) {
		return fmt.Errorf("tractable: slope α = %v: want a number of at least 0", alpha)
	}
	return s.Validate()
}

// Run trains with a method and measures the result. One seed has the same data, initial q,
// batches and noise with every method and α.
func Run(s Settings, alpha float64, m Method, seed uint64) (Result, error) {
	p, err := NewPosterior(s, alpha, seed)
	if err != nil {
		return Result{}, err
	}
	if m < MFVI || m > SGMUniform {
		return Result{}, fmt.Errorf("tractable: there is no %v", m)
	}
	r := Result{Alpha: alpha, Method: m.String(), Seed: seed, Init: s.start(seed)}
	r.Q = s.train(s.trainingSet(seed), alpha, m, seed)
	r.TestMSE, r.SampleMSE = s.test(r.Q, alpha, seed)
	r.LVI, r.LG, r.LGBoth = p.estimates(r.Q, seed)
	r.Exact, err = p.Exact(r.Q)
	return r, err
}

// test computes both mean squared errors; the mean prediction has the mean slopes.
func (s Settings) test(q Gaussian, alpha float64, seed uint64) (ofMean, ofSamples float64) {
	data := sumSides(uniform(s.N, s.Range, ref.Key{Seed: seed, Stream: streamTest}))
	var right, left float64
	for _, w := range q.samples(s.TestSamples, ref.Key{Seed: seed, Stream: streamPredict}) {
		a, b := slopes(w)
		right += a
		left += b
		ofSamples += data.squares(alpha, w)
	}
	draws, n := float64(s.TestSamples), float64(s.N)
	mean := [2]float64{right / draws, -left / draws} // weights whose slopes are these
	return data.squares(alpha, mean) / n, ofSamples / draws / n
}

// estimates are L̂_VI = mean log p(D|ω) − KL(q ‖ prior) and L̂_VI + mean Î with Î = log q(ω) −
// log (1/K) Σ q(g⁻¹ω).
func (p *Posterior) estimates(q Gaussian, seed uint64) (lvi, lg, both bnn.Estimate) {
	s := p.settings
	constants := p.constants() - q.klPrior(s.PriorStd)
	if s.DropConstants {
		constants -= p.constants()
	}
	a, b, c := make([]float64, s.BoundSamples), make([]float64, s.BoundSamples),
		make([]float64, s.BoundSamples)
	for i, w := range q.samples(s.BoundSamples, ref.Key{Seed: seed, Stream: streamBound}) {
		gain := q.swapGain(w)
		share := float64(s.countSwaps(seed, uint32(i))) / float64(s.BoundPermutations)
		a[i] = p.fit(w) + constants
		b[i] = a[i] - logMixture(gain, share)
		c[i] = a[i] - logMixture(gain, 0.5)
	}
	return s.summarize(a), s.summarize(b), s.summarize(c)
}

// countSwaps is how many of BoundPermutations − 1 uniform permutations of two are the exchange;
// each is a random bit.
func (s Settings) countSwaps(seed uint64, sample uint32) (count int) {
	key := ref.Key{Seed: seed, Stream: streamBoundSwap, Step: sample}
	for drawn := 0; drawn < s.BoundPermutations-1; drawn += 32 {
		w := key.Words(uint32(drawn / 128))[drawn/32%4]
		if left := s.BoundPermutations - 1 - drawn; left < 32 {
			w &= 1<<left - 1
		}
		count += bits.OnesCount32(w)
	}
	return count
}

// logMixture is log( (1 − share) + share·e^gain ), 0 ≤ share < 1.
func logMixture(gain, share float64) float64 {
	m := math.Max(gain, 0)
	return m + ref.Log64(float64((1-share)*ref.Exp64(-m))+float64(share*ref.Exp64(gain-m)))
}

// summarize is the mean and its standard error, over the normaliser.
func (s Settings) summarize(x []float64) (e bnn.Estimate) {
	n := float64(len(x))
	for _, v := range x {
		e.Value += v / n
	}
	var square float64
	for _, v := range x {
		square += float64((v - e.Value) * (v - e.Value))
	}
	e.SE = math.Sqrt(square/(n-1)/n) / s.normalizer()
	e.Value /= s.normalizer()
	return e
}

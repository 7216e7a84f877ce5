package score

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func quantile(m Mixture, p float64) float64 {
	var q [1]float64
	NewQuantiles([]float64{p}).Of(m, q[:])
	return q[0]
}

// Quantiles with 10⁶ draws: the share below one is the level within five standard errors.
func TestQuantilesAgainstDraws(t *testing.T) {
	const draws = 1_000_000
	r := rand.New(rand.NewPCG(3, 3))
	for _, n := range []int{1, 3, 50} {
		m, _ := randomMixture(r, n, 0.01)
		y := make([]float64, draws)
		for i := range y {
			s := r.IntN(n)
			y[i] = m.Mean[s] + m.SD[s]*r.NormFloat64()
		}
		slices.Sort(y)
		for _, p := range []float64{0.001, 0.05, 0.25, 0.5, 0.9, 0.999} {
			q := quantile(m, p)
			below, _ := slices.BinarySearch(y, q)
			near(t, "share below a quantile", float64(below)/draws, p, 5*math.Sqrt(p*(1-p)/draws))
			near(t, "CDF at a quantile", m.oracleCDF(q), p, 1e-13)
		}
	}
}

func TestQuantilesOfHardMixtures(t *testing.T) {
	levels := []float64{1e-12, 1e-3, 0.3, 0.4999999, 0.5, 0.5000001, 0.9, 1 - 1e-9}
	for name, m := range map[string]Mixture{
		"two far apart":       {[]float64{-1e6, 1e6}, []float64{1, 1}},
		"wide and narrow":     {[]float64{0, 0, 3}, []float64{1e3, 1e-6, 1e-3}},
		"all the same":        {[]float64{2, 2, 2}, []float64{0.5, 0.5, 0.5}},
		"far from 0":          {[]float64{1e9, 1e9 + 1}, []float64{1, 2}},
		"nearly all the same": {[]float64{1, 1 + 0x1p-52}, []float64{1e-3, 1e-3}},
		"one":                 {[]float64{-7}, []float64{1e-5}},
	} {
		before := math.Inf(-1)
		for _, p := range levels {
			q := quantile(m, p)
			if !(q >= before) {
				t.Errorf("%s: the quantile %v of %v is below %v, that of a lower level", name, q, p, before)
			}
			before = q
			// what rounding q to a float64 changes, beside the error of the sum
			density := math.Exp(m.LogDensity(q))
			near(t, name, m.oracleCDF(q), p, 1e-14+4*density*math.Abs(q)*0x1p-52)
		}
	}
	for _, p := range []float64{0, 1, -1, math.NaN()} {
		if q := quantile(Mixture{[]float64{0}, []float64{1}}, p); q == q {
			t.Errorf("a quantile of level %v is %v, want NaN", p, q)
		}
	}
	level := NewQuantiles([]float64{0.975}).levels[0].normal
	near(t, "the level 0.975", level, 1.959963984540054, 1e-15)
}

// Three quantiles of 100 components, whose means spread as much as their noise.
func BenchmarkQuantiles(b *testing.B) {
	m, _ := randomMixture(rand.New(rand.NewPCG(1, 1)), 100, 0.5)
	for s := range m.SD {
		m.SD[s] = 2
	}
	q := NewQuantiles([]float64{0.05, 0.5, 0.95})
	dst := make([]float64, 3)
	for b.Loop() {
		q.Of(m, dst)
	}
}

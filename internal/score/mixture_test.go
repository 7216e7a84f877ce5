package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

// randomMixture has so many components, some of whose SD are as small as least, and y is a
// draw from a wider distribution.
func randomMixture(r *rand.Rand, n int, least float64) (m Mixture, y float64) {
	for range n {
		m.Mean = append(m.Mean, 2*r.NormFloat64()+1)
		m.SD = append(m.SD, least+math.Abs(r.NormFloat64()))
	}
	return m, 4 * r.NormFloat64()
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v ± %g", what, got, want, tolerance)
	}
}

// oracleCDF uses the standard library's error function.
func (m Mixture) oracleCDF(x float64) float64 {
	sum := 0.0
	for s, mean := range m.Mean {
		sum += math.Erfc((mean-x)/m.SD[s]/math.Sqrt2) / 2
	}
	return sum / float64(len(m.Mean))
}

// integral is ∫ f from a to b by Simpson's rule with n (even) intervals.
func integral(f func(float64) float64, a, b float64, n int) float64 {
	h := (b - a) / float64(n)
	sum := f(a) + f(b)
	for i := 1; i < n; i++ {
		sum += f(a+float64(i)*h) * float64(2+2*(i%2))
	}
	return sum * h / 3
}

func TestMixtureAgainstOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 2, 9, 100} {
		m, _ := randomMixture(r, n, 0.2)
		for range 50 {
			x := 5 * r.NormFloat64()
			near(t, "CDF", m.CDF(x), m.oracleCDF(x), 1e-14)
			density := 0.0
			for s, mean := range m.Mean {
				z := (x - mean) / m.SD[s]
				density += math.Exp(-z*z/2) / m.SD[s] / math.Sqrt(2*math.Pi) / float64(n)
			}
			want := math.Log(density)
			near(t, "log-density", m.LogDensity(x), want, 1e-12*(1+math.Abs(want)))
		}
		mean, model, noise := m.Moments()
		moment := func(power float64) float64 {
			f := func(x float64) float64 { return math.Pow(x, power) * math.Exp(m.LogDensity(x)) }
			return integral(f, -60, 60, 10000)
		}
		first, second := moment(1), moment(2)
		near(t, "mean", mean, first, 1e-9)
		near(t, "variance", model*model+noise*noise, second-first*first, 1e-8)
	}
	far := Mixture{[]float64{0, 1}, []float64{1e-3, 2e-3}}
	if l := far.LogDensity(1e3); math.IsInf(l, 0) || !(math.Abs(l+1.2475e11) < 1e9) {
		t.Errorf("log-density %v far away, want about −1.25·10¹¹", l)
	}
}

// CRPS with numerical integration of its definition, to 10⁻⁶.
func TestCRPSAgainstIntegration(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, n := range []int{1, 2, 5, 30, 200} {
		for range 4 {
			m, y := randomMixture(r, n, 0.1)
			below := func(x float64) float64 { f := m.oracleCDF(x); return f * f }
			above := func(x float64) float64 { f := 1 - m.oracleCDF(x); return f * f }
			want := integral(below, min(y, 0)-50, y, 8000) +
				integral(above, y, max(y, 0)+50, 8000)
			near(t, "CRPS", m.CRPS(y), want, 1e-6)
			near(t, "the sum over pairs", m.spreadByPairs(), m.spreadByIntegral(m.nodes()), 1e-12)
		}
	}
	// Of one Gaussian (Gneiting and Raftery 2007, eq. 21): σ(2φ(0) − 1/√π) at its mean.
	one := Mixture{[]float64{3}, []float64{2}}
	near(t, "CRPS of N(3, 4) at 3", one.CRPS(3), 2*(2/math.Sqrt(2*math.Pi)-1/math.Sqrt(math.Pi)),
		1e-15)
}

// Components far narrower than their distances: an integral would need too many nodes.
func TestCRPSOfNarrowComponents(t *testing.T) {
	m := Mixture{[]float64{0, 1, 5}, []float64{1e-300, 1e-9, 1e-12}}
	// A number of three with chance ⅓ each: E|X − 2| − ½E|X − X′| with
	// E|X − 2| = (2 + 1 + 3)/3 and ½E|X − X′| = (1 + 5 + 4)/9.
	near(t, "CRPS", m.CRPS(2), 2-10./9, 1e-8)
	near(t, "median", quantile(m, 0.5), 1, 1e-8)
}

func BenchmarkCRPS(b *testing.B) {
	m, y := randomMixture(rand.New(rand.NewPCG(1, 1)), 1000, 0.5)
	for b.Loop() {
		m.CRPS(y)
	}
}

func BenchmarkNormal(b *testing.B) {
	z := 0.0
	for b.Loop() {
		Normal(z)
		if z += 0.01; z > 3 {
			z = -3
		}
	}
}

package tractable

import (
	"flag"
	"fmt"
	"math"
	"testing"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/ref"
)

var seeds = flag.Int("tractable.seeds", 2, "seeds behind the tables of TestTables, at least 2")

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g ± %.2g", what, got, want, tolerance)
	}
}

func posterior(t *testing.T, s Settings, alpha float64, seed uint64) *Posterior {
	t.Helper()
	p := must.Get(NewPosterior(s, alpha, seed))(t)
	return p
}

func exact(t *testing.T, p *Posterior, q Gaussian) Exact {
	t.Helper()
	e := must.Get(p.Exact(q))(t)
	return e
}

// network is f(x) = ReLU(w₁x) + ReLU(w₂x) as written.
func network(w [2]float64, x float64) float64 { return max(w[0]*x, 0) + max(w[1]*x, 0) }

// some places in every quadrant, and some q: separate, overlapping, equal, wide, off to one side.
var (
	places    = [][2]float64{{0.3, 0.1}, {-0.2, 0.05}, {0.15, -0.4}, {-0.1, -0.3}}
	gaussians = []Gaussian{
		{[2]float64{0.2, -0.2}, [2]float64{0.04, 0.05}},
		{[2]float64{0.1, -0.05}, [2]float64{0.1, 0.2}},
		{[2]float64{0.1, 0.1}, [2]float64{0.07, 0.07}},
		{[2]float64{0, 0.3}, [2]float64{0.5, 0.02}},
		{[2]float64{1, 2}, [2]float64{0.01, 0.01}},
	}
)

func TestSides(t *testing.T) {
	x := uniform(100, 10, ref.Key{Seed: 4})
	s := sumSides(x)
	for _, w := range places {
		var want float64
		for _, v := range x {
			if !(v > -10 && v < 10) {
				t.Fatalf("x = %v", v)
			}
			e := 0.15*math.Abs(v) - network(w, v)
			want += e * e
		}
		near(t, "Σ(y−f)²", s.squares(0.15, w), want, 1e-10)
		g := s.gradient(0.15, w)
		for k := range w {
			up, down := w, w
			up[k] += 1e-6
			down[k] -= 1e-6
			near(t, "its gradient", g[k], -0.5*(s.squares(0.15, up)-s.squares(0.15, down))/2e-6, 1e-5)
		}
	}
	if s.right == 0 || s.left == 0 {
		t.Errorf("sides %+v", s)
	}
}

// The evidence against Simpson's rule over the plane, one quadrant at a time, without any of
// the algebra.
func TestEvidence(t *testing.T) {
	for _, c := range []struct {
		noise, prior, alpha float64
	}{{3, 0.13, 0.05}, {3, 0.13, 0.2}, {4, 0.2, 0.1}, {30, 0.2, 0}, {2, 0.5, 0.3}} {
		s := Paper()
		s.Noise, s.PriorStd = c.noise, c.prior
		p := posterior(t, s, c.alpha, 1)
		const n = 400
		h := 8 * c.prior / n
		var sum float64
		for _, sign := range [][2]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
			for i := range n + 1 {
				for j := range n + 1 {
					w := [2]float64{sign[0] * h * float64(i), sign[1] * h * float64(j)}
					sum += simpson(i, n) * simpson(j, n) * math.Exp(p.LogDensity(w))
				}
			}
		}
		near(t, fmt.Sprintf("the posterior's mass with %+v", c), sum*h*h/9, 1, 1e-6)
		if !(p.uncertainty < 1e-12) {
			t.Errorf("%+v: halving the panels changes the log evidence by %v", c, p.uncertainty)
		}
	}
}

func simpson(i, n int) float64 {
	if i == 0 || i == n {
		return 1
	}
	return []float64{2, 4}[i%2]
}

// E max(w,0) and E max(w,0)² in closed form.
func TestExpectedLikelihood(t *testing.T) {
	p := posterior(t, Paper(), 0.15, 2)
	for _, q := range gaussians {
		moments := func(sign float64) (first, second float64) {
			var m [2]float64
			for k := range m {
				mu, s := sign*q.Mu[k], q.Sigma[k]
				cdf := 0.5 * math.Erfc(-mu/s/math.Sqrt2)
				pdf := math.Exp(-0.5*mu*mu/s/s) / math.Sqrt(2*math.Pi)
				m[k] = mu*cdf + s*pdf
				second += (mu*mu+s*s)*cdf + mu*s*pdf
			}
			return m[0] + m[1], second + 2*m[0]*m[1]
		}
		r1, r2 := moments(1)
		l1, l2 := moments(-1)
		want := -(p.data.right*(0.15*0.15-0.3*r1+r2)+p.data.left*(0.15*0.15-0.3*l1+l2))/18 -
			50*math.Log(2*math.Pi*9)
		got, _ := p.expectedLikelihood(q)
		near(t, "E log p(D|w)", got, want, 1e-10*math.Abs(want))
	}
}

// log p(D) − KL(q ‖ p) = L_VI and log p(D) − KL(q^G ‖ p) = L^G = L_VI + I with 0 ≤ I ≤ log 2
// (Theorem 4.1).
func TestIdentities(t *testing.T) {
	for _, alpha := range []float64{0.05, 0.2} {
		p := posterior(t, Converged(), alpha, 3)
		for _, q := range gaussians {
			e := exact(t, p, q)
			near(t, "log p(D) − KL(q ‖ p)", e.LogEvidence-e.KLQ, e.LVI, 1e-9*(1+e.KLQ))
			near(t, "log p(D) − KL(q^G ‖ p)", e.LogEvidence-e.KLQG, e.LG, 1e-9*(1+e.KLQ))
			if !(e.Information > -1e-9 && e.Information < math.Ln2+1e-9) || !(e.KLQG > 0) ||
				!(e.Error < 1e-8*(1+e.KLQ)) {
				t.Errorf("α = %v, q = %+v: %+v", alpha, q, e)
			}
		}
	}
}

func TestInformation(t *testing.T) {
	p := posterior(t, Paper(), 0.1, 0)
	near(t, "I of equal neurons", exact(t, p, gaussians[2]).Information, 0, 1e-12)
	near(t, "I of separate neurons", exact(t, p, gaussians[4]).Information, math.Ln2, 1e-9)
	// Equal σ: the gain is Gaussian, and I a one-dimensional integral over it.
	q := Gaussian{[2]float64{0.1, 0}, [2]float64{0.05, 0.05}}
	const n = 20000
	var want float64
	for i := range n + 1 {
		z := -10 + 20*float64(i)/n
		distance := 2 * 0.1 * 0.1 / 0.05 / 0.05 // squared, from μ to its exchange, in standard deviations
		gain := -distance/2 + math.Sqrt(distance)*z
		want -= simpson(i, n) * 20 / 3.0 / n * math.Exp(-0.5*z*z) / math.Sqrt(2*math.Pi) *
			math.Log(0.5+0.5*math.Exp(gain))
	}
	near(t, "I at two standard deviations", exact(t, p, q).Information, want, 1e-9)
}

// With no information in the data the posterior is the prior.
func TestNoData(t *testing.T) {
	s := Paper()
	s.Noise = 1e9
	p := posterior(t, s, 0.1, 0)
	near(t, "log p(D)", p.LogEvidence(), p.constants(), 1e-12)
	for _, q := range gaussians[:3] {
		e := exact(t, p, q)
		near(t, "KL(q ‖ p)", e.KLQ, q.klPrior(s.PriorStd), 1e-10)
	}
	prior := Gaussian{Sigma: [2]float64{s.PriorStd, s.PriorStd}}
	near(t, "KL(prior ‖ p)", exact(t, p, prior).KLQ, 0, 1e-12)
}

// path is the derivative of I(ω) with q held fixed.
func TestPath(t *testing.T) {
	q := gaussians[1]
	for _, e := range [][2]float64{{0.3, -1}, {-2, 0.5}, {1, 1}} {
		w := q.sample(e)
		got := q.path(w, e, true)
		for k := range w {
			up, down := w, w
			up[k] += 1e-6
			down[k] -= 1e-6
			near(t, "∂I/∂ω", got[k], -(logMean(q.swapGain(up))-logMean(q.swapGain(down)))/2e-6, 1e-7)
		}
		if off := q.path(w, e, false); off != [2]float64{} {
			t.Errorf("without the exchange the gradient is %v", off)
		}
	}
}

// The training gradient's mean is the derivative of the exact −L_VI and −L^G, within four
// standard errors.
func TestGradientUnbiased(t *testing.T) {
	s := Paper()
	s.Batch = s.N
	p := posterior(t, s, 0.1, 5)
	q := Gaussian{[2]float64{0.12, -0.03}, [2]float64{0.09, 0.12}}
	for _, m := range []Method{MFVI, SGM} {
		const blocks, samples = 100, 400
		var sum, square [4]float64
		for b := range blocks {
			e := noise(samples, ref.Key{Seed: 9, Stream: streamNoise, Step: uint32(b)})
			dMean, dSD := s.gradient(q, p.data, 0.1, e, m.swaps(9, uint32(b)))
			for k, v := range []float64{dMean[0], dMean[1], dSD[0], dSD[1]} {
				sum[k] += v
				square[k] += v * v
			}
		}
		for k := range sum {
			const d = 1e-4
			loss := func(by float64) float64 {
				moved := q
				if k < 2 {
					moved.Mu[k] += by
				} else {
					moved.Sigma[k-2] += by
				}
				e := exact(t, p, moved)
				if m == MFVI {
					return e.KLQ
				}
				return e.KLQG
			}
			want := (loss(d) - loss(-d)) / (2 * d)
			mean := sum[k] / blocks
			stderr := math.Sqrt((square[k]/blocks - mean*mean) / (blocks - 1))
			t.Logf("%v, parameter %d: %.4f ± %.4f, exact %.4f", m, k, mean, stderr, want)
			if !(math.Abs(mean-want) < 4*stderr) || !(stderr < 0.2) {
				t.Errorf("%v, parameter %d: %v ± %v, want %v", m, k, mean, stderr, want)
			}
		}
	}
}

// The paper's estimates are the exact bounds within four standard errors.
func TestEstimates(t *testing.T) {
	s := Paper()
	s.BoundSamples = 20_000
	s.Normalizer = 50
	p := posterior(t, s, 0.1, 5)
	for _, drop := range []bool{true, false} {
		p.settings.DropConstants = drop
		for _, q := range gaussians[:4] {
			e := exact(t, p, q)
			lvi, lg, both := p.estimates(q, 5)
			constants := 0.0
			if drop {
				constants = p.constants()
			}
			for _, c := range []struct {
				name  string
				got   bnn.Estimate
				want  float64
				slack float64 // K = 500 draws hold the exchange 250 ± 11 times
			}{{"L_VI", lvi, e.LVI, 0}, {"L^G", both, e.LG, 0}, {"L^G with K = 500", lg, e.LG, 2e-3}} {
				want := (c.want - constants) / 50
				if !(math.Abs(c.got.Value-want) < 4*c.got.SE+c.slack/50) || !(c.got.SE > 0) {
					t.Errorf("%s = %+v, want %v", c.name, c.got, want)
				}
			}
		}
	}
}

func TestCountSwaps(t *testing.T) {
	s := Paper()
	var sum float64
	for i := range uint32(1000) {
		n := s.countSwaps(0, i)
		if n < 0 || n > s.BoundPermutations-1 {
			t.Fatalf("%d of %d", n, s.BoundPermutations)
		}
		sum += float64(n)
	}
	near(t, "the mean number of exchanges", sum/1000, 249.5, 4*math.Sqrt(499/4.0/1000))
	s.BoundPermutations = 1
	if n := s.countSwaps(0, 0); n != 0 {
		t.Errorf("the identity alone has %d exchanges", n)
	}
}

// The mean slopes give the mean prediction's error.
func TestTestError(t *testing.T) {
	s := Paper()
	s.TestSamples = 50
	q := gaussians[1]
	ofMean, ofSamples := s.test(q, 0.1, 3)
	weights := q.samples(50, ref.Key{Seed: 3, Stream: streamPredict})
	var wantMean, wantSamples float64
	for _, x := range uniform(s.N, s.Range, ref.Key{Seed: 3, Stream: streamTest}) {
		var mean float64
		for _, w := range weights {
			f := network(w, x)
			mean += f / 50
			wantSamples += (f - 0.1*math.Abs(x)) * (f - 0.1*math.Abs(x)) / 50 / 100
		}
		wantMean += (mean - 0.1*math.Abs(x)) * (mean - 0.1*math.Abs(x)) / 100
	}
	near(t, "error of the mean", ofMean, wantMean, 1e-12)
	near(t, "mean error", ofSamples, wantSamples, 1e-12)
}

func TestGrid(t *testing.T) {
	p := posterior(t, Paper(), 0.15, 0)
	g := p.Grid(1, 401, gaussians[0], gaussians[1])
	h := g.Axis[1] - g.Axis[0]
	for name, d := range map[string][][]float64{"truth": g.Truth, "q": g.Q[0],
		"symmetrised": g.QG[1]} {
		var sum float64
		for _, row := range d {
			for _, v := range row {
				sum += v * h * h
			}
		}
		near(t, "the mass of "+name, sum, 1, 2e-3)
	}
	if g.Axis[0] != -1 || g.Axis[200] != 0 || g.Axis[400] != 1 {
		t.Errorf("axis from %v over %v to %v", g.Axis[0], g.Axis[200], g.Axis[400])
	}
	got, want := g.Q[0][160][240],
		math.Exp(gaussians[0].LogDensity([2]float64{g.Axis[240], g.Axis[160]}))
	if !(math.Abs(got-want) < 1e-9) || got < 1 {
		t.Errorf("row 160, column 240 is %v, want %v", got, want)
	}
	near(t, "the exchanged truth", g.Truth[160][240], g.Truth[240][160], 1e-12)
	near(t, "the exchanged q^G", g.QG[0][160][240], g.QG[0][240][160], 1e-12)
}

func run(t *testing.T, s Settings, alpha float64, m Method, seed uint64) Result {
	t.Helper()
	r := must.Get(Run(s, alpha, m, seed))(t)
	return r
}

// Methods start alike and read the same random numbers; a run repeats exactly.
func TestPairing(t *testing.T) {
	a, b, c := run(t, Paper(), 0.1, MFVI, 7), run(t, Paper(), 0.1, SGM, 7),
		run(t, Paper(), 0.1, SGMUniform, 7)
	if a.Init != b.Init || a.Init != c.Init || a.Exact.LogEvidence != b.Exact.LogEvidence {
		t.Errorf("starts %+v, %+v, %+v", a.Init, b.Init, c.Init)
	}
	if a.Q == b.Q || a.Q == c.Q || b.Q == c.Q {
		t.Error("two methods trained the same q")
	}
	if again := run(t, Paper(), 0.1, MFVI, 7); again != a {
		t.Errorf("%+v and then %+v", a, again)
	}
	if other := run(t, Paper(), 0.1, MFVI, 8); other.Init == a.Init ||
		other.Exact.LogEvidence == a.Exact.LogEvidence {
		t.Error("another seed has the same start or data")
	}
	// Far apart the neurons have no entropy gradient, so that the methods agree to the end.
	s := Paper()
	s.InitMeanStd, s.InitStd, s.LearningRate = 10, 1e-3, 1e-5
	if a, b := run(t, s, 0.1, MFVI, 7), run(t, s, 0.1, SGM, 7); a.Q != b.Q {
		t.Errorf("with separate neurons %+v and %+v", a.Q, b.Q)
	}
}

func TestRefusals(t *testing.T) {
	for i, change := range []func(*Settings){
		func(s *Settings) {
			s.Noise = 0
		}, func(s *Settings) { s.PriorStd = math.NaN() }, func(s *Settings) { s.InitStd = math.Inf(1) },
		func(s *Settings) {
			s.InitMeanStd = -1
		}, func(s *Settings) { s.Batch = 7 }, func(s *Settings) { s.N = 0 },
		func(s *Settings) {
			s.BoundSamples = 1
		}, func(s *Settings) { s.Epochs = mostCount + 1 }, func(s *Settings) { s.Normalizer = -1 },
	} {
		s := Paper()
		change(&s)
		if _, err := Run(s, 0.1, MFVI, 0); err == nil {
			t.Errorf("change %d was taken", i)
		}
	}
	if _, err := Run(Paper(), -0.1, MFVI, 0); err == nil {
		t.Error("a negative slope was taken")
	}
	if _, err := Run(Paper(), 0.1, SGMUniform+1, 0); err == nil {
		t.Error("an unknown method was taken")
	}
	if _, err := posterior(t, Paper(), 0.1, 0).Exact(Gaussian{}); err == nil {
		t.Error("σ = 0 was taken")
	}
}

// steady is Converged with so little gradient noise (all points, twenty times the samples, a
// twenty-fifth of the rate) that the last iterate's objective is within 0.001 nats of the optimum.
func steady() Settings {
	s := Converged()
	s.Batch, s.Samples, s.LearningRate, s.Epochs = s.N, 100, 2e-4, 10000
	return s
}

// TestTables logs Tables 2 and 3 with exact KLs; -v -tractable.seeds 10 for the paper's number
// of seeds. In settled training the symmetrised objective brings q^G nearer to the posterior at
// every α and mean field brings q nearer.
func TestTables(t *testing.T) {
	for _, preset := range []struct {
		name     string
		settings Settings
		settled  bool
	}{{"paper", Paper(), false}, {"converged", Converged(), true}, {"steady", steady(), true}} {
		for _, alpha := range PaperAlphas() {
			t.Logf("%s, α = %v:", preset.name, alpha)
			base := cell(t, preset.settings, alpha, MFVI)
			mf, sgm := logCell(t, base, base), Exact{}
			for _, m := range []Method{SGM, SGMUniform} {
				e := logCell(t, cell(t, preset.settings, alpha, m), base)
				if m == SGM {
					sgm = e
				}
			}
			if preset.settled && (!(sgm.KLQG < mf.KLQG) || !(mf.KLQ < sgm.KLQ)) {
				t.Errorf("%s, α = %v: KL(q ‖ p) is %v with mean field and %v with SGM, KL(q^G ‖ p) %v and %v",
					preset.name, alpha, mf.KLQ, sgm.KLQ, mf.KLQG, sgm.KLQG)
			}
		}
	}
}

// cell holds the results of all seeds.
func cell(t *testing.T, s Settings, alpha float64, m Method) (out []Result) {
	for seed := range uint64(*seeds) {
		out = append(out, run(t, s, alpha, m, seed))
	}
	return out
}

// logCell logs means over seeds, ± the sd of one seed, and the paired difference of the test
// error to base, ± its standard error.
func logCell(t *testing.T, results, base []Result) (mean Exact) {
	of := func(value func(Result) float64) (mean, sd float64) {
		n := float64(len(results))
		for _, r := range results {
			mean += value(r) / n
		}
		for _, r := range results {
			sd += (value(r) - mean) * (value(r) - mean) / (n - 1)
		}
		return mean, math.Sqrt(sd)
	}
	line := fmt.Sprintf("  %-15s", results[0].Method)
	for _, c := range []struct {
		name  string
		value func(Result) float64
	}{
		{"MSE", func(r Result) float64 { return r.TestMSE }},
		{"ΔMSE", func(r Result) float64 { return r.TestMSE - base[r.Seed].TestMSE }},
		{"L_VI", func(r Result) float64 { return r.LVI.Value }},
		{"L^G", func(r Result) float64 { return r.LG.Value }},
		{"KL(q‖p)", func(r Result) float64 { return r.Exact.KLQ }},
		{"KL(q^G‖p)", func(r Result) float64 { return r.Exact.KLQG }},
	} {
		m, sd := of(c.value)
		if c.name == "ΔMSE" {
			sd /= math.Sqrt(float64(len(results)))
		}
		line += fmt.Sprintf("  %s %.4f ± %.4f", c.name, m, sd)
	}
	t.Log(line)
	mean.KLQ, _ = of(func(r Result) float64 { return r.Exact.KLQ })
	mean.KLQG, _ = of(func(r Result) float64 { return r.Exact.KLQG })
	return mean
}

// Frozen: every platform gives these bits.
func TestKnownBits(t *testing.T) {
	r := run(t, Paper(), 0.15, SGM, 1)
	for _, c := range []struct {
		name string
		got  float64
		want uint64
	}{
		{"μ₁", r.Q.Mu[0], 0x3fb96d038c9cc7c6}, {"μ₂", r.Q.Mu[1], 0xbfc116b2dc5892c3},
		{"σ₂", r.Q.Sigma[1], 0x3faab4dab59dfc05},
		{"MSE", r.TestMSE, 0x3fabc4cba0a9ce0f}, {"KL(q^G ‖ p)", r.Exact.KLQG, 0x3fc7139061018f00},
		{"L^G", r.LG.Value, 0xbf919d1489a6461c},
		{"log p(D)", r.Exact.LogEvidence, 0xc0696963c66cabf9},
	} {
		if math.Float64bits(c.got) != c.want {
			t.Errorf("%s has bits %#x, want %#x", c.name, math.Float64bits(c.got), c.want)
		}
	}
}

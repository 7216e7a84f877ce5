package bnn

import (
	"context"
	"math"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// information evaluates I(ω) of samples of a posterior with the library.
func information(t *testing.T, n Network, q *Posterior, y Symmetrization, w []float32) []float64 {
	t.Helper()
	s := &scratch{device: newCPU(t, cpu.Options{})}
	g := q.upload(s, true)
	samples := len(w) / n.Parameters()
	z := newEstimator(s, n, g, y, samples)
	z.prepare()
	key := kernels.Key{Seed: 4, Stream: streamELBOPermutations}
	z.evaluate(s.upload(w), samples, drawKey{Key: key}, false)
	return must.Get(kernels.Read(z.found().information))(t)
}

// draw samples weights from q.
func draw(q *Posterior, samples int) []float32 {
	sigma := q.Sigma()
	n := len(sigma)
	w := make([]float32, samples*n)
	for s := range samples {
		kernels.Key{Seed: 8, Stream: streamELBO, Sample: uint32(s)}.Normals(w[s*n:(s+1)*n], 0)
		for i := range n {
			w[s*n+i] = q.Mu[i] + sigma[i]*w[s*n+i]
		}
	}
	return w
}

// overlapping is a posterior whose neurons are hard to tell apart.
func overlapping(t *testing.T, n Network, std float64) *Posterior {
	t.Helper()
	return must.Get(NewPosterior(Model{n, Softmax(), Prior{Std: 1}}, std, 3))(t)
}

func TestExactInformationAgainstBruteForce(t *testing.T) {
	for _, hidden := range []int{1, 2, 3, 5, 7} {
		n := mlp(3, hidden, 2)
		for _, std := range []float64{0.01, 0.3, 2} {
			q := overlapping(t, n, std)
			w := draw(q, 3)
			group := n.allPermutations()
			for s, got := range information(t, n, q, Symmetrization{Estimator: EstimatorExact}, w) {
				want := n.oracleInformation(float64s(w[s*n.Parameters():][:n.Parameters()]),
					float64s(q.Mu), float64s(q.Rho), group)
				if !(math.Abs(got-want) < 1e-4) {
					t.Errorf("hidden %d, σ %v: I = %v, want %v", hidden, std, got, want)
				}
			}
		}
	}
}

func TestUniformTendsToTheExactInformation(t *testing.T) {
	for _, n := range []Network{mlp(3, 4, 2), mlp(2, 3, 3, 2), mlp(2, 2, 3, 2, 1)} {
		q := overlapping(t, n, 0.7)
		w := draw(q, 2)
		group := n.allPermutations()
		for s := range 2 {
			ws := w[s*n.Parameters():][:n.Parameters()]
			want := n.oracleInformation(float64s(ws), float64s(q.Mu), float64s(q.Rho), group)
			got := information(t, n, q, Symmetrization{Estimator: EstimatorUniform,
				Permutations: 40000}, ws)[0]
			// The identity is over-represented by one in K; the rest is Monte Carlo noise.
			if !(math.Abs(got-want) < 0.05) {
				t.Errorf("%v, sample %d: uniform with K = 40000 gives %v, exact is %v", n.Widths, s, got, want)
			}
		}
	}
}

func TestInformationBounds(t *testing.T) {
	n := mlp(3, 6, 2)
	logOrder := n.LogGroupOrder()
	if want := math.Log(720); !(math.Abs(logOrder-want) < 1e-12) {
		t.Fatalf("log 6! = %v, want %v", logOrder, want)
	}
	for _, std := range []float64{1e-6, 0.05, 0.3, 1, 10} {
		q := overlapping(t, n, std)
		w := draw(q, 400)
		exact := estimate(information(t, n, q, Symmetrization{Estimator: EstimatorExact}, w))
		uniform := estimate(information(t, n, q, Symmetrization{Estimator: EstimatorUniform,
			Permutations: 20}, w))
		if !(exact.Value >= -4*exact.SE-1e-9) || !(exact.Value <= logOrder+1e-9) {
			t.Errorf("σ %v: E I = %v ± %v is outside [0, log n! = %v]", std, exact.Value, exact.SE, logOrder)
		}
		if !(uniform.Value <= math.Log(20)+1e-9) {
			t.Errorf("σ %v: uniform gives %v, more than log K", std, uniform.Value)
		}
		if !(uniform.Value <= exact.Value+4*(uniform.SE+exact.SE)+1e-9) {
			t.Errorf("σ %v: the lower bound %v ± %v exceeds the exact value %v ± %v", std,
				uniform.Value, uniform.SE, exact.Value, exact.SE)
		}
	}
	// Separated neurons: nothing is lost by one mode, I = log n! on every sample.
	separated := overlapping(t, n, 1e-6)
	for _, got := range information(t, n, separated, Symmetrization{Estimator: EstimatorExact},
		draw(separated, 5)) {
		if !(math.Abs(got-logOrder) < 1e-9) {
			t.Errorf("separated neurons: I = %v, want log n! = %v", got, logOrder)
		}
	}
	// Identical neurons: q is invariant already, I = 0 on every sample.
	same := overlapping(t, n, 0.2)
	clear(same.Mu)
	for _, got := range information(t, n, same, Symmetrization{Estimator: EstimatorExact},
		draw(same, 5)) {
		if !(math.Abs(got) < 1e-9) {
			t.Errorf("identical neurons: I = %v, want 0", got)
		}
	}
}

func TestPermutationsChangeNeitherFunctionNorSymmetrizedDensity(t *testing.T) {
	n := mlp(3, 5, 2)
	q := overlapping(t, n, 0.5)
	mu, rho := float64s(q.Mu), float64s(q.Rho)
	w := draw(q, 1)
	w64 := float64s(w)
	x := []float64{0.3, -1, 2}
	f := n.oracleForward(w64, x)
	symmetrized := oracleLogQ(w64, mu, rho) -
		information(t, n, q, Symmetrization{Estimator: EstimatorExact}, w)[0]
	for _, g := range [][]int32{{1, 0, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 3, 4, 0, 1}} {
		gw64 := n.permute(w64, [][]int32{g})
		gw := make([]float32, len(w))
		for i, v := range gw64 {
			gw[i] = float32(v)
		}
		for o, v := range n.oracleForward(gw64, x) {
			if !(math.Abs(v-f[o]) < 1e-12) {
				t.Errorf("f(gω) = %v, f(ω) = %v", v, f[o])
			}
		}
		if got := oracleLogQ(gw64, mu, rho) -
			information(t, n, q, Symmetrization{Estimator: EstimatorExact},
				gw)[0]; !(math.Abs(got-symmetrized) < 1e-4) {
			t.Errorf("log q^G(gω) = %v, log q^G(ω) = %v", got, symmetrized)
		}
	}
}

// TestInformationAgainstQuadrature integrates I over a posterior of two neurons with
// one parameter each (the tractable posterior of the paper's Figure 4).
func TestInformationAgainstQuadrature(t *testing.T) {
	for _, c := range []struct {
		m1, s1, m2, s2 float64
	}{{0, 1, 0, 1}, {0, 0.5, 1, 0.8}, {-1, 0.3, 1, 0.3}, {0.2, 0.1, 0.3, 2}} {
		normal := func(x, m, s float64) float64 {
			return math.Exp(-(x-m)*(x-m)/(2*s*s)) / (s * math.Sqrt(2*math.Pi))
		}
		q := func(a, b float64) float64 { return normal(a, c.m1, c.s1) * normal(b, c.m2, c.s2) }
		want := 0.0
		const steps = 400
		for i := range steps {
			for j := range steps {
				u := -8 + 16*(float64(i)+0.5)/steps
				v := -8 + 16*(float64(j)+0.5)/steps
				a, b := c.m1+u*c.s1, c.m2+v*c.s2
				p := normal(u, 0, 1) * normal(v, 0, 1) * (16.0 / steps) * (16.0 / steps)
				want += p * math.Log(q(a, b)/((q(a, b)+q(b, a))/2))
			}
		}
		dev := newCPU(t, cpu.Options{})
		s := &scratch{device: dev}
		const samples = 50000
		mu, sigma := s.upload([]float32{float32(c.m1), float32(c.m2)}),
			s.upload([]float32{float32(c.s1), float32(c.s2)})
		inv := s.upload([]float32{float32(1 / c.s1), float32(1 / c.s2)})
		w, pair, info := s.f32(2*samples), s.f64(4*samples), s.f64(samples)
		dev.SampleGaussian(kernels.SampleGaussian{Key: kernels.Key{Seed: 6}, Samples: samples, N: 2,
			Mu: mu, Sigma: sigma, W: w})
		dev.PairLogDensity(kernels.PairLogDensity{Batch: samples, N: 2, D: 1, W: w, Mu: mu,
			InvSigma: inv, C: pair})
		dev.Permanent(kernels.Permanent{Batch: samples, N: 2, C: pair, Information: info})
		values, _ := kernels.Read(info)
		if got := estimate(values); !(math.Abs(got.Value-want) <= 4*got.SE+1e-5) {
			t.Errorf("%+v: E I = %v ± %v, quadrature gives %v", c, got.Value, got.SE, want)
		}
	}
}

// TestELBOAgainstQuadrature integrates over the two parameters of a linear model.
func TestELBOAgainstQuadrature(t *testing.T) {
	m := Model{mlp(1, 1), Gaussian(0.7), Prior{Std: 1.5}}
	d := Data{X: []float32{-1, 0.5, 2}, Targets: []float32{-0.5, 0.7, 1.1}}
	q := &Posterior{Model: m, Mu: []float32{0.6, 0.1},
		Rho: []float32{softplusInverse(0.3), softplusInverse(0.2)}}
	var want float64
	const steps = 400
	rows := []int32{0, 1, 2}
	evidence := 0.0
	for i := range steps {
		for j := range steps {
			u, v := -8+16*(float64(i)+0.5)/steps, -8+16*(float64(j)+0.5)/steps
			area := (16.0 / steps) * (16.0 / steps)
			density := math.Exp(-(u*u+v*v)/2) / (2 * math.Pi) * area
			want += density * oracleLogLikelihood(m, d, rows, []float64{0.6 + 0.3*u, 0.1 + 0.2*v})
			evidence += density * math.Exp(oracleLogLikelihood(m, d, rows, []float64{1.5 * u, 1.5 * v}))
		}
	}
	want -= oracleKL(float64s(q.Mu), float64s(q.Rho), m.Prior.Std)
	got := must.Get(q.with(m).ELBO(context.Background(), newCPU(t, cpu.Options{}), d,
		ELBOOptions{Samples: 40000, Seed: 1}))(t)
	if !(math.Abs(got.LVI.Value-want) <= 4*got.LVI.SE) || !(got.LVI.SE < 0.05) {
		t.Errorf("L_VI = %v ± %v, quadrature gives %v", got.LVI.Value, got.LVI.SE, want)
	}
	if !(want < math.Log(evidence)) {
		t.Errorf("the ELBO %v exceeds the log evidence %v", want, math.Log(evidence))
	}
}

func TestELBO(t *testing.T) {
	m := Model{mlp(3, 5, 2), Softmax(), Prior{Std: 1}}
	d := toyData(m, 40, 2)
	q := overlapping(t, m.Network, 0.3)
	dev := newCPU(t, cpu.Options{})
	run := func(o ELBOOptions) *ELBO {
		t.Helper()
		return must.Get(q.with(m).ELBO(context.Background(), dev, d, o))(t)
	}
	whole := run(ELBOOptions{Samples: 3000, Symmetrize: Symmetrization{Estimator: EstimatorExact}})
	parts := run(ELBOOptions{Samples: 3000, Batch: 7,
		Symmetrize: Symmetrization{Estimator: EstimatorUniform, Permutations: 10}})
	if !(math.Abs(whole.LVI.Value-parts.LVI.Value) <= 4*(whole.LVI.SE+parts.LVI.SE)) {
		t.Errorf("minibatches change the estimate: %+v and %+v", whole.LVI, parts.LVI)
	}
	if want := oracleKL(float64s(q.Mu), float64s(q.Rho), 1); !(math.Abs(whole.KL-want) < 1e-4*want) {
		t.Errorf("KL %v, want %v", whole.KL, want)
	}
	if whole.Lower != whole.Upper || !(whole.Lower.Value >= whole.LVI.Value) {
		t.Errorf("exact: bounds %+v and %+v of L^G, L_VI %+v", whole.Lower, whole.Upper, whole.LVI)
	}
	if !(parts.Lower.Value < whole.Lower.Value+4*(parts.Lower.SE+whole.Lower.SE)) ||
		!(parts.Upper.Value > whole.Lower.Value) {
		t.Errorf("uniform: [%v, %v] does not hold the exact %v", parts.Lower, parts.Upper, whole.Lower)
	}
	if !(math.Abs(parts.LogPermutations-math.Log(10)) < 1e-12) {
		t.Errorf("log K = %v", parts.LogPermutations)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := q.with(m).ELBO(ctx, dev, d, ELBOOptions{}); err != context.Canceled {
		t.Errorf("cancelled: error %v", err)
	}
}

package bnn

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// noisy is a curve whose noise has the standard deviation sigma(x).
func noisy(n int, seed uint64, sigma func(x float64) float64) Data {
	d := Data{X: make([]float32, n), Targets: make([]float32, n)}
	kernels.Key{Seed: seed}.Normals(d.X, 0)
	kernels.Key{Seed: seed, Stream: 1}.Normals(d.Targets, 0)
	for i, x := range d.X {
		d.Targets[i] = float32(math.Sin(2*float64(x)) + sigma(float64(x))*float64(d.Targets[i]))
	}
	return d
}

// TestLearnedNoiseReachesItsFixedPoint: σ² = E_q[Σ r²]/N, from a narrow and from a wide start.
func TestLearnedNoiseReachesItsFixedPoint(t *testing.T) {
	for _, truth := range []float64{0.05, 0.5} {
		for _, start := range []float64{DefaultNoiseStart, 1} {
			if start > 10*truth {
				continue // too far to fall in the steps of a test
			}
			m := Model{mlp(1, 8, 1), GaussianLearned(start), Prior{Std: 1}}
			d := noisy(60, 1, func(float64) float64 { return truth })
			q := must.Get(Fit(context.Background(), newCPU(t, cpu.Options{}), m, d,
				FitOptions{Steps: 12000, Samples: 4, LearningRate: 0.01, Schedule: ScheduleCosine, Seed: 2}))(t)
			const samples = 400
			squares := make([]float64, samples)
			w := draw(q, samples)
			for s := range samples {
				x := float64s(w[s*len(q.Mu) : (s+1)*len(q.Mu)])
				for i, y := range d.Targets {
					r := float64(y) - m.Network.oracleForward(x, []float64{float64(d.X[i])})[0]
					squares[s] += r * r / float64(len(d.X))
				}
			}
			mean := estimate(squares)
			got := q.NoiseStds()[0]
			if want := math.Sqrt(mean.Value); !(math.Abs(got-want) <= 0.02*want+4*mean.SE/want) {
				t.Errorf("noise %v from %v: learned %v, want its fixed point %v", truth, start, got, want)
			}
			if start == DefaultNoiseStart && !(got < 1.6*truth+0.05) {
				t.Errorf("noise %v from %v: learned %v", truth, start, got)
			}
		}
	}
}

// TestHeteroscedasticNoiseFollowsItsInput where a constant one cannot.
func TestHeteroscedasticNoiseFollowsItsInput(t *testing.T) {
	sigma := func(x float64) float64 { return 0.05 + 0.3*math.Max(x, 0) }
	d, test := noisy(300, 1, sigma), noisy(500, 9, sigma)
	nll := func(l Likelihood) float64 {
		m := Model{tanh(1, 15, l.Outputs(1)), l, Prior{PriorFanIn, 1}}
		q := must.Get(Fit(context.Background(), newCPU(t, cpu.Options{}), m, d,
			FitOptions{Steps: 6000, LearningRate: 0.01, Schedule: ScheduleCosine, Seed: 2}))(t)
		p := must.Get(q.Predict(context.Background(), newCPU(t, cpu.Options{}), test,
			PredictOptions{Samples: 200}))(t)
		if len(p.Mean) != 500 {
			t.Errorf("%v: %d means of 500 targets", l, len(p.Mean))
		}
		sum := 0.0
		for _, v := range p.LogDensity {
			sum -= v
		}
		return sum / 500
	}
	best := math.Inf(1)
	for _, fixed := range []float64{0.1, 0.2} {
		best = min(best, nll(Gaussian(fixed)))
	}
	learned, hetero := nll(GaussianLearned(DefaultNoiseStart)),
		nll(GaussianHeteroscedastic(DefaultNoiseStart))
	t.Logf("NLL a row: best fixed noise %.3f, learned %.3f, of the input %.3f", best, learned, hetero)
	if !(learned < best+0.05) || !(hetero < learned-0.1) {
		t.Errorf("NLL a row: best fixed noise %v, learned %v, of the input %v", best, learned, hetero)
	}
}

func TestLikelihoods(t *testing.T) {
	for _, c := range []struct {
		l               Likelihood
		text            string
		outputs, target int
		noise           float64
	}{
		{Softmax(), "softmax", 3, 0, 0},
		{Likelihood{}, "softmax", 3, 0, 0},
		{Gaussian(0.3), "gaussian(noise 0.3)", 3, 3, 0.3},
		{GaussianLearned(0.1), "gaussian(learned noise from 0.1)", 2, 2, 0.1},
		{GaussianHeteroscedastic(0.1), "gaussian(noise of the input from 0.1)", 4, 2, 0.1},
	} {
		if got := c.l.String(); got != c.text {
			t.Errorf("%q, want %q", got, c.text)
		}
		if got := c.l.Targets(c.outputs); got != c.target || !c.l.IsSoftmax() &&
			c.l.Outputs(got) != c.outputs || c.l.Noise() != c.noise {
			t.Errorf("%v: %d targets of %d outputs, noise %v", c.l, got, c.outputs, c.l.Noise())
		}
	}
	for want, m := range map[string]Model{
		"noise standard deviation: 0,":   {mlp(2, 2), Gaussian(0), Prior{Std: 1}},
		"noise standard deviation: -1":   {mlp(2, 2), GaussianLearned(-1), Prior{Std: 1}},
		"3 outputs, want two for each":   {mlp(2, 3), GaussianHeteroscedastic(0.1), Prior{Std: 1}},
		`likelihood "poisson": unknown`:  {mlp(2, 3), Likelihood{kind: "poisson"}, Prior{Std: 1}},
		`prior "horseshoe": unknown`:     {mlp(2, 3), Softmax(), Prior{"horseshoe", 1}},
		"prior standard deviation: 0, w": {mlp(2, 3), Softmax(), Prior{PriorARD, 0}},
	} {
		if err := m.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestHeteroscedasticStart: at the start the noise is the likelihood's, whatever the input.
func TestHeteroscedasticStart(t *testing.T) {
	m := Model{mlp(3, 20, 4), GaussianHeteroscedastic(0.07), Prior{Std: 1}}
	q := must.Get(NewPosterior(m, 0.05, 1))(t)
	d := Data{X: make([]float32, 3*50)}
	kernels.Key{Seed: 2}.Normals(d.X, 0)
	w := float64s(draw(q, 1))
	for i := range 50 {
		f := m.Network.oracleForward(w, float64s(d.X[3*i:3*i+3]))
		for _, raw := range f[2:] {
			if sigma := softplus64(raw); !(math.Abs(sigma-0.07) < 0.02) {
				t.Errorf("row %d: noise %v, want about 0.07", i, sigma)
			}
		}
	}
}

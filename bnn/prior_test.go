package bnn

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels/cpu"
)

var (
	allPriors      = []PriorKind{"", PriorIsotropic, PriorFanIn, PriorLearned, PriorARD}
	allLikelihoods = []Likelihood{Softmax(), Gaussian(0.4), GaussianLearned(0.3),
		GaussianHeteroscedastic(0.3)}
)

// somePosterior is a posterior with everything that a model can learn, none of it at its start.
func somePosterior(t *testing.T, m Model) *Posterior {
	t.Helper()
	q := must.Get(NewPosterior(m, 0.5, 3))(t)
	for i := range q.Noise {
		q.Noise[i] = softplusInverse(0.3 + 0.2*float64(i))
	}
	for i := range q.PriorStds {
		q.PriorStds[i] = 0.2 + 0.15*float64(i)
	}
	return q
}

// TestModelsAreInvariant draws permutations of the hidden neurons: neither f_ω, nor p(ω), nor
// p(y|x, ω), nor log q^G changes; and the ELBO of gq is that of q, for every prior and likelihood.
func TestModelsAreInvariant(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	device := newCPU(t, cpu.Options{})
	for _, l := range allLikelihoods {
		for _, kind := range allPriors {
			m := Model{mlp(3, 4, 3, l.Outputs(2)), l, Prior{kind, 0.8}}
			d := toyData(m, 9, 2)
			q := somePosterior(t, m)
			n := m.Network
			w := float64s(draw(q, 1))
			rows := []int32{0, 1, 2, 3, 4, 5, 6, 7, 8}
			x := []float64{0.3, -1, 2}
			f, p, likelihood := n.oracleForward(w, x), m.oracleLogPrior(q, w),
				oracleLogLikelihood(m, d, rows, w, q.NoiseStds()...)
			for range 2 {
				var g [][]int32
				for _, h := range n.Hidden() {
					tau := make([]int32, h)
					for i, j := range random.Perm(h) {
						tau[i] = int32(j)
					}
					g = append(g, tau)
				}
				gw := n.permute(w, g)
				same := func(what string, got, want float64) {
					t.Helper()
					if !(math.Abs(got-want) <= 1e-9*(1+math.Abs(want))) {
						t.Errorf("%v, prior %q, g = %v: %s is %v of gω, %v of ω", l, kind, g, what, got, want)
					}
				}
				for o, v := range n.oracleForward(gw, x) {
					same("f", v, f[o])
				}
				same("log p(ω)", m.oracleLogPrior(q, gw), p)
				same("log p(Y|X, ω)", oracleLogLikelihood(m, d, rows, gw, q.NoiseStds()...), likelihood)

				gq := *q
				gq.Mu, gq.Rho = permuted32(n, q.Mu, g), permuted32(n, q.Rho, g)
				a, err1 := q.ELBO(context.Background(), device, d,
					ELBOOptions{Samples: 200, Seed: 1, Symmetrize: Symmetrization{Estimator: EstimatorExact}})
				b, err2 := gq.ELBO(context.Background(), device, d,
					ELBOOptions{Samples: 200, Seed: 2, Symmetrize: Symmetrization{Estimator: EstimatorExact}})
				if err1 != nil || err2 != nil {
					t.Fatal(err1, err2)
				}
				if !(math.Abs(a.KL-b.KL) <= 1e-4*a.KL) {
					t.Errorf("%v, prior %q: KL(gq ‖ p) = %v, KL(q ‖ p) = %v", l, kind, b.KL, a.KL)
				}
				for i, bound := range [][2]Estimate{{a.LVI, b.LVI}, {a.Lower, b.Lower}, {a.Upper, b.Upper}} {
					if !(math.Abs(bound[0].Value-bound[1].Value) <= 4.5*(bound[0].SE+bound[1].SE)) {
						t.Errorf("%v, prior %q: bound %d is %v of q and %v of gq", l, kind, i, bound[0], bound[1])
					}
				}
			}
		}
	}
}

// oracleLogPrior is log p(ω), by the definition of each prior.
func (m Model) oracleLogPrior(q *Posterior, w []float64) float64 {
	total, at := 0.0, 0
	for l, layer := range m.Network.layers() {
		rows := layer.out
		if l == len(m.Network.Widths)-2 {
			rows = m.Likelihood.Targets(layer.out)
			if rows == 0 {
				rows = layer.out
			}
		}
		next := func() float64 { at++; return q.PriorStds[at-1] }
		for _, part := range [][2]int{{0, rows}, {rows, layer.out}} {
			if part[0] == part[1] {
				continue
			}
			weight := make([]float64, layer.in)
			for c := range weight {
				switch m.Prior.Kind {
				case "", PriorIsotropic:
					weight[c] = m.Prior.Std
				case PriorFanIn:
					weight[c] = m.Prior.Std / math.Sqrt(float64(layer.in))
				case PriorARD:
					if l == 0 {
						weight[c] = next()
						continue
					}
					fallthrough
				case PriorLearned:
					if c == 0 {
						weight[c] = next()
					} else {
						weight[c] = weight[0]
					}
				}
			}
			bias := m.Prior.Std
			if q.PriorStds != nil {
				bias = next()
			}
			for r := part[0]; r < part[1]; r++ {
				for c, s := range weight {
					total += oracleLogNormal(w[layer.weight+r*layer.in+c], s)
				}
				total += oracleLogNormal(w[layer.bias+r], bias)
			}
		}
	}
	return total
}

func oracleLogNormal(x, s float64) float64 {
	return -x*x/(2*s*s) - math.Log(s) - math.Log(2*math.Pi)/2
}

func permuted32(n Network, x []float32, g [][]int32) []float32 {
	var y []float32
	for _, v := range n.permute(float64s(x), g) {
		y = append(y, float32(v))
	}
	return y
}

// TestKLOfEveryPrior compares with the oracle: the ELBO's, and that of the neurons.
func TestKLOfEveryPrior(t *testing.T) {
	for _, kind := range allPriors {
		m := Model{mlp(3, 4, 2), Gaussian(1), Prior{kind, 0.7}}
		q := somePosterior(t, m)
		e := must.Get(q.ELBO(context.Background(), newCPU(t, cpu.Options{}), toyData(m, 5, 1),
			ELBOOptions{Samples: 2}))(t)
		want := oracleKL(float64s(q.Mu), float64s(q.Rho), q.stds()...)
		if !(math.Abs(e.KL-want) <= 1e-4*want) {
			t.Errorf("prior %q: KL %v, want %v", kind, e.KL, want)
		}
		neurons := must.Get(q.NeuronKL())(t)
		total := 0.0
		for _, v := range neurons[0] {
			total += v
		}
		l := m.Network.layers()[1]
		first := oracleKL(float64s(q.Mu[:l.weight]), float64s(q.Rho[:l.weight]), q.stds()[:l.weight]...)
		if !(math.Abs(total-first) <= 1e-4*first) {
			t.Errorf("prior %q: the neurons' KLs add up to %v, want the first layer's %v", kind,
				total, first)
		}
		// p(ω) is a density: the KL divergence is E_q[log q − log p].
		var difference []float64
		for w := range slices.Chunk(draw(q, 4000), len(q.Mu)) {
			x := float64s(w)
			difference = append(difference, oracleLogQ(x, float64s(q.Mu), float64s(q.Rho))-
				m.oracleLogPrior(q, x))
		}
		if mean := estimate(difference); !(math.Abs(mean.Value-want) <= 4.5*mean.SE) {
			t.Errorf("prior %q: KL %v, samples say %v", kind, want, mean)
		}
	}
}

func TestLearnedPriorReachesItsFixedPoint(t *testing.T) {
	for _, kind := range []PriorKind{PriorLearned, PriorARD} {
		m := Model{mlp(4, 6, 1), Gaussian(0.3), Prior{kind, 1}}
		d := toyData(m, 40, 1)
		for i := range d.X { // the last input says nothing
			if i%4 == 3 {
				d.X[i] = 0
			}
		}
		q := must.Get(Fit(context.Background(), newCPU(t, cpu.Options{}), m, d,
			FitOptions{Steps: 60 * refitEvery, LearningRate: 0.01, Schedule: ScheduleCosine, Seed: 1}))(t)
		sigma := q.Sigma()
		for _, s := range q.PriorScales() {
			squares, n := 0.0, 0.0
			for i := range s.n {
				at := s.at + i*s.stride
				squares += math.Pow(float64(q.Mu[at]), 2) + math.Pow(float64(sigma[at]), 2)
				n++
			}
			start := 1.0
			if !s.Bias {
				start = 1 / math.Sqrt(float64([]int{4, 6}[s.Layer]))
			}
			want := math.Sqrt((squares + 0.1*start*start) / (n + 0.1))
			if !(math.Abs(s.Std-want) <= 1e-3*want) {
				t.Errorf("%s, %+v: standard deviation %v, want %v", kind, s, s.Std, want)
			}
		}
		if kind == PriorARD {
			scales := q.PriorScales()
			if scales[3].Input != 3 || !(scales[3].Std < 0.5*scales[0].Std) && !(scales[3].Std < 1) {
				t.Errorf("the useless input has %+v, a useful one %+v", scales[3], scales[0])
			}
		}
		// The fixed point is the maximum of the ELBO and the hyperprior's logarithm.
		hyper := func(q *Posterior) float64 {
			total := oracleKL(float64s(q.Mu), float64s(q.Rho), q.stds()...)
			for i, s := range q.PriorScales() {
				start := m.scales()[i].Std
				total += 0.1 * (math.Log(s.Std) + start*start/(2*s.Std*s.Std))
			}
			return total
		}
		best := hyper(q)
		for i := range q.PriorStds {
			for _, factor := range []float64{0.8, 1.25} {
				other := *q
				other.PriorStds = slices.Clone(q.PriorStds)
				other.PriorStds[i] *= factor
				if moved := hyper(&other); !(moved > best) {
					t.Errorf("%s: group %d times %v has −ELBO %v, less than %v", kind, i, factor, moved, best)
				}
			}
		}
	}
}

// TestFanIn is the definition of the fan-in prior.
func TestFanIn(t *testing.T) {
	q := must.Get(NewPosterior(Model{mlp(4, 9, 2), Softmax(), Prior{PriorFanIn, 3}}, 0.1, 1))(t)
	var got []string
	for _, s := range q.PriorScales() {
		got = append(got, fmt.Sprintf("%d %v %.4g", s.Layer, s.Bias, s.Std))
	}
	if want := []string{"0 false 1.5", "0 true 3", "1 false 1", "1 true 3"}; !slices.Equal(got, want) {
		t.Errorf("scales %v, want %v", got, want)
	}
}

func TestPriorsThatBreakTheSymmetry(t *testing.T) {
	m := Model{mlp(3, 4, 2), Softmax(), Prior{PriorLearned, 1}}
	q := must.Get(NewPosterior(m, 0.1, 1))(t)
	q.PriorStds = []float64{1, 2, 3, 4, 1, 1, 1} // one for every hidden neuron
	_, err := q.ELBO(context.Background(), newCPU(t, cpu.Options{}), toyData(m, 3, 1), ELBOOptions{})
	if err == nil || !strings.Contains(err.Error(), "7 standard deviations of the prior, want 4") ||
		!strings.Contains(err.Error(), "permutations exchange") {
		t.Errorf("error %v", err)
	}
	m.Prior.Kind = "neuron"
	if err := m.Validate(); err == nil || !strings.Contains(err.Error(), "would not be invariant") {
		t.Errorf("error %v", err)
	}
}

// TestAdamCommutesWithPermutations trains from a start and from the start with relabeled hidden
// neurons, whose noise is relabeled too: every step is that of the other, relabeled.
func TestAdamCommutesWithPermutations(t *testing.T) {
	g := [][]int32{{2, 0, 3, 1}, {1, 2, 0}}
	for _, l := range allLikelihoods {
		for _, kind := range allPriors {
			m := Model{mlp(3, 4, 3, l.Outputs(2)), l, Prior{kind, 0.8}}
			d := toyData(m, 20, 2)
			q := somePosterior(t, m)
			gq := *q
			gq.Mu, gq.Rho = permuted32(m.Network, q.Mu, g), permuted32(m.Network, q.Rho, g)
			// A deviation of almost nothing has noise of almost nothing, relabeled or not.
			for i := range q.Rho {
				q.Rho[i], gq.Rho[i] = softplusInverse(1e-9), softplusInverse(1e-9)
			}
			run := func(start *Posterior) *Posterior {
				p := must.Get(Fit(context.Background(), newCPU(t, cpu.Options{}), m, d,
					FitOptions{Steps: 2 * refitEvery, Start: start, KLWarmup: 30,
						Schedule: ScheduleCosine, ScaleWarmup: 50}))(t)
				return p
			}
			a, b := run(q), run(&gq)
			for i, v := range permuted32(m.Network, a.Mu, g) {
				if !(math.Abs(float64(v-b.Mu[i])) <= 2e-3*(1+math.Abs(float64(v)))) {
					t.Errorf("%v, prior %q: mean %d is %v after training g·start, %v of g·trained",
						l, kind, i, b.Mu[i], v)
					break
				}
			}
			for i, s := range a.PriorStds {
				if !(math.Abs(s-b.PriorStds[i]) <= 1e-3*s) {
					t.Errorf("%v, prior %q: standard deviation %d is %v and %v", l, kind, i, s, b.PriorStds[i])
				}
			}
		}
	}
}

package bnn

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// symmetrized evaluates an estimator on samples w and returns it with its buffers.
func symmetrized(t testing.TB, n Network, q *Posterior, y Symmetrization,
	w []float32) (*tried, kernels.F32) {
	t.Helper()
	s := &scratch{device: newCPU(t, cpu.Options{})}
	g := q.upload(s, true)
	samples := len(w) / n.Parameters()
	z := &tried{newEstimator(s, n, g, y, samples), s.device, n.Parameters()}
	z.prepare()
	weights := s.upload(w)
	key := kernels.Key{Seed: 4, Stream: streamELBOPermutations}
	z.evaluate(weights, samples, drawKey{Key: key}, true)
	return z, weights
}

func read64(t testing.TB, b kernels.F64) []float64 {
	t.Helper()
	return must.Get(kernels.Read(b))(t)
}

// tried is an estimator under test.
type tried struct {
	estimator
	device     kernels.Device
	parameters int
}

// neurons are those that an estimator sorts the parameters by.
func (z *tried) neurons() *neurons {
	if e, ok := z.estimator.(*permanent); ok {
		return e.neurons
	}
	return z.importance().neurons
}

// importance is the estimator that draws permutations.
func (z *tried) importance() *importance {
	if d, ok := z.estimator.(*deep); ok {
		return d.importance
	}
	return z.estimator.(*importance)
}

// gradient is the path derivative of the information that an estimator gives.
func (z *tried) gradient(t testing.TB, w kernels.F32) []float32 {
	t.Helper()
	s := &scratch{device: z.device}
	dw := s.f32(w.Len())
	z.addGradient(w, dw, w.Len()/z.parameters, 1)
	return must.Get(kernels.Read(dw))(t)
}

// neuronPosterior gives every neuron of a network with one hidden layer means and
// standard deviations by a function of the neuron and its parameter's number.
func neuronPosterior(n Network,
	f func(neuron, parameter int, normal float64) (mu, sigma float64)) *Posterior {
	q := &Posterior{Model: Model{n, Softmax(), Prior{Std: 1}}, Mu: make([]float32, n.Parameters()),
		Rho: make([]float32, n.Parameters())}
	normals := make([]float32, n.Parameters())
	kernels.Key{Seed: 12}.Normals(normals, 0)
	layers := n.layers()
	in, out := layers[0], layers[1]
	for neuron := range in.out {
		set := func(at, parameter int) {
			mu, sigma := f(neuron, parameter, float64(normals[at]))
			q.Mu[at], q.Rho[at] = float32(mu), softplusInverse(sigma)
		}
		for p := range in.in {
			set(in.weight+neuron*in.in+p, p)
		}
		set(in.bias+neuron, in.in)
		for o := range out.out {
			set(out.weight+o*out.in+neuron, in.in+1+o)
		}
	}
	for at := out.bias; at < len(q.Mu); at++ {
		q.Rho[at] = softplusInverse(0.1)
	}
	return q
}

// regimes are the kinds of posteriors that estimators.md names.
var regimes = []struct {
	name string
	f    func(neuron, parameter int, normal float64) (mu, sigma float64)
}{
	{"overlapping", func(_, _ int, z float64) (float64, float64) { return 0.3 * z, 0.6 }},
	{"half overlapping", func(_, _ int, z float64) (float64, float64) { return z, 0.7 }},
	{"separated", func(_, _ int, z float64) (float64, float64) { return z, 0.01 }},
	{"several scales", func(i, _ int, z float64) (float64, float64) {
		s := math.Exp(float64(i%5) - 3)
		return s * z, s
	}},
	{"dead inputs", func(_, p int, z float64) (float64, float64) {
		if p%8 > 0 {
			return 0.02 * z, 1
		}
		return z, 0.3
	}},
	{"40 % pruned", func(i, _ int, z float64) (float64, float64) {
		if i%5 < 2 {
			return 0.01 * z, 1
		}
		return 1.5 * z, 0.3
	}},
}

// TestImportanceBoundsHoldTheExactInformation compares with the permanent in every
// regime, over many ω, and sees the bounds close as K grows.
func TestImportanceBoundsHoldTheExactInformation(t *testing.T) {
	for _, r := range regimes {
		for _, size := range []struct {
			n, samples int
		}{{3, 300}, {8, 300}, {13, 100}, {16, 12}, {20, 12}} {
			n := mlp(12, size.n, 3)
			q := neuronPosterior(n, r.f)
			w := draw(q, size.samples)
			exact := information(t, n, q, Symmetrization{Estimator: EstimatorExact}, w)
			last := math.Inf(1)
			for _, k := range []int{1, 10, 200} {
				if k == 200 && size.n < 10 {
					k = 50
				}
				z, _ := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorImportance,
					Permutations: k, Resweep: []int{0, 1, 3}[k%3]}, w)
				below, above := read64(t, z.found().information), read64(t, z.found().upper)
				for s := range exact {
					below[s] = exact[s] - below[s]
					above[s] -= exact[s]
				}
				lower, upper := estimate(below), estimate(above)
				what := fmt.Sprintf("%s, n = %d, K = %d", r.name, size.n, k)
				if !(lower.Value >= -4*lower.SE-1e-9) {
					t.Errorf("%s: the lower bound exceeds the truth by %v ± %v", what, -lower.Value, lower.SE)
				}
				// A draw of vanishing weight lifts the upper bound a lot. Where it is rare, all
				// samples may miss it, and then their spread does not show what is missing.
				missing := 5 / float64(size.samples*k)
				if !(upper.Value >= -4*upper.SE-missing) {
					t.Errorf("%s: the upper bound is below the truth by %v ± %v", what, -upper.Value, upper.SE)
				}
				gap := lower.Value + upper.Value
				if !(gap <= last+4*(lower.SE+upper.SE)+1e-9) {
					t.Errorf("%s: the bounds are %v apart, with fewer draws %v", what, gap, last)
				}
				last = gap
			}
			if !(last < 0.25) {
				t.Errorf("%s, n = %d: the bounds stay %v nats apart", r.name, size.n, last)
			}
		}
	}
}

// TestImportanceWeightsAreUnbiased: the mean weight of draws estimates the
// symmetrised density itself, whatever the proposal.
func TestImportanceWeightsAreUnbiased(t *testing.T) {
	for _, r := range regimes {
		for _, sweep := range []int{-1, 1, 2} {
			n := mlp(12, 6, 3)
			q := neuronPosterior(n, r.f)
			w := draw(q, 4)
			const k = 5000
			z, _ := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorImportance,
				Permutations: k, Resweep: sweep}, w)
			logs, proposal := read64(t, z.importance().logs), read64(t, z.importance().logProposal)
			exact := information(t, n, q, Symmetrization{Estimator: EstimatorExact}, w)
			for s := range 4 {
				weights := make([]float64, k) // over the symmetrised density
				for i := range weights {
					at := s*(k+1) + i + 1
					weights[i] = math.Exp(logs[at] - proposal[at] - ref.LogFactorial(6) -
						(logs[s*(k+1)] - exact[s]))
				}
				if mean := estimate(weights); !(math.Abs(mean.Value-1) <= 4.5*mean.SE+1e-5) {
					t.Errorf("%s, resweep %d: the mean weight is %v ± %v times the symmetrised "+
						"density", r.name, sweep, mean.Value, mean.SE)
				}
			}
		}
	}
}

// TestImportanceFindsACluster: m interchangeable neurons among separated ones have
// I = log n! − log m! on every sample.
func TestImportanceFindsACluster(t *testing.T) {
	for _, c := range []struct{ n, m int }{{8, 3}, {16, 16}, {30, 11}, {64, 40}} {
		n := mlp(12, c.n, 3)
		q := neuronPosterior(n, func(i, _ int, z float64) (float64, float64) {
			if i%c.n < c.m {
				return 0, 1
			}
			return 30 * z, 0.1
		})
		want := ref.LogFactorial(c.n) - ref.LogFactorial(c.m)
		z, _ := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorImportance,
			Permutations: 5}, draw(q, 3))
		for i, got := range append(read64(t, z.found().information), read64(t, z.found().upper)...) {
			if !(math.Abs(got-want) < 1e-3) {
				t.Errorf("n = %d with %d alike: bound %d is %v, want log n! − log m! = %v", c.n,
					c.m, i, got, want)
			}
		}
	}
}

// TestImportanceGradient projects it on the exact gradient.
func TestImportanceGradient(t *testing.T) {
	for _, r := range regimes {
		for _, size := range []struct{ n, samples int }{{8, 1500}, {12, 500}, {16, 60}} {
			n := mlp(12, size.n, 3)
			q := neuronPosterior(n, r.f)
			w := draw(q, size.samples)
			exact, buffer := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorExact}, w)
			want := exact.gradient(t, buffer)
			z, buffer := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorImportance,
				Permutations: 5}, w)
			got := z.gradient(t, buffer)
			dot, square, own := make([]float64, size.samples), make([]float64, size.samples), 0.0
			for i, g := range want {
				s := i / n.Parameters()
				dot[s] += float64(g) * float64(got[i])
				square[s] += float64(g) * float64(g)
				own += float64(got[i]) * float64(got[i])
			}
			mean := estimate(square)
			if mean.Value < 0.01 {
				continue // flat: nothing to project on
			}
			for s := range dot {
				dot[s] = (dot[s] - square[s]) / mean.Value
			}
			projection := estimate(dot)
			t.Logf("%s, n = %d: projection − 1 = %.4f ± %.4f, squared length %.3f of the exact "+
				"one's %.3g", r.name, size.n, projection.Value, projection.SE,
				own/float64(size.samples)/mean.Value, mean.Value)
			if !(math.Abs(projection.Value) < 0.03+3*projection.SE) {
				t.Errorf("%s, n = %d: projection on the exact gradient %v ± %v, want 1", r.name,
					size.n, 1+projection.Value, projection.SE)
			}
		}
	}
}

// TestImportanceStaysFinite at the ends of what posteriors can be.
func TestImportanceStaysFinite(t *testing.T) {
	for _, width := range []int{1, 2, 64, 256, 512} {
		n := mlp(3, width, 2)
		for name, f := range map[string]func(i, p int, z float64) (float64, float64){
			"sigma 1e-6": func(_, _ int, z float64) (float64, float64) { return z, 1e-6 },
			"sigma 10":   func(_, _ int, z float64) (float64, float64) { return z, 10 },
			"sigma 1e-6…10": func(i, p int, z float64) (float64, float64) {
				return z, math.Pow(10, float64((i+3*p)%8)-6)
			},
			"identical": func(_, _ int, _ float64) (float64, float64) { return 0.3, 0.2 },
			"one far": func(i, _ int, z float64) (float64, float64) {
				if i == 0 {
					return 1e6, 0.1
				}
				return z, 0.5
			},
		} {
			q := neuronPosterior(n, f)
			z, w := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorImportance,
				Permutations: 3}, draw(q, 2))
			most := ref.LogFactorial(width)
			lower, upper := read64(t, z.found().information), read64(t, z.found().upper)
			for s := range lower {
				if !(math.Abs(lower[s]) <= 1e6) || !(math.Abs(upper[s]) <= 1e6) {
					t.Errorf("n = %d, %s: bounds %v and %v of at most log n! = %v", width, name,
						lower[s], upper[s], most)
				}
				if name == "identical" && !(math.Abs(lower[s]) < 1e-6 && math.Abs(upper[s]) < 1e-6) {
					t.Errorf("n = %d, identical neurons: bounds %v and %v, want 0", width, lower[s], upper[s])
				}
				if name == "sigma 1e-6" && !(math.Abs(lower[s]-most) < 1e-6 && math.Abs(upper[s]-most) < 1e-6) {
					t.Errorf("n = %d, separated neurons: bounds %v and %v, want log n! = %v", width,
						lower[s], upper[s], most)
				}
			}
			for i, g := range z.gradient(t, w) {
				if v := float64(g); math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("n = %d, %s: gradient %d is %v", width, name, i, v)
				}
			}
		}
	}
}

func TestAutoChoosesItsEstimatorAndDraws(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		widths  []int
		sampled bool
	}{{[]int{3, 2}, false}, {[]int{3, 5, 2}, false}, {[]int{3, 16, 2}, false},
		{[]int{3, 17, 2}, true}} {
		m := Model{mlp(c.widths...), Softmax(), Prior{Std: 1}}
		d := toyData(m, 40, 2)
		var stats []EpochStats
		if _, err := Fit(ctx, newCPU(t, cpu.Options{}), m, d,
			FitOptions{Epochs: 2, Batch: 20, InitStd: 0.3,
				Symmetrize: Symmetrization{Estimator: EstimatorAuto, TargetGap: 0.05},
				OnEpoch:    func(s EpochStats) error { stats = append(stats, s); return nil }}); err != nil {
			t.Fatal(err)
		}
		if got := stats[0].Permutations > 0; got != c.sampled {
			t.Errorf("widths %v: %d permutations drawn", c.widths, stats[0].Permutations)
		}
		if c.sampled && (stats[0].Permutations != DefaultPermutations ||
			stats[1].Permutations == DefaultPermutations) {
			t.Errorf("%d permutations in the first epoch, %d in the second: want %d and another "+
				"number", stats[0].Permutations, stats[1].Permutations, DefaultPermutations)
		}
	}
}

func TestAutoKeepsItsTargetOrWarns(t *testing.T) {
	m := Model{mlp(12, 24, 3), Softmax(), Prior{Std: 1}}
	d := toyData(m, 20, 2)
	q := neuronPosterior(m.Network, regimes[0].f)
	run := func(y Symmetrization) *ELBO {
		e := must.Get(q.with(m).ELBO(context.Background(), newCPU(t, cpu.Options{}), d,
			ELBOOptions{Samples: 300, Symmetrize: y}))(t)
		return e
	}
	e := run(Symmetrization{Estimator: EstimatorAuto, TargetGap: 0.02, Permutations: 2000})
	if e.Warning != "" || !(e.Upper.Value-e.Lower.Value < 3*2*0.02) || !(e.ESS > 1) ||
		e.Permutations < fewestDraws {
		t.Errorf("target 0.02: [%v, %v] with %d permutations, ESS %v, warning %q", e.Lower, e.Upper,
			e.Permutations, e.ESS, e.Warning)
	}
	e = run(Symmetrization{Estimator: EstimatorAuto, TargetGap: 1e-4, Permutations: 30})
	if e.Permutations != 30 || !strings.Contains(e.Warning, "limit is 30") {
		t.Errorf("target 1e-4 with at most 30: %d permutations, warning %q", e.Permutations, e.Warning)
	}
	e = run(Symmetrization{Estimator: EstimatorImportance, Permutations: 7})
	if e.Permutations != 7 || e.Warning != "" {
		t.Errorf("7 asked for: %d permutations, warning %q", e.Permutations, e.Warning)
	}
}

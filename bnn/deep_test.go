package bnn

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

func TestExactOfSeveralLayersAgainstBruteForce(t *testing.T) {
	for _, n := range []Network{mlp(2, 3, 3, 2), mlp(2, 1, 4, 1), mlp(3, 2, 3, 2, 2),
		mlp(2, 4, 3, 2)} {
		for _, std := range []float64{0.05, 0.3, 2} {
			q := overlapping(t, n, std)
			w := draw(q, 3)
			group := n.allPermutations()
			for s, got := range information(t, n, q, Symmetrization{Estimator: EstimatorExact}, w) {
				want := n.oracleInformation(float64s(w[s*n.Parameters():][:n.Parameters()]),
					float64s(q.Mu), float64s(q.Rho), group)
				if !(math.Abs(got-want) < 1e-4) {
					t.Errorf("%v, σ %v: I = %v, brute force gives %v", n.Widths, std, got, want)
				}
			}
		}
	}
}

// oracleTwoLayers is I(ω) of two hidden layers: a sum over the permutations of the first
// one of permanents over the second (docs/estimators.md).
func (n Network) oracleTwoLayers(w, mu, rho []float64) float64 {
	layers := n.layers()
	density := func(component, neuron int) float64 { // of parameters at these places of ω
		sigma := softplus64(rho[component])
		z := (w[neuron] - mu[component]) / sigma
		return -z*z/2 - math.Log(sigma) - math.Log(2*math.Pi)/2
	}
	low, middle, high := layers[0], layers[1], layers[2]
	a, b := low.out, middle.out
	c1, c3 := make([]float64, a*a), make([]float64, b*b)
	for i := range a {
		for j := range a {
			c1[i*a+j] = density(low.bias+i, low.bias+j)
			for k := range low.in {
				c1[i*a+j] += density(low.weight+i*low.in+k, low.weight+j*low.in+k)
			}
		}
	}
	for i := range b {
		for j := range b {
			c3[i*b+j] = density(middle.bias+i, middle.bias+j)
			for o := range high.out {
				c3[i*b+j] += density(high.weight+o*b+i, high.weight+o*b+j)
			}
		}
	}
	pair := make([]float64, b*b*a*a) // of components (i, k) and neurons (j, l)
	for i := range b * b * a * a {
		pair[i] = density(middle.weight+i/(b*a*a)*a+i/a%a, middle.weight+i/(a*a)%b*a+i%a)
	}
	var logs []float64
	own := math.NaN()
	for _, tau := range permutations(a) {
		d := append([]float64(nil), c3...)
		total, identity := 0.0, true
		for i, j := range tau {
			total += c1[i*a+int(j)]
			identity = identity && i == int(j)
		}
		for i := range b {
			for j := range b {
				for k := range a {
					d[i*b+j] += pair[((i*b+j)*a+k)*a+int(tau[k])]
				}
			}
		}
		if identity {
			own = total
			for i := range b {
				own += d[i*b+i]
			}
		}
		logs = append(logs, total+ref.Permanent(nil, d, b))
	}
	return own - ref.LogMeanExp(make([]float64, len(logs)), logs) + ref.LogFactorial(b)
}

// deepRegimes are posteriors of deep networks, from neurons that overlap to distinct ones.
func deepRegimes(t *testing.T, n Network) map[string]*Posterior {
	regimes := map[string]*Posterior{}
	for _, std := range []float64{0.02, 0.2, 0.5} {
		regimes[fmt.Sprint("σ ", std)] = overlapping(t, n, std)
	}
	pruned := overlapping(t, n, 0.2) // every other incoming weight matrix keeps the prior
	for i, l := range n.layers() {
		for at := l.weight; i%2 == 0 && at < l.bias+l.out; at++ {
			pruned.Mu[at], pruned.Rho[at] = 0.01*pruned.Mu[at], softplusInverse(1)
		}
	}
	regimes["pruned"] = pruned
	return regimes
}

func TestBoundsOfSeveralLayers(t *testing.T) {
	for _, c := range []struct {
		n       Network
		samples int
	}{{mlp(4, 6, 6, 3), 60}, {mlp(4, 3, 5, 3), 100}, {mlp(3, 3, 3, 3, 2), 100},
		{mlp(3, 4, 3, 4, 2), 20}} {
		for name, q := range deepRegimes(t, c.n) {
			w := draw(q, c.samples)
			var exact []float64
			if c.n.groupOrder() <= MaxEnumerated {
				exact = information(t, c.n, q, Symmetrization{Estimator: EstimatorExact}, w)
			} else {
				mu, rho := float64s(q.Mu), float64s(q.Rho)
				for s := range c.samples {
					exact = append(exact, c.n.oracleTwoLayers(float64s(w[s*len(mu):(s+1)*len(mu)]), mu, rho))
				}
			}
			last := math.Inf(1)
			for _, k := range []int{3, 60} {
				z, _ := symmetrized(t, c.n, q, Symmetrization{Estimator: EstimatorImportance,
					Permutations: k}, w)
				below, above := read64(t, z.found().information), read64(t, z.found().upper)
				for s := range exact {
					below[s] = exact[s] - below[s]
					above[s] -= exact[s]
				}
				lower, upper, spread := estimate(below), estimate(above), estimate(read64(t, z.found().spread))
				what := fmt.Sprintf("%v, %s, K = %d", c.n.Hidden(), name, k)
				t.Logf("%s: lower −%.4f ± %.4f, upper +%.4f ± %.4f, ESS %.2f K, I = %.2f of %.2f",
					what, lower.Value, lower.SE, upper.Value, upper.SE, 1/(1+spread.Value),
					estimate(exact).Value, c.n.LogGroupOrder())
				if !(lower.Value >= -4*lower.SE-1e-4) || !(upper.Value >= -4*upper.SE-1e-4) {
					t.Errorf("%s: the bounds do not hold the truth: %v below and %v above", what, lower, upper)
				}
				gap := lower.Value + upper.Value
				if !(gap <= last+4*(lower.SE+upper.SE)+1e-4) {
					t.Errorf("%s: the bounds are %v apart, with fewer draws %v", what, gap, last)
				}
				last = gap
			}
			// Where only the matrix between the layers tells neurons apart, the proposal, which
			// sees one layer at a time, is weak: the bounds hold, but they stay wide.
			if !(last < 0.15) && name != "pruned" {
				t.Errorf("%v, %s: the bounds stay %v nats apart", c.n.Hidden(), name, last)
			}
		}
	}
}

// TestDeepWeightsAreUnbiased: the mean weight is the symmetrised density.
func TestDeepWeightsAreUnbiased(t *testing.T) {
	n := mlp(3, 4, 3, 2, 2)
	for name, q := range deepRegimes(t, n) {
		w := draw(q, 3)
		const k = 3000
		z, _ := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorImportance, Permutations: k,
			Resweep: 1}, w)
		logs, proposal := read64(t, z.importance().logs), read64(t, z.importance().logProposal)
		for s, exact := range information(t, n, q, Symmetrization{Estimator: EstimatorExact}, w) {
			weights := make([]float64, k)
			for i := range weights {
				at := s*(k+1) + i + 1
				weights[i] = math.Exp(logs[at] - proposal[at] - n.LogGroupOrder() - (logs[s*(k+1)] - exact))
			}
			if mean := estimate(weights); !(math.Abs(mean.Value-1) <= 4.5*mean.SE+1e-5) {
				t.Errorf("%s: the mean weight is %v ± %v times the symmetrised density", name,
					mean.Value, mean.SE)
			}
		}
	}
}

// TestGradientOfSeveralLayers projects the gradient on the enumerated one.
func TestGradientOfSeveralLayers(t *testing.T) {
	n := mlp(4, 4, 4, 3)
	q := overlapping(t, n, 0.4)
	const samples = 300
	w := draw(q, samples)
	exact, buffer := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorExact}, w)
	want := exact.gradient(t, buffer)
	z, buffer := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorImportance,
		Permutations: 8}, w)
	got := z.gradient(t, buffer)
	dot, total := make([]float64, samples), 0.0
	for i, g := range want {
		dot[i/n.Parameters()] += float64(g) * (float64(got[i]) - float64(g))
		total += float64(g) * float64(g) / samples
	}
	projection := estimate(dot)
	t.Logf("projection − 1 = %.4f ± %.4f", projection.Value/total, projection.SE/total)
	if !(math.Abs(projection.Value/total) < 0.03+3*projection.SE/total) {
		t.Errorf("projection on the exact gradient %v ± %v, want 1", 1+projection.Value/total,
			projection.SE/total)
	}
}

// TestDeepStaysFinite at the ends of what posteriors can be, and with more draws than
// are conditioned at a time.
func TestDeepStaysFinite(t *testing.T) {
	for _, n := range []Network{mlp(3, 1, 1, 2), mlp(3, 2, 40, 1), mlp(2, 128, 3, 2),
		mlp(2, 5, 100, 5, 2)} {
		for _, std := range []float64{1e-6, 0.3, 10} {
			q := overlapping(t, n, std)
			const k = 110
			z, w := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorImportance,
				Permutations: k}, draw(q, 2))
			most := n.LogGroupOrder()
			lower, upper := read64(t, z.found().information), read64(t, z.found().upper)
			for s := range lower {
				if !(math.Abs(lower[s]) <= 1e4) || !(math.Abs(upper[s]) <= 1e4) {
					t.Errorf("%v, σ %v: bounds %v and %v of at most %v", n.Widths, std, lower[s], upper[s], most)
				}
				if std == 1e-6 && !(math.Abs(lower[s]-most) < 1e-6 && math.Abs(upper[s]-most) < 1e-6) {
					t.Errorf("%v, separated neurons: bounds %v and %v, want log |G| = %v", n.Widths,
						lower[s], upper[s], most)
				}
			}
			for i, g := range z.gradient(t, w) {
				if v := float64(g); math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("%v, σ %v: gradient %d is %v", n.Widths, std, i, v)
				}
			}
			for i, h := range z.neurons().hidden {
				perms := must.Get(kernels.Read(h.perms))(t)
				for tau := range slices.Chunk(perms, h.n) {
					for at, j := range slices.Sorted(slices.Values(tau)) {
						if int(j) != at {
							t.Fatalf("%v, layer %d: %v is no permutation", n.Widths, i, tau)
						}
					}
				}
			}
		}
	}
}

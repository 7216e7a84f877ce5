package bnn

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
)

// TestPathDerivativeVariance compares the path derivative with the full reparametrised
// gradient of I(ω) with respect to the means, which also differentiates the densities:
//
//	full − path = (ω_i − μ_i)/σ_i² − Σ_j P_ij (ω_j − μ_i)/σ_i²,
//
// the score term. It must have mean zero, and dropping it must not add variance.
// With -v the test reports the ratios that docs/estimators.md quotes.
func TestPathDerivativeVariance(t *testing.T) {
	const samples = 2000
	for _, regime := range regimes {
		n := mlp(4, 8, 2)
		q := neuronPosterior(n, regime.f)
		w := draw(q, samples)
		for _, y := range []Symmetrization{{Estimator: EstimatorExact},
			{Estimator: EstimatorImportance, Permutations: 20}} {
			z, weights := symmetrized(t, n, q, y, w)
			path := z.gradient(t, weights)
			h := z.neurons().hidden[0]
			score := scoreTerm(t, h, samples)
			var pathVariance, fullVariance, bias, biasVariance float64
			for k := range h.n {
				for p := range h.d {
					at := h.parameter(k, p)
					var a, b, c moments
					for s := range samples {
						g, e := float64(path[s*z.parameters+at]), score[(s*h.n+k)*h.d+p]
						a.add(g)
						b.add(g + e)
						c.add(e)
					}
					pathVariance += a.variance()
					fullVariance += b.variance()
					bias += c.mean() * c.mean()
					biasVariance += c.variance() / samples
				}
			}
			if fullVariance < 1e-9 {
				t.Logf("%s, %s: no gradient", regime.name, y.Estimator)
				continue
			}
			t.Logf("%s, %s: variance of the path derivative %.3g of the full gradient's",
				regime.name, y.Estimator, pathVariance/fullVariance)
			if !(pathVariance <= 1.05*fullVariance) {
				t.Errorf("%s, %s: path variance %v, full %v", regime.name, y.Estimator,
					pathVariance, fullVariance)
			}
			// The squared mean of pure noise is about its variance.
			if y.Estimator == EstimatorExact && !(bias <= 2*biasVariance) {
				t.Errorf("%s: the score term has squared mean %v, noise explains %v", regime.name,
					bias, biasVariance)
			}
		}
	}
}

// parameter is where parameter p of neuron k lies in ω.
func (h *hiddenLayer) parameter(k, p int) int {
	for _, b := range h.blocks {
		if p < b.column+b.cols {
			return b.at + k*b.row + (p-b.column)*b.col
		}
	}
	panic("no such parameter")
}

// scoreTerm is full − path, samples×n×d, from the coefficients P − I.
func scoreTerm(t *testing.T, h *hiddenLayer, samples int) []float64 {
	t.Helper()
	read := func(b kernels.F32) []float64 {
		x := must.Get(kernels.Read(b))(t)
		return float64s(x)
	}
	mu, inv, w, a := read(h.mu), read(h.inv), read(h.w), read(h.coefficients)
	score := make([]float64, samples*h.n*h.d)
	for s := range samples {
		for i := range h.n {
			for p := range h.d {
				sum := 0.0
				for j := range h.n {
					sum -= a[(s*h.n+i)*h.n+j] * (w[(s*h.n+j)*h.d+p] - mu[i*h.d+p])
				}
				score[(s*h.n+i)*h.d+p] = sum * math.Pow(inv[i*h.d+p], 2)
			}
		}
	}
	return score
}

// moments accumulates a mean and a variance.
type moments struct{ n, sum, squares float64 }

func (m *moments) add(x float64)     { m.n, m.sum, m.squares = m.n+1, m.sum+x, m.squares+x*x }
func (m *moments) mean() float64     { return m.sum / m.n }
func (m *moments) variance() float64 { return m.squares/m.n - m.mean()*m.mean() }

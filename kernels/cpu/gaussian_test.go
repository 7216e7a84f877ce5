package cpu_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func TestGaussianScaleOracle(t *testing.T) {
	d, m := newOracleTest(t)
	rho := append(m.Normal(500, -3, 4), -100, -28, -20, 0, 88, 1e30)
	n := len(rho)
	sigma, inv := d.Float32(n), d.Float32(n)
	d.GaussianScale(kernels.GaussianScale{N: n, Rho: m.F32(rho), Sigma: sigma, InvSigma: inv})
	for i, r := range rho {
		want := math.Max(softplus(float64(r)), ref.SigmaMin)
		nearAbs(t, fmt.Sprintf("Sigma(%v)", r), kernelcase.Read(t, sigma)[i:i+1], []float64{want},
			3e-7*want)
		nearAbs(t, fmt.Sprintf("InvSigma(%v)", r), kernelcase.Read(t, inv)[i:i+1],
			[]float64{1 / want}, 3e-7/want)
	}
}

func TestGaussianScaleGradOracle(t *testing.T) {
	d, m := newOracleTest(t)
	const n = 300
	rho, dSigma := m.Normal(n, -1, 3), m.Normal(n, 0, 1)
	dRho := d.Float32(n)
	d.GaussianScaleGrad(kernels.GaussianScaleGrad{N: n, DSigma: m.F32(dSigma), Rho: m.F32(rho),
		DRho: dRho})
	near(t, "DRho", kernelcase.Read(t, dRho), gradient(func(rho []float64) float64 {
		sum := 0.0
		for i, r := range rho {
			sum += float64(dSigma[i]) * softplus(r)
		}
		return sum
	}, widen(rho)), 3e-7)
}

// klOracle is the closed form Σ log(s/σ) + (σ² + μ²)/2s² − ½ of μ and σ side by side.
func klOracle(muSigma []float64, s float64) float64 {
	n := len(muSigma) / 2
	sum := 0.0
	for i, mu := range muSigma[:n] {
		sigma := muSigma[n+i]
		sum += math.Log(s/sigma) + (sigma*sigma+mu*mu)/(2*s*s) - 0.5
	}
	return sum
}

func TestKLGaussianOracle(t *testing.T) {
	d, m := newOracleTest(t)
	for _, n := range []int{1, 17, 300, 10_000} {
		for _, s := range []float32{0.1, 1, 5} {
			mu, sigma := m.Normal(n, 0, 0.5), m.Scales(n, 1.5)
			dMu, dSigma := m.Normal(n, 0, 1), m.Normal(n, 0, 1)
			op := kernels.KLGaussian{N: n, Mu: m.F32(mu), Sigma: m.F32(sigma), PriorStd: s,
				Weight: 1, KL: m.F64([]float64{100}), DMu: m.F32(dMu), DSigma: m.F32(dSigma)}
			d.KLGaussian(op)
			x := concat(widen(mu), widen(sigma))
			near(t, "KL", kernelcase.Read(t, op.KL), []float64{100 + klOracle(x, float64(s))}, 3e-7)
			if n > 300 {
				continue
			}
			want := gradient(func(x []float64) float64 { return klOracle(x, float64(s)) }, x)
			for i := range want {
				want[i] += concat(widen(dMu), widen(dSigma))[i]
			}
			near(t, "DMu", kernelcase.Read(t, op.DMu), want[:n], 5e-7)
			near(t, "DSigma", kernelcase.Read(t, op.DSigma), want[n:], 5e-7)
		}
	}
}

// Every element has its own prior, and the gradient is weighted, the divergence not.
func TestKLGaussianPriorsOracle(t *testing.T) {
	d, m := newOracleTest(t)
	const n, weight = 200, 0.3
	mu, sigma, invPrior := m.Normal(n, 0, 0.5), m.Scales(n, 1.5), m.Scales(n, 1)
	oracle := func(x []float64) float64 {
		sum := 0.0
		for i := range n {
			sum += klOracle([]float64{x[i], x[n+i]}, 1/float64(invPrior[i]))
		}
		return sum
	}
	op := kernels.KLGaussian{N: n, Mu: m.F32(mu), Sigma: m.F32(sigma), InvPrior: m.F32(invPrior),
		Weight: weight, KL: d.Float64(1), DMu: d.Float32(n), DSigma: d.Float32(n)}
	d.KLGaussian(op)
	x := concat(widen(mu), widen(sigma))
	near(t, "KL", kernelcase.Read(t, op.KL), []float64{oracle(x)}, 3e-7)
	want := gradient(func(x []float64) float64 { return weight * oracle(x) }, x)
	near(t, "DMu", kernelcase.Read(t, op.DMu), want[:n], 5e-7)
	near(t, "DSigma", kernelcase.Read(t, op.DSigma), want[n:], 5e-7)
}

// At the prior the divergence is 0, and near it the second-order term must survive.
func TestKLGaussianAtPrior(t *testing.T) {
	d, m := newOracleTest(t)
	const n = 1000
	for _, c := range []struct {
		mu, sigma, prior float32
	}{{0, 0.5, 0.5}, {0, 0.1, 0.1}, {1e-3, 1, 1}, {0, 1.001, 1}, {-0.01, 0.26, 0.25}} {
		mu, sigma := make([]float32, n), make([]float32, n)
		for i := range n {
			mu[i], sigma[i] = c.mu, c.sigma
		}
		op := kernels.KLGaussian{N: n, Mu: m.F32(mu), Sigma: m.F32(sigma), PriorStd: c.prior,
			Weight: 1, KL: d.Float64(1), DMu: d.Float32(n), DSigma: d.Float32(n)}
		d.KLGaussian(op)
		// one float32 rounding of μ² + σ² about 1, or of log σ², for each element
		nearAbs(t, fmt.Sprint(c), kernelcase.Read(t, op.KL),
			[]float64{klOracle(concat(widen(mu), widen(sigma)), float64(c.prior))}, n*6e-8)
	}
}

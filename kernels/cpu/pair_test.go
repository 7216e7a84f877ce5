package cpu_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
)

// layer is a mean-field layer of n neurons of d parameters and batch samples of it.
type layer struct {
	batch, n, d        int
	w, mu, inv         []float32
	bufW, bufMu, bufIv kernels.F32
}

// newLayer draws neurons whose distance is separation times their noise, so that they can
// explain each other.
func newLayer(m kernelcase.Memory, batch, n, d int, separation float64) layer {
	l := layer{batch: batch, n: n, d: d}
	sigma := m.Scales(n*d, 0.7)
	l.mu = m.Normal(n*d, 0, separation)
	for i := range sigma {
		sigma[i] *= 0.05
		l.mu[i] *= 0.05
		l.inv = append(l.inv, 1/sigma[i])
	}
	for range batch {
		for i := range n * d {
			l.w = append(l.w, l.mu[i]+sigma[i]*float32(m.Rand.NormFloat64()))
		}
	}
	l.bufW, l.bufMu, l.bufIv = m.F32(l.w), m.F32(l.mu), m.F32(l.inv)
	return l
}

// pairs is the oracle of one item's C with weights w.
func (l layer) pairs(w []float64) []float64 {
	c := make([]float64, l.n*l.n)
	for i := range l.n {
		for j := range l.n {
			for p := range l.d {
				c[i*l.n+j] += logNormal(w[j*l.d+p], float64(l.mu[i*l.d+p]), 1/float64(l.inv[i*l.d+p]))
			}
		}
	}
	return c
}

func (l layer) item(b int) []float64 { return widen(l.w[b*l.n*l.d : (b+1)*l.n*l.d]) }

func (l layer) pairLogDensity(d kernels.Device) kernels.F64 {
	c := d.Float64(l.batch * l.n * l.n)
	d.PairLogDensity(kernels.PairLogDensity{Batch: l.batch, N: l.n, D: l.d, W: l.bufW, Mu: l.bufMu,
		InvSigma: l.bufIv, C: c})
	return c
}

func (l layer) pairGrad(d kernels.Device, coefficients kernels.F32) kernels.F32 {
	dw := d.Float32(l.batch * l.n * l.d)
	d.PairGrad(kernels.PairGrad{Batch: l.batch, N: l.n, D: l.d, Coefficients: coefficients,
		W: l.bufW, Mu: l.bufMu, InvSigma: l.bufIv, DW: dw})
	return dw
}

// TestPairLogDensityOracle allows what float32 costs: two roundings of every z, and one
// of every log 1/σ. The largest z² of a wrong pair set the scale.
func TestPairLogDensityOracle(t *testing.T) {
	d, m := newOracleTest(t)
	for _, dim := range []int{1, 20, 800} {
		l := newLayer(m, 2, 6, dim, 1)
		got := kernelcase.Read(t, l.pairLogDensity(d))
		want := concat(l.pairs(l.item(0)), l.pairs(l.item(1)))
		near(t, fmt.Sprintf("C (d = %d)", dim), got, want, 2.5e-7)
	}
}

// TestPairLogDensityInformation checks what C is for: at d = 800 and for every scale of σ the
// information is right to 2e-5 nats, although the entries of C are in the thousands.
func TestPairLogDensityInformation(t *testing.T) {
	d, m := newOracleTest(t)
	const n, batch = 5, 8
	for _, separation := range []float64{0.01, 0.1, 1} {
		l := newLayer(m, batch, n, 800, separation)
		information := d.Float64(batch)
		d.Permanent(kernels.Permanent{Batch: batch, N: n, C: l.pairLogDensity(d),
			Information: information})
		want := make([]float64, batch)
		for b := range batch {
			want[b], _ = bruteForce(l.pairs(l.item(b)), n)
		}
		nearAbs(t, fmt.Sprintf("Information (separation %v)", separation),
			kernelcase.Read(t, information), want, 2e-5)
	}
}

// TestPairGradPermanent checks the path derivative: that of the information with respect to the
// weights.
func TestPairGradPermanent(t *testing.T) {
	d, m := newOracleTest(t)
	const n, dim, batch = 4, 5, 3
	for _, separation := range []float64{0.1, 1, 30} {
		l := newLayer(m, batch, n, dim, separation)
		information, coefficients := d.Float64(batch), d.Float32(batch*n*n)
		d.Permanent(kernels.Permanent{Batch: batch, N: n, C: l.pairLogDensity(d),
			Information: information, Coefficients: coefficients})
		got := kernelcase.Read(t, l.pairGrad(d, coefficients))
		for b := range batch {
			value := func(w []float64) float64 { i, _ := bruteForce(l.pairs(w), n); return i }
			nearAbs(t, "Information", kernelcase.Read(t, information)[b:b+1],
				[]float64{value(l.item(b))}, 5e-6)
			want := gradient(value, l.item(b))
			// the terms are z/σ, up to 100, even where they cancel or P − I is about 0
			nearAbs(t, fmt.Sprintf("DW (separation %v)", separation), got[b*n*dim:(b+1)*n*dim], want, 5e-5)
		}
	}
}

// TestPairGradMarginals is the same for an average over a few permutations.
func TestPairGradMarginals(t *testing.T) {
	d, m := newOracleTest(t)
	const n, dim, batch, k = 5, 4, 2, 7
	l := newLayer(m, batch, n, dim, 0.3)
	perms := m.Permutations(batch*k, k, n)
	bufPerms := m.I32(perms)
	logs, weights, information := d.Float64(batch*k), d.Float64(batch*k), d.Float64(batch)
	coefficients := d.Float32(batch * n * n)
	d.PermutationLogDensity(kernels.PermutationLogDensity{Batch: batch, K: k, N: n,
		C: l.pairLogDensity(d), Perms: bufPerms, Logs: logs})
	d.PermutationAverage(kernels.PermutationAverage{Batch: batch, K: k, Logs: logs,
		Weights: weights, Information: information})
	d.PermutationMarginals(kernels.PermutationMarginals{Batch: batch, K: k, N: n, Weights: weights,
		Perms: bufPerms, Coefficients: coefficients})
	got := kernelcase.Read(t, l.pairGrad(d, coefficients))
	for b := range batch {
		value := func(w []float64) float64 {
			c := l.pairs(w)
			values := make([]float64, k)
			for s := range k {
				for i, j := range perms[(b*k+s)*n:][:n] {
					values[s] += c[i*n+int(j)]
				}
			}
			return values[0] - logSumExp(values) + math.Log(k)
		}
		nearAbs(t, "Information", kernelcase.Read(t, information)[b:b+1],
			[]float64{value(l.item(b))}, 5e-6)
		nearAbs(t, "DW", got[b*n*dim:(b+1)*n*dim], gradient(value, l.item(b)), 5e-5)
	}
}

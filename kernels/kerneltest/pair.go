package kerneltest

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// PairLogDensity checks one call.
func PairLogDensity(t testing.TB, d kernels.Device, batch, n, dim int, w, mu, invSigma []float32) {
	t.Helper()
	c := newCall(t, d, "PairLogDensity batch=%d n=%d d=%d", batch, n, dim)
	op := kernels.PairLogDensity{Batch: batch, N: n, D: dim}
	op.W, w = c.in32("W", w)
	op.Mu, mu = c.in32("Mu", mu)
	op.InvSigma, invSigma = c.in32("InvSigma", invSigma)
	var out []float64
	op.C, out = c.out64("C", batch*n*n)
	d.PairLogDensity(op)
	pairLogDensities(out, w, mu, invSigma, batch, n, dim)
	c.check()
}

// pairLogDensities is what PairLogDensity does.
func pairLogDensities(out []float64, w, mu, invSigma []float32, batch, n, dim int) {
	for item := range batch {
		for i := range n {
			inv := invSigma[i*dim : (i+1)*dim]
			logNorm := ref.Chunked(dim, func(lo, hi int) float64 { return ref.SumLog(inv[lo:hi]) })
			logNorm -= float64(float64(dim) * 0.91893853320467274178)
			ref.PairLogDensity(out[(item*n+i)*n:][:n], w[item*n*dim:(item+1)*n*dim],
				mu[i*dim:(i+1)*dim], inv, logNorm)
		}
	}
}

func testPairLogDensity(t *testing.T, d kernels.Device) {
	in := newInputs()
	for dim := range 66 {
		n := 1 + dim%6
		PairLogDensity(t, d, 2, n, dim, in.normal(2*n*dim, 1), in.normal(n*dim, 1), in.positive(n*dim, 2))
		PairLogDensity(t, d, 1, 3, dim, in.wild(3*dim), in.wild(3*dim), in.wild(3*dim))
	}
	for _, s := range [][3]int{{0, 3, 4}, {2, 0, 4}, {1, 17, 9}, {1, 33, 7}, {3, 9, 800},
		{1, 2, 4097}, {1, 1, 9000}} {
		batch, n, dim := s[0], s[1], s[2]
		PairLogDensity(t, d, batch, n, dim, in.normal(batch*n*dim, 1), in.normal(n*dim, 1),
			in.positive(n*dim, 2))
	}
}

// checkPairGrad checks one call.
func checkPairGrad(t testing.TB, d kernels.Device, batch, n, dim int, coefficients, w, mu,
	invSigma []float32) {
	t.Helper()
	c := newCall(t, d, "PairGrad batch=%d n=%d d=%d", batch, n, dim)
	op := kernels.PairGrad{Batch: batch, N: n, D: dim}
	op.Coefficients, coefficients = c.in32("Coefficients", coefficients)
	op.W, w = c.in32("W", w)
	op.Mu, mu = c.in32("Mu", mu)
	op.InvSigma, invSigma = c.in32("InvSigma", invSigma)
	var dw []float32
	op.DW, dw = c.out32("DW", batch*n*dim)
	d.PairGrad(op)
	pairGrads(dw, coefficients, w, mu, invSigma, batch, n, dim)
	c.check()
}

// pairGrads is what PairGrad does.
func pairGrads(dw, coefficients, w, mu, invSigma []float32, batch, n, dim int) {
	clear(dw)
	for item := range batch {
		for j := range n {
			lo, hi := (item*n+j)*dim, (item*n+j+1)*dim
			for i := range n {
				if a := coefficients[(item*n+i)*n+j]; a != 0 {
					ref.PairGradAdd(dw[lo:hi], w[lo:hi], mu[i*dim:(i+1)*dim], invSigma[i*dim:(i+1)*dim], a)
				}
			}
		}
	}
}

func testPairGrad(t *testing.T, d kernels.Device) {
	in := newInputs()
	for dim := range 66 {
		n := 1 + dim%6
		checkPairGrad(t, d, 2, n, dim, in.normal(2*n*n, 1), in.normal(2*n*dim, 1), in.normal(n*dim, 1),
			in.positive(n*dim, 2))
		checkPairGrad(t, d, 1, 3, dim, in.wild(9), in.wild(3*dim), in.wild(3*dim), in.wild(3*dim))
	}
	// all left out
	checkPairGrad(t, d, 1, 2, 65, make([]float32, 4), in.wild(130), in.wild(130), in.wild(130))
	for _, s := range [][3]int{{0, 3, 4}, {2, 0, 4}, {1, 17, 9}, {3, 9, 800}, {1, 2, 4097}} {
		batch, n, dim := s[0], s[1], s[2]
		checkPairGrad(t, d, batch, n, dim, in.normal(batch*n*n, 1), in.normal(batch*n*dim, 1),
			in.normal(n*dim, 1), in.positive(n*dim, 2))
	}
}

// Permanent checks one call with coefficients and one without.
func Permanent(t testing.TB, d kernels.Device, n int, matrices []float64) {
	t.Helper()
	batch := len(matrices) / (n * n)
	c := newCall(t, d, "Permanent batch=%d n=%d", batch, n)
	op := kernels.Permanent{Batch: batch, N: n}
	op.C, matrices = c.in64("C", matrices)
	var information, again []float64
	var coefficients []float32
	op.Information, information = c.out64("Information", batch)
	op.Coefficients, coefficients = c.out32("Coefficients", batch*n*n)
	d.Permanent(op)
	op.Information, again = c.out64("Information without Coefficients", batch)
	op.Coefficients = nil
	d.Permanent(op)
	for item := range batch {
		m := matrices[item*n*n : (item+1)*n*n]
		logPerm := ref.Permanent(coefficients[item*n*n:(item+1)*n*n], m, n)
		trace := 0.0
		for i := range n {
			trace += m[i*n+i]
		}
		information[item] = trace - logPerm + ref.LogFactorial(n)
	}
	copy(again, information)
	c.check()
}

func testPermanent(t *testing.T, d kernels.Device) {
	in := newInputs()
	for n := 1; n <= 10; n++ {
		batch := 1 + n%4
		for _, std := range []float64{1e-3, 3, 1e3, 1e5} {
			Permanent(t, d, n, in.normal64(batch*n*n, std))
		}
		holes := in.normal64(4*n*n, 5)
		for i := range holes {
			if in.IntN(3) == 0 {
				holes[i] = math.Inf(-1)
			}
		}
		Permanent(t, d, n, holes)
		Permanent(t, d, n, repeat(-1.25, n*n))
		Permanent(t, d, n, repeat(math.Inf(-1), n*n))
	}
	Permanent(t, d, 5, nil)
	Permanent(t, d, 13, in.normal64(13*13, 4))
}

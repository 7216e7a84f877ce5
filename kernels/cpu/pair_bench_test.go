package cpu

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/symvi/symvi/kernels"
)

// benchRows runs f once per row of microkernels with a single-threaded device.
func benchRows(b *testing.B, f func(b *testing.B, d *Device)) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, isa := range ISAs() {
		b.Run(isa, func(b *testing.B) {
			d, err := New(Options{ISA: isa, Threads: 1})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			f(b, d)
		})
	}
}

// averageProblem is the permutation average of one layer at the size of the MNIST network.
type averageProblem struct {
	n, d, k   int
	pair      kernels.PairLogDensity
	perms     kernels.RandomPermutations
	densities kernels.PermutationLogDensity
	average   kernels.PermutationAverage
	marginals kernels.PermutationMarginals
	grad      kernels.PairGrad
}

func newAverageProblem(d *Device, n, width, k int) *averageProblem {
	in := rand.New(rand.NewPCG(1, 2))
	fill := func(n int, f func() float64) kernels.F32 {
		b := d.Float32(n)
		for i := range hostSlice(b) {
			hostSlice(b)[i] = float32(f())
		}
		return b
	}
	mu, inv, w := fill(n*width, in.NormFloat64), fill(n*width, func() float64 { return 1 + in.Float64() }), fill(n*width, in.NormFloat64)
	c, logs, perms, weights := d.Float64(n*n), d.Float64(k), d.Int32(k*n), d.Float64(k)
	coefficients, given := d.Float32(n*n), fill(n*n, in.NormFloat64)
	return &averageProblem{
		n, width, k,
		kernels.PairLogDensity{Batch: 1, N: n, D: width, W: w, Mu: mu, InvSigma: inv, C: c},
		kernels.RandomPermutations{Batch: 1, Count: k, N: n, IdentityFirst: true, Dst: perms},
		kernels.PermutationLogDensity{Batch: 1, K: k, N: n, C: c, Perms: perms, Logs: logs},
		kernels.PermutationAverage{Batch: 1, K: k, Logs: logs, Weights: weights, Information: d.Float64(1)},
		kernels.PermutationMarginals{Batch: 1, K: k, N: n, Weights: weights, Perms: perms, Coefficients: coefficients},
		kernels.PairGrad{Batch: 1, N: n, D: width, Coefficients: given, W: w, Mu: mu, InvSigma: inv, DW: d.Float32(n * width)},
	}
}

// direct evaluates the K permuted densities one by one, n·d Gaussian log-densities each, with the row's
// own kernels; normalised adds up log(1/σ) anew for each density, otherwise it is taken out of the loop.
func (p *averageProblem) direct(d *Device, normalized bool) {
	w, mu, inv := hostSlice(p.pair.W), hostSlice(p.pair.Mu), hostSlice(p.pair.InvSigma)
	perms, logs := hostSlice(p.perms.Dst), hostSlice(p.densities.Logs)
	var c [1]float64
	for k := range p.k {
		total := 0.0
		for i, j := range perms[k*p.n : (k+1)*p.n] {
			lo, hi := i*p.d, (i+1)*p.d
			logNorm := 0.0
			if normalized {
				logNorm = d.row.sumLog(inv[lo:hi])
			}
			d.row.pairLogDensity(c[:], w[int(j)*p.d:int(j+1)*p.d], mu[lo:hi], inv[lo:hi], logNorm)
			total += c[0]
		}
		logs[k] = total
	}
}

// squares is the pair matrix without the normalisers.
func (p *averageProblem) squares(d *Device) {
	w, mu, inv, c := hostSlice(p.pair.W), hostSlice(p.pair.Mu), hostSlice(p.pair.InvSigma), hostSlice(p.pair.C)
	for i := range p.n {
		lo, hi := i*p.d, (i+1)*p.d
		d.row.pairLogDensity(c[i*p.n:(i+1)*p.n], w, mu[lo:hi], inv[lo:hi], 0)
	}
}

// BenchmarkPermutationAverage times the parts and the whole of the average over K permutations, C included
// (pair + permutation log-densities + average, for permutations that are given; "drawn" draws them too),
// and what it replaces: K densities evaluated directly, with and without their normalisers.
func BenchmarkPermutationAverage(b *testing.B) {
	benchRows(b, func(b *testing.B, d *Device) {
		p := newAverageProblem(d, 30, 795, 1000)
		d.RandomPermutations(p.perms)
		for _, part := range []struct {
			name string
			run  func()
		}{
			{"whole", func() {
				d.PairLogDensity(p.pair)
				d.PermutationLogDensity(p.densities)
				d.PermutationAverage(p.average)
			}},
			{"drawn", func() {
				d.RandomPermutations(p.perms)
				d.PairLogDensity(p.pair)
				d.PermutationLogDensity(p.densities)
				d.PermutationAverage(p.average)
			}},
			{"direct", func() { p.direct(d, true) }},
			{"direct-hoisted", func() { p.direct(d, false) }},
			{"pair", func() { d.PairLogDensity(p.pair) }},
			{"squares", func() { p.squares(d) }},
			{"permutations", func() { d.RandomPermutations(p.perms) }},
			{"densities", func() { d.PermutationLogDensity(p.densities) }},
			{"average", func() { d.PermutationAverage(p.average) }},
			{"marginals", func() { d.PermutationMarginals(p.marginals) }},
			{"grad", func() { d.PairGrad(p.grad) }},
		} {
			b.Run(part.name, func(b *testing.B) {
				for b.Loop() {
					part.run()
				}
			})
		}
	})
}

// BenchmarkPermanent times the exact average with its marginals.
func BenchmarkPermanent(b *testing.B) {
	benchRows(b, func(b *testing.B, d *Device) {
		for _, n := range []int{5, 10, 16, 20} {
			b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
				in := rand.New(rand.NewPCG(1, 2))
				op := kernels.Permanent{Batch: 1, N: n, C: d.Float64(n * n), Information: d.Float64(1), Coefficients: d.Float32(n * n)}
				for i := range hostSlice(op.C) {
					hostSlice(op.C)[i] = 3 * in.NormFloat64()
				}
				for b.Loop() {
					d.Permanent(op)
				}
			})
		}
	})
}

// BenchmarkPermuted times the density of a matrix between two permuted layers and its gradient.
func BenchmarkPermuted(b *testing.B) {
	benchRows(b, func(b *testing.B, d *Device) {
		for _, n := range []int{30, 256} {
			in := rand.New(rand.NewPCG(1, 2))
			w, mu, inv := make([]float32, n), make([]float32, n), make([]float32, n)
			columns := make([]int32, n)
			for i, j := range in.Perm(n) {
				w[i], mu[i], inv[i], columns[i] = float32(in.NormFloat64()), float32(in.NormFloat64()), 1, int32(j)
			}
			b.Run(fmt.Sprintf("pair/n=%d", n), func(b *testing.B) {
				for b.Loop() {
					d.row.permutedPair(w, mu, inv, columns)
				}
			})
			b.Run(fmt.Sprintf("grad/n=%d", n), func(b *testing.B) {
				dw := make([]float32, n)
				for b.Loop() {
					d.row.permutedGradAdd(dw, w, mu, inv, columns, 1e-3)
				}
			})
		}
	})
}

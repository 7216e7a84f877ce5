package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// factors are those of a product into DW, from element first of every sample on: of its op(A),
// rows×terms, every sample has its own, B is shared.
type factors struct {
	first, rows, cols, terms int
	a, b                     []float32
}

// checkGaussianStep checks one call, which gathers so many columns of a minibatch unless they are
// negative. x, m and v hold 2n values and extra ones; the first 2n values of Grad, and DW,
// afterwards are not specified.
func checkGaussianStep(t testing.TB, d kernels.Device, op kernels.GaussianStep, product factors,
	ahead int, dw, invPrior, x, m, v, grad []float32) {
	t.Helper()
	n, samples := op.N, op.Samples
	c := newCall(t, d, "GaussianStep n=%d extra=%d samples=%d held=[%d:%d) weight=%v "+
		"product=%d+%dx%dx%d", n, op.Extra, samples,
		op.HeldLo, op.HeldHi, op.Weight, product.first, product.rows, product.cols, product.terms)
	sigma, inv := make([]float32, n), make([]float32, n)
	ref.GaussianScale(sigma, inv, x[n:2*n])
	op.DW = d.Float32(len(dw))
	defer op.DW.Free()
	op.DW.Upload(dw)
	if p := product; p.rows > 0 {
		op.Product = kernels.Gemm{Transpose: kernels.TN, Batch: samples, M: p.rows, N: p.cols, K: p.terms,
			LDA: p.rows, StrideA: p.terms * p.rows, LDB: p.cols,
			C: op.DW.Slice(p.first, len(dw)), LDC: p.cols, StrideC: n}
		op.Product.A, p.a = c.in32("A", p.a)
		op.Product.B, p.b = c.in32("B", p.b)
		for s := range samples {
			ref.Gemm(p.rows, p.cols, p.terms, p.a[s*p.terms*p.rows:], 1, p.rows, p.b, p.cols, 1,
				dw[s*n+p.first:], p.cols, false)
		}
	}
	if invPrior != nil {
		op.InvPrior, invPrior = c.in32("InvPrior", invPrior)
	} else {
		invPrior = repeat(1/op.PriorStd, n)
	}
	var kl []float64
	op.KL, kl = c.in64("KL", []float64{2})
	op.X, x = c.in32("X", x)
	op.M, m = c.in32("M", m)
	op.V, v = c.in32("V", v)
	op.Grad = d.Float32(len(grad))
	defer op.Grad.Free()
	op.Grad.Upload(grad)
	op.Sigma, sigma = c.in32("Sigma", sigma)
	if op.Step%3 == 0 {
		inv = nil // not wanted
	} else {
		op.InvSigma, inv = c.in32("InvSigma", inv)
	}
	var w []float32
	op.W, w = c.out32("W", samples*n)
	gathered := func() {}
	if ahead >= 0 {
		_, holdsBytes := d.(kernels.Bytes)
		op.Minibatch, gathered = minibatch(c, newInputs(), ahead, holdsBytes && n%2 == 0, n%3 == 0)
	}
	told := op
	if op.Step%2 == 0 {
		told.State, _ = c.inInt("State", stateOf(&told))
	}
	kernels.RunGaussianStep(d, told)
	gathered()

	mu, rho, dMu, dRho := x[:n], x[n:2*n], grad[:n], grad[n:2*n]
	sampled := func(key kernels.Key, s int) kernels.Key {
		key.Sample += uint32(s)
		return key
	}
	clear(grad[:2*n])
	for s := range samples {
		ref.SampleGaussianGrad(dMu, dRho, dw[s*n:(s+1)*n], ref.Key(sampled(op.Key, s)), 0)
	}
	kl[0] += ref.Chunked(n, func(lo, hi int) float64 {
		return ref.KLGaussian(mu[lo:hi], sigma[lo:hi], dMu[lo:hi], dRho[lo:hi], invPrior[lo:hi],
			op.Weight)
	})
	ref.GaussianScaleGrad(dRho, dRho, rho)
	clear(dMu[op.HeldLo:op.HeldHi])
	clear(dRho[op.HeldLo:op.HeldHi])
	adam := op.Adam()
	ref.Adam(x, m, v, grad, ref.AdamStep(adam.Constants()))
	ref.GaussianScale(sigma, inv, rho)
	for s := range samples {
		ref.SampleGaussian(w[s*n:(s+1)*n], mu, sigma, ref.Key(sampled(op.Next, s)), 0)
	}
	c.check()
}

// testGaussianStep checks calls of many shapes.
func testGaussianStep(t *testing.T, d kernels.Device) {
	in := newInputs()
	for i, n := range append(lengths(), 40_000) {
		op := kernels.GaussianStep{N: n, Extra: i % 4, Samples: 1 + i%3,
			Key:      kernels.Key{Seed: 3, Stream: 1, Step: uint32(i)},
			PriorStd: 0.5, Weight: []float32{1, 0.3, 0}[i%3], HeldLo: n / 3, HeldHi: n/3 + i%2*(n/2),
			LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 1 + i,
			Next: kernels.Key{Seed: 3, Stream: 1, Step: uint32(i + 1)}}
		all := 2*n + op.Extra
		var priors []float32
		if i%2 == 1 {
			priors = in.positive(n, 1)
		}
		none := factors{}
		checkGaussianStep(t, d, op, none, i%50-1, in.normal(op.Samples*n, 1), priors, in.normal(all, 2),
			in.normal(all, 0.1), in.positive(all, 1), in.normal(all, 1))
		checkGaussianStep(t, d, op, none, -1, in.wild(op.Samples*n), priors, in.wild(all), in.wild(all),
			in.wild(all), in.wild(all))
	}
	for i, s := range [][5]int{{1, 0, 3, 5, 4}, {1, 2, 9, 33, 100}, {2, 11, 30, 7, 46},
		{3, 0, 1, 130, 21}, {12, 5, 13, 20, 10}, {1, 64, 2, 64, 513}, {1, 0, 40, 784, 3},
		{1, 4, 5, 68, 100}, {1, 4, 5, 68, 100}, {1, 0, 3, 72, 127}, {1, 3, 4, 70, 128},
		{1, 0, 3, 72, 129}} {
		samples, first, rows, cols, terms := s[0], s[1], s[2], s[3], s[4]
		n := first + rows*cols + 7
		op := kernels.GaussianStep{N: n, Samples: samples, Key: kernels.Key{Seed: 4}, PriorStd: 0.5,
			Weight: 0.3, HeldLo: n / 4, HeldHi: n / 3,
			LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 1 + i,
			Next: kernels.Key{Seed: 4, Step: 1}}
		for _, draw := range []func(int) []float32{func(n int) []float32 {
			return in.normal(n, 1)
		}, in.wild} {
			product := factors{first, rows, cols, terms, draw(samples * terms * rows),
				draw(terms*cols + i%2)} // which starts elsewhere when it is longer
			checkGaussianStep(t, d, op, product, cols, draw(samples*n), nil, in.normal(2*n, 2),
				in.normal(2*n, 0.1), in.positive(2*n, 1), in.normal(2*n, 1))
		}
	}
	testStepsInARow(t, d)
}

// testStepsInARow checks steps each of which begins where the one before it ended, so that a
// device may know their noise, and steps that only seem to.
func testStepsInARow(t *testing.T, d kernels.Device) {
	in := newInputs()
	others := []func(*kernels.GaussianStep){
		func(*kernels.GaussianStep) {},
		func(s *kernels.GaussianStep) { s.Key.Seed ^= 1 << 40 },
		func(s *kernels.GaussianStep) { s.Key.Stream++ },
		func(s *kernels.GaussianStep) { s.Key.Step++ },
		func(s *kernels.GaussianStep) { s.Key.Sample++ },
		func(s *kernels.GaussianStep) { s.Samples++ },
		func(s *kernels.GaussianStep) { s.Samples-- },
		func(s *kernels.GaussianStep) { s.N-- },
		func(s *kernels.GaussianStep) { s.N++ },
	}
	for _, n := range []int{1, 2, 63, 64, 65, 4096, 9000} {
		for step := range 3 * len(others) {
			op := kernels.GaussianStep{N: n, Samples: 2, Key: kernels.Key{Seed: 6, Step: uint32(step)},
				PriorStd: 0.5, Weight: 0.3, LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8,
				Step: 1 + step, Next: kernels.Key{Seed: 6, Step: uint32(step + 1)}}
			if step%3 == 2 {
				others[step/3](&op)
			}
			draw := in.normal
			if step%2 == 1 {
				draw = func(n int, _ float64) []float32 { return in.wild(n) }
			}
			checkGaussianStep(t, d, op, factors{}, -1, draw(op.Samples*op.N, 1), nil,
				draw(2*op.N, 2), draw(2*op.N, 0.1), in.positive(2*op.N, 1), in.normal(2*op.N, 1))
		}
	}
}

package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// shardStepInputs are the vectors of a ShardStep of n parameters: sums of nodes, of which the
// first is the gradient in the end, and the others.
type shardStepInputs struct {
	dMu, dSigma          [][]float32 // of every node
	invPrior, mu, rho    []float32   // invPrior may be nil
	mMu, vMu, mRho, vRho []float32
}

// checkShardStep checks one call: node 1 is added to node 0, 3 to 2, and that to node 0.
func checkShardStep(t testing.TB, d kernels.Device, op kernels.ShardStep, x shardStepInputs) {
	t.Helper()
	n := op.N
	c := newCall(t, d, "ShardStep n=%d nodes=%d held=[%d:%d) weight=%v scale=%v", n, len(x.dMu),
		op.HeldLo, op.HeldHi, op.Weight, op.Scale)
	sigma, inv := make([]float32, n), make([]float32, n)
	ref.GaussianScale(sigma, inv, x.rho)
	room := func(values []float32) kernels.F32 { // the sums are not specified afterwards
		b := d.Float32(len(values))
		t.Cleanup(b.Free)
		b.Upload(values)
		return b
	}
	var dMu, dSigma []kernels.F32
	for i := range x.dMu {
		dMu, dSigma = append(dMu, room(x.dMu[i])), append(dSigma, room(x.dSigma[i]))
	}
	op.DMu, op.DSigma = dMu[0], dSigma[0]
	gradMu, gradSigma := append([]float32(nil), x.dMu[0]...), append([]float32(nil), x.dSigma[0]...)
	if len(x.dMu) == 4 {
		for _, pair := range [][2]int{{0, 1}, {2, 3}, {0, 2}} {
			op.Sums = append(op.Sums, [2]kernels.F32{dMu[pair[0]], dMu[pair[1]]},
				[2]kernels.F32{dSigma[pair[0]], dSigma[pair[1]]})
		}
		gradMu, gradSigma = pairwise(x.dMu), pairwise(x.dSigma)
	}
	invPrior := repeat(1/op.PriorStd, n)
	if x.invPrior != nil {
		op.InvPrior, invPrior = c.in32("InvPrior", x.invPrior)
	}
	var kl []float64
	var mu, rho, mMu, vMu, mRho, vRho []float32
	op.KL, kl = c.in64("KL", []float64{2})
	op.Mu, mu = c.in32("Mu", x.mu)
	op.Rho, rho = c.in32("Rho", x.rho)
	op.MMu, mMu = c.in32("MMu", x.mMu)
	op.VMu, vMu = c.in32("VMu", x.vMu)
	op.MRho, mRho = c.in32("MRho", x.mRho)
	op.VRho, vRho = c.in32("VRho", x.vRho)
	op.Sigma, sigma = c.in32("Sigma", sigma)
	if op.Step%3 == 0 {
		inv = nil // not wanted
	} else {
		op.InvSigma, inv = c.in32("InvSigma", inv)
	}
	kernels.RunShardStep(d, op)

	kl[0] += ref.Chunked(n, func(lo, hi int) float64 {
		return ref.KLGaussian(mu[lo:hi], sigma[lo:hi], gradMu[lo:hi], gradSigma[lo:hi],
			invPrior[lo:hi], op.Weight)
	})
	ref.GaussianScaleGrad(gradSigma, gradSigma, rho)
	clear(gradMu[op.HeldLo:op.HeldHi])
	clear(gradSigma[op.HeldLo:op.HeldHi])
	ref.Adam(mu, mMu, vMu, gradMu, ref.AdamStep(op.Constants()))
	ref.Adam(rho, mRho, vRho, gradSigma, ref.AdamStep(op.Constants()))
	if op.Scale {
		ref.GaussianScale(sigma, inv, rho)
	}
	c.check()
}

// testShardStep checks calls of many shapes.
func testShardStep(t *testing.T, d kernels.Device) {
	in := newInputs()
	for i, n := range append(lengths(), 10_000) {
		op := kernels.ShardStep{N: n, PriorStd: 0.5, Weight: []float32{1, 0.3, 0}[i%3],
			HeldLo: n / 3, HeldHi: n/3 + i%2*(n/2), LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8,
			Step: 1 + i, Scale: i%4 != 0}
		for _, draw := range []func(int) []float32{func(n int) []float32 {
			return in.normal(n, 1)
		}, in.wild} {
			x := shardStepInputs{mu: draw(n), rho: draw(n), mMu: draw(n), vMu: in.positive(n, 1),
				mRho: draw(n), vRho: in.positive(n, 1)}
			for range 1 + 3*(i/2%2) {
				x.dMu, x.dSigma = append(x.dMu, draw(n)), append(x.dSigma, draw(n))
			}
			if i%2 == 1 {
				x.invPrior = in.positive(n, 1)
			}
			checkShardStep(t, d, op, x)
		}
	}
}

package cpu_test

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
)

// TestGaussianScaleNLLOracle holds losses to 5e-7 of the largest, and gradients to 1e-6 of
// the largest: 1 − ρ² is a difference.
func TestGaussianScaleNLLOracle(t *testing.T) {
	d, m := newOracleTest(t)
	const batch, rows, targets, scale = 2, 5, 3, 0.25
	target := m.Normal(rows*targets, 0, 2)
	// loss of a row whose means and raw values are given
	loss := func(mean, raw []float64, row int) float64 {
		sum := 0.0
		for j := range targets {
			sigma := math.Max(softplus(raw[j]), 0x1p-40)
			sum -= logNormal(float64(target[row%rows*targets+j]), mean[j], sigma)
		}
		return sum
	}
	total := func(loss func(row int) float64) (losses []float64, sum float64) {
		for r := range batch * rows {
			losses = append(losses, loss(r))
			sum += scale * losses[r]
		}
		return losses, sum
	}
	op := kernels.GaussianScaleNLL{Batch: batch, Rows: rows, Targets: targets,
		Target: m.F32(target), Loss: d.Float32(batch * rows), Scale: scale}

	t.Run("heteroscedastic", func(t *testing.T) {
		outputs := m.Normal(batch*rows*2*targets, 0, 2)
		both := m.F32(outputs)
		op := op
		op.Mean, op.Raw = both, both.Slice(targets, len(outputs))
		op.GradMean, op.GradRaw = op.Mean, op.Raw
		op.StrideMean, op.StrideRaw, op.StrideGradMean, op.StrideGradRaw = 2*targets, 2*targets,
			2*targets, 2*targets
		d.GaussianScaleNLL(op)
		all := func(x []float64) ([]float64, float64) {
			return total(func(r int) float64 { return loss(x[2*r*targets:], x[(2*r+1)*targets:], r) })
		}
		want, _ := all(widen(outputs))
		near(t, "Loss", kernelcase.Read(t, op.Loss), want, 5e-7)
		near(t, "Grad", kernelcase.Read(t, both), gradient(func(x []float64) float64 {
			_, sum := all(x)
			return sum
		}, widen(outputs)), 1e-6)
	})
	t.Run("homoscedastic", func(t *testing.T) {
		mean, raw := m.Normal(batch*rows*targets, 0, 2), []float32{-2, 0.3, 4}
		op := op
		op.Mean, op.StrideMean, op.Raw = m.F32(mean), targets, m.F32(raw)
		op.GradMean, op.GradRaw = d.Float32(len(mean)), d.Float32(len(mean))
		op.StrideGradMean, op.StrideGradRaw = targets, targets
		d.GaussianScaleNLL(op)
		dRaw := d.Float32(targets)
		d.SumRows(kernels.SumRows{Batch: 1, Rows: batch * rows, Cols: targets, X: op.GradRaw,
			Dst: dRaw, StrideDst: targets})
		all := func(x []float64) ([]float64, float64) {
			return total(func(r int) float64 { return loss(x[r*targets:], x[len(mean):], r) })
		}
		x := concat(widen(mean), widen(raw))
		want, _ := all(x)
		near(t, "Loss", kernelcase.Read(t, op.Loss), want, 5e-7)
		wantGrad := gradient(func(x []float64) float64 { _, sum := all(x); return sum }, x)
		near(t, "GradMean", kernelcase.Read(t, op.GradMean), wantGrad[:len(mean)], 1e-6)
		near(t, "GradRaw", kernelcase.Read(t, dRaw), wantGrad[len(mean):], 1e-6)
	})
}

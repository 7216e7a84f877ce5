package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// checkGaussianScaleNLL checks one call for each way a network can hold the noise: as outputs
// beside the means, T means and then T raw values per row, with the gradients apart or in their
// place; and as one raw vector for all rows, the first row's.
func checkGaussianScaleNLL(t testing.TB, d kernels.Device, batch, rows, targets int, scale float32,
	outputs, target []float32) {
	t.Helper()
	n, stride := batch*rows, 2*targets
	c := newCall(t, d, "GaussianScaleNLL batch=%d rows=%d targets=%d", batch, rows, targets)
	op := kernels.GaussianScaleNLL{Batch: batch, Rows: rows, Targets: targets, Scale: scale}
	op.Target, target = c.in32("Target", target)

	// reference computes the losses and gradients of rows that begin at multiples of strides.
	reference := func(loss, gradMean, gradRaw, mean, raw []float32, strideGradMean, strideGradRaw,
		strideRaw int) {
		constant := float32(float64(targets) * 0.91893853320467274178)
		for r := range n {
			loss[r] = constant + ref.GaussianScaleNLL(
				gradMean[r*strideGradMean:][:targets], gradRaw[r*strideGradRaw:][:targets],
				mean[r*stride:][:targets], raw[r*strideRaw:][:targets],
				target[r%rows*targets:][:targets], scale)
		}
	}
	// halves splits rows of 2T into the means and the raw values.
	halves := func(b kernels.F32, x []float32) (mean, raw kernels.F32, means, raws []float32) {
		half := min(targets, len(x))
		return b, b.Slice(half, len(x)), x, x[half:]
	}

	var loss, x, grad []float32
	op.Loss, loss = c.out32("Loss", n)
	var buffer kernels.F32
	buffer, x = c.in32("Outputs", outputs)
	var means, raws, gradMeans, gradRaws []float32
	op.Mean, op.Raw, means, raws = halves(buffer, x)
	op.StrideMean, op.StrideRaw = stride, stride
	buffer, grad = c.out32("Gradient", len(outputs))
	op.GradMean, op.GradRaw, gradMeans, gradRaws = halves(buffer, grad)
	op.StrideGradMean, op.StrideGradRaw = stride, stride
	d.GaussianScaleNLL(op)
	reference(loss, gradMeans, gradRaws, means, raws, stride, stride, stride)

	inPlace := op
	buffer, x = c.in32("Outputs and gradient", outputs)
	inPlace.Mean, inPlace.Raw, _, _ = halves(buffer, x)
	inPlace.GradMean, inPlace.GradRaw = inPlace.Mean, inPlace.Raw
	d.GaussianScaleNLL(inPlace)
	copy(x, grad)

	if n > 0 {
		shared := op
		shared.Raw, raws = c.in32("Raw", raws[:targets])
		shared.StrideRaw = 0
		shared.Loss, loss = c.out32("Loss of one noise", n)
		shared.GradMean, gradMeans = c.out32("GradMean of one noise", n*targets)
		shared.GradRaw, gradRaws = c.out32("GradRaw of one noise", n*targets)
		shared.StrideGradMean, shared.StrideGradRaw = targets, targets
		d.GaussianScaleNLL(shared)
		reference(loss, gradMeans, gradRaws, means, raws, targets, targets, 0)
	}
	c.check()
}

func testGaussianScaleNLL(t *testing.T, d kernels.Device) {
	in := newInputs()
	for targets := range 66 {
		for _, wild := range []bool{false, true} {
			rows := 1 + targets%5
			checkGaussianScaleNLL(t, d, 2, rows, targets, 1/float32(rows),
				in.either(wild, 4*rows*targets), in.either(wild, rows*targets))
		}
	}
	for _, rows := range []int{0, 1, 31, 32, 33, 65, 200} {
		checkGaussianScaleNLL(t, d, 3, rows, 1, 0.01, in.normal(6*rows, 2), in.normal(rows, 2))
	}
	// several threads
	checkGaussianScaleNLL(t, d, 2, 2500, 2, 0.01, in.normal(20_000, 2), in.normal(5000, 2))
	checkGaussianScaleNLL(t, d, 0, 4, 2, 1, nil, in.normal(8, 1))
}

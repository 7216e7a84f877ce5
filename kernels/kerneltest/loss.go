package kerneltest

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// SoftmaxCrossEntropy checks one call, out of place and in place.
func SoftmaxCrossEntropy(t testing.TB, d kernels.Device, batch, classes int, scale float32,
	logits []float32, labels []int32) {
	t.Helper()
	rows := len(labels)
	c := newCall(t, d, "SoftmaxCrossEntropy batch=%d rows=%d classes=%d", batch, rows, classes)
	op := kernels.SoftmaxCrossEntropy{Batch: batch, Rows: rows, Classes: classes, Scale: scale}
	op.Logits, logits = c.in32("Logits", logits)
	op.Labels, labels = c.inInt("Labels", labels)
	var loss, grad, inPlace []float32
	op.Loss, loss = c.out32("Loss", batch*rows)
	op.Grad, grad = c.out32("Grad", len(logits))
	d.SoftmaxCrossEntropy(op)
	op.Logits, inPlace = c.in32("Logits and Grad", logits)
	op.Grad = op.Logits
	d.SoftmaxCrossEntropy(op)
	for r := range batch * rows {
		lo, hi := r*classes, (r+1)*classes
		loss[r] = ref.SoftmaxCrossEntropy(grad[lo:hi], logits[lo:hi], int(labels[r%rows]), scale)
	}
	copy(inPlace, grad)
	c.check()
}

func testSoftmaxCrossEntropy(t *testing.T, d kernels.Device) {
	in := newInputs()
	for classes := 1; classes <= 65; classes++ {
		for _, wild := range []bool{false, true} {
			rows := 1 + classes%5
			SoftmaxCrossEntropy(t, d, 2, classes, 1/float32(rows), in.either(wild, 2*rows*classes),
				in.indices(rows, classes))
		}
	}
	for _, rows := range []int{0, 1, 63, 64, 65, 200} {
		SoftmaxCrossEntropy(t, d, 3, 10, 0.01, in.normal(3*rows*10, 30), in.indices(rows, 10))
	}
	SoftmaxCrossEntropy(t, d, 0, 10, 1, nil, in.indices(4, 10))
	SoftmaxCrossEntropy(t, d, 1, 5000, 1, in.normal(5000, 3), in.indices(1, 5000))
}

// checkGaussianNLL checks one call, out of place and in place.
func checkGaussianNLL(t testing.TB, d kernels.Device, batch, rows, outputs int, noise,
	scale float32, prediction, target []float32) {
	t.Helper()
	c := newCall(t, d, "GaussianNLL batch=%d rows=%d outputs=%d noise=%v", batch, rows, outputs, noise)
	op := kernels.GaussianNLL{Batch: batch, Rows: rows, Outputs: outputs, Noise: noise, Scale: scale}
	op.Prediction, prediction = c.in32("Prediction", prediction)
	op.Target, target = c.in32("Target", target)
	var loss, grad, inPlace []float32
	op.Loss, loss = c.out32("Loss", batch*rows)
	op.Grad, grad = c.out32("Grad", len(prediction))
	d.GaussianNLL(op)
	op.Prediction, inPlace = c.in32("Prediction and Grad", prediction)
	op.Grad = op.Prediction
	d.GaussianNLL(op)
	constant := float32(float64(outputs) * (ref.Log64(float64(noise)) + 0.91893853320467274178))
	for r := range batch * rows {
		lo, hi := r*outputs, (r+1)*outputs
		loss[r] = ref.GaussianNLL(grad[lo:hi], prediction[lo:hi], target[r%rows*outputs:][:outputs],
			1/noise, constant, scale)
	}
	copy(inPlace, grad)
	c.check()
}

func testGaussianNLL(t *testing.T, d kernels.Device) {
	in := newInputs()
	for outputs := range 66 {
		for _, wild := range []bool{false, true} {
			rows := 1 + outputs%5
			checkGaussianNLL(t, d, 2, rows, outputs, 0.3, 1/float32(rows),
				in.either(wild, 2*rows*outputs), in.either(wild, rows*outputs))
		}
	}
	for _, rows := range []int{0, 1, 63, 64, 65, 200} {
		checkGaussianNLL(t, d, 3, rows, 1, 3, 0.01, in.normal(3*rows, 2), in.normal(rows, 2))
	}
	checkGaussianNLL(t, d, 0, 4, 2, 1, 1, nil, in.normal(8, 1))
	for _, noise := range []float32{0x1p-149, 1e-20, 1, 1e20, math.MaxFloat32} {
		checkGaussianNLL(t, d, 1, 2, 3, noise, 1, in.normal(6, 1), in.normal(6, 1))
	}
}

// Softmax checks one call, out of place and in place.
func Softmax(t testing.TB, d kernels.Device, rows, classes int, x []float32) {
	t.Helper()
	c := newCall(t, d, "Softmax rows=%d classes=%d", rows, classes)
	src, x := c.in32("Src", x)
	dst, p := c.out32("Dst", len(x))
	both, inPlace := c.in32("Src and Dst", x)
	d.Softmax(kernels.Softmax{Rows: rows, Classes: classes, Src: src, Dst: dst})
	d.Softmax(kernels.Softmax{Rows: rows, Classes: classes, Src: both, Dst: both})
	for r := range rows {
		lo, hi := r*classes, (r+1)*classes
		ref.Softmax(p[lo:hi], x[lo:hi])
	}
	copy(inPlace, p)
	c.check()
}

func testSoftmax(t *testing.T, d kernels.Device) {
	in := newInputs()
	for classes := 1; classes <= 65; classes++ {
		Softmax(t, d, 3, classes, in.normal(3*classes, 5))
		Softmax(t, d, 3, classes, in.wild(3*classes))
	}
	for _, rows := range []int{0, 1, 63, 64, 65, 200} {
		Softmax(t, d, rows, 10, in.normal(rows*10, 40))
	}
	Softmax(t, d, 0, 0, nil)
	Softmax(t, d, 2, 5000, in.normal(10_000, 3))
}

package cpu_test

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
)

func TestSoftmaxCrossEntropyOracle(t *testing.T) {
	d, m := newOracleTest(t)
	const batch, rows, classes, scale = 2, 5, 10, 0.25
	logits := m.Normal(batch*rows*classes, 0, 4)
	labels := []int32{0, 9, 3, 3, 7}
	loss := func(x []float64, row int) float64 {
		x = x[row*classes : (row+1)*classes]
		return logSumExp(x) - x[labels[row%rows]]
	}
	op := kernels.SoftmaxCrossEntropy{Batch: batch, Rows: rows, Classes: classes,
		Logits: m.F32(logits), Labels: m.I32(labels),
		Loss: d.Float32(batch * rows), Grad: d.Float32(len(logits)), Scale: scale}
	d.SoftmaxCrossEntropy(op)
	want := make([]float64, batch*rows)
	for r := range want {
		want[r] = loss(widen(logits), r)
	}
	near(t, "Loss", kernelcase.Read(t, op.Loss), want, 3e-7)
	near(t, "Grad", kernelcase.Read(t, op.Grad), gradient(func(x []float64) float64 {
		sum := 0.0
		for r := range batch * rows {
			sum += scale * loss(x, r)
		}
		return sum
	}, widen(logits)), 5e-7)

	dst := d.Float32(len(logits))
	d.Softmax(kernels.Softmax{Rows: batch * rows, Classes: classes, Src: op.Logits, Dst: dst})
	p := kernelcase.Read(t, dst)
	for i, v := range p {
		row := widen(logits[i/classes*classes:][:classes])
		nearAbs(t, "Softmax", []float32{v},
			[]float64{math.Exp(float64(logits[i]) - logSumExp(row))}, 1e-6*float64(v)+1e-30)
	}
}

// A confident network must not lose its loss to cancellation, nor a hopeless one overflow.
func TestSoftmaxCrossEntropyExtremes(t *testing.T) {
	d, m := newOracleTest(t)
	for _, c := range []struct {
		logits [2]float32
		want   float64
	}{
		{[2]float32{100, 0}, 0}, {[2]float32{12, 0}, math.Log1p(math.Exp(-12))},
		{[2]float32{0, 1e4}, 1e4}, {[2]float32{-3e38, 3e38}, math.Inf(1)},
	} {
		op := kernels.SoftmaxCrossEntropy{Batch: 1, Rows: 1, Classes: 2, Logits: m.F32(c.logits[:]),
			Labels: d.Int32(1), Loss: d.Float32(1), Grad: d.Float32(2), Scale: 1}
		d.SoftmaxCrossEntropy(op)
		if got := float64(kernelcase.Read(t, op.Loss)[0]); got != c.want &&
			!(math.Abs(got-c.want) <= 1.2e-7*math.Max(1, c.want)) {
			t.Errorf("loss of %v is %v, want %v", c.logits, got, c.want)
		}
	}
}

func TestGaussianNLLOracle(t *testing.T) {
	d, m := newOracleTest(t)
	const batch, rows, outputs, scale = 2, 5, 3, 0.25
	for _, noise := range []float32{0.05, 1, 30} {
		prediction, target := m.Normal(batch*rows*outputs, 0, 2), m.Normal(rows*outputs, 0, 2)
		loss := func(x []float64, row int) float64 {
			sum := 0.0
			for j := range outputs {
				sum -= logNormal(x[row*outputs+j], float64(target[row%rows*outputs+j]), float64(noise))
			}
			return sum
		}
		op := kernels.GaussianNLL{Batch: batch, Rows: rows, Outputs: outputs,
			Prediction: m.F32(prediction), Target: m.F32(target), Noise: noise,
			Loss: d.Float32(batch * rows), Grad: d.Float32(len(prediction)), Scale: scale}
		d.GaussianNLL(op)
		want := make([]float64, batch*rows)
		for r := range want {
			want[r] = loss(widen(prediction), r)
		}
		near(t, "Loss", kernelcase.Read(t, op.Loss), want, 5e-7)
		near(t, "Grad", kernelcase.Read(t, op.Grad), gradient(func(x []float64) float64 {
			sum := 0.0
			for r := range batch * rows {
				sum += scale * loss(x, r)
			}
			return sum
		}, widen(prediction)), 5e-7)
	}
}

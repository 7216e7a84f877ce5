package kernels

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// SoftmaxCrossEntropy computes, for Batch items of Rows rows of logits,
//
//	Loss[item, r] = −log softmax(Logits[item, r])[Labels[r]]          (nats)
//	Grad[item, r] = Scale·(softmax(Logits[item, r]) − onehot(Labels[r]))
//
// All items share the labels. Grad may be Logits. A label outside 0 … Classes−1
// is a panic on the CPU and undefined on other devices.
type SoftmaxCrossEntropy struct {
	Batch, Rows, Classes int
	Logits               F32
	Labels               I32
	Loss, Grad           F32
	Scale                float32
}

// Check panics unless the buffers hold the shapes.
func (s *SoftmaxCrossEntropy) Check() {
	const op = "SoftmaxCrossEntropy"
	checkArg(s.Classes > 0 || s.Batch*s.Rows == 0, op, "%d classes, want at least 1", s.Classes)
	check(op, "Logits", s.Logits, dense(s.Batch*s.Rows, s.Classes))
	check(op, "Labels", s.Labels, vector(s.Rows))
	check(op, "Loss", s.Loss, dense(s.Batch, s.Rows))
	check(op, "Grad", s.Grad, dense(s.Batch*s.Rows, s.Classes))
}

// halfLog2Pi is ½ log 2π.
const halfLog2Pi = 0.91893853320467274178

// GaussianNLL computes, for Batch items of Rows rows of predictions with a fixed
// noise standard deviation,
//
//	Loss[item, r] = Σ_j ½((Prediction − Target[r])/Noise)² + log Noise + ½ log 2π   (nats)
//	Grad[item, r] = Scale·(Prediction − Target[r])/Noise²
//
// All items share the targets. Grad may be Prediction.
type GaussianNLL struct {
	Batch, Rows, Outputs int
	Prediction, Target   F32
	Noise                float32
	Loss, Grad           F32
	Scale                float32
}

// Check panics unless the buffers hold the shapes and the noise is positive.
func (s *GaussianNLL) Check() {
	const op = "GaussianNLL"
	checkArg(s.Noise > 0 && !math.IsInf(float64(s.Noise), 1), op,
		"noise %v, want a positive finite number", s.Noise)
	check(op, "Prediction", s.Prediction, dense(s.Batch*s.Rows, s.Outputs))
	check(op, "Target", s.Target, dense(s.Rows, s.Outputs))
	check(op, "Loss", s.Loss, dense(s.Batch, s.Rows))
	check(op, "Grad", s.Grad, dense(s.Batch*s.Rows, s.Outputs))
}

// Constants returns 1/Noise and the part of a row's loss that no prediction changes.
func (s *GaussianNLL) Constants() (invNoise, constant float32) {
	return 1 / s.Noise, float32(float64(s.Outputs) * (ref.Log64(float64(s.Noise)) + halfLog2Pi))
}

// Softmax computes Dst = softmax(Src) for each of Rows rows. Dst may be Src.
type Softmax struct {
	Rows, Classes int
	Src, Dst      F32
}

// Check panics unless the buffers hold the shapes.
func (s *Softmax) Check() {
	const op = "Softmax"
	checkArg(s.Classes > 0 || s.Rows == 0, op, "%d classes, want at least 1", s.Classes)
	check(op, "Src", s.Src, dense(s.Rows, s.Classes))
	check(op, "Dst", s.Dst, dense(s.Rows, s.Classes))
}

package kernels

import (
	"fmt"
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

// rowGroup is how many rows of a loss, or of a minibatch, are one task.
const rowGroup = 32

func rowGroups(rows int) int { return (rows + rowGroup - 1) / rowGroup }

type crossEntropyJob struct {
	row                *row
	s                  SoftmaxCrossEntropy
	logits, loss, grad []float32
	labels             []int32
}

// SoftmaxCrossEntropy implements Device.
func (d *CPU) SoftmaxCrossEntropy(s SoftmaxCrossEntropy) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	labels := hostSlice(s.Labels)
	for r, l := range labels[:s.Rows] {
		if l < 0 || int(l) >= s.Classes {
			panic(fmt.Sprintf("kernels: SoftmaxCrossEntropy: label %d of row %d is outside 0 … %d", l, r, s.Classes-1))
		}
	}
	j := &d.jobs.crossEntropy
	*j = crossEntropyJob{d.row, s, hostSlice(s.Logits), hostSlice(s.Loss), hostSlice(s.Grad), labels}
	d.pool.runIf(s.Batch*s.Rows*s.Classes, j, rowGroups(s.Batch*s.Rows))
}

func (j *crossEntropyJob) task(_, i int) {
	s := &j.s
	for r := i * rowGroup; r < min((i+1)*rowGroup, s.Batch*s.Rows); r++ {
		lo, hi := r*s.Classes, (r+1)*s.Classes
		j.loss[r] = j.row.softmaxCrossEntropy(j.grad[lo:hi], j.logits[lo:hi], int(j.labels[r%s.Rows]), s.Scale)
	}
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
	checkArg(s.Noise > 0 && !math.IsInf(float64(s.Noise), 1), op, "noise %v, want a positive finite number", s.Noise)
	check(op, "Prediction", s.Prediction, dense(s.Batch*s.Rows, s.Outputs))
	check(op, "Target", s.Target, dense(s.Rows, s.Outputs))
	check(op, "Loss", s.Loss, dense(s.Batch, s.Rows))
	check(op, "Grad", s.Grad, dense(s.Batch*s.Rows, s.Outputs))
}

// Constants returns 1/Noise and the part of a row's loss that no prediction changes.
func (s *GaussianNLL) Constants() (invNoise, constant float32) {
	return 1 / s.Noise, float32(float64(s.Outputs) * (ref.Log64(float64(s.Noise)) + halfLog2Pi))
}

type gaussianNLLJob struct {
	row                            *row
	s                              GaussianNLL
	prediction, target, loss, grad []float32
	invNoise, constant             float32
}

// GaussianNLL implements Device.
func (d *CPU) GaussianNLL(s GaussianNLL) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.gaussianNLL
	*j = gaussianNLLJob{row: d.row, s: s, prediction: hostSlice(s.Prediction), target: hostSlice(s.Target), loss: hostSlice(s.Loss), grad: hostSlice(s.Grad)}
	j.invNoise, j.constant = s.Constants()
	d.pool.runIf(s.Batch*s.Rows*s.Outputs, j, rowGroups(s.Batch*s.Rows))
}

func (j *gaussianNLLJob) task(_, i int) {
	s := &j.s
	for r := i * rowGroup; r < min((i+1)*rowGroup, s.Batch*s.Rows); r++ {
		lo, hi := r*s.Outputs, (r+1)*s.Outputs
		target := j.target[r%s.Rows*s.Outputs:][:s.Outputs]
		j.loss[r] = j.row.gaussianNLL(j.grad[lo:hi], j.prediction[lo:hi], target, j.invNoise, j.constant, s.Scale)
	}
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

type softmaxJob struct {
	row      *row
	s        Softmax
	src, dst []float32
}

// Softmax implements Device.
func (d *CPU) Softmax(s Softmax) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.softmax
	*j = softmaxJob{d.row, s, hostSlice(s.Src), hostSlice(s.Dst)}
	d.pool.runIf(s.Rows*s.Classes, j, rowGroups(s.Rows))
}

func (j *softmaxJob) task(_, i int) {
	for r := i * rowGroup; r < min((i+1)*rowGroup, j.s.Rows); r++ {
		lo, hi := r*j.s.Classes, (r+1)*j.s.Classes
		j.row.softmax(j.dst[lo:hi], j.src[lo:hi])
	}
}

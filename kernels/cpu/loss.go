package cpu

import (
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// rowGroup is how many rows of a loss, or of a minibatch, are one task.
const rowGroup = 32

func rowGroups(rows int) int { return (rows + rowGroup - 1) / rowGroup }

// SoftmaxCrossEntropy implements kernels.Device.
func (d *Device) SoftmaxCrossEntropy(s kernels.SoftmaxCrossEntropy) {
	s.Check()
	ours(s.Logits, s.Labels, s.Loss, s.Grad)
	defer d.lock()()
	for r, l := range hostSlice(s.Labels)[:s.Rows] {
		if l < 0 || int(l) >= s.Classes {
			panic(fmt.Sprintf("kernels: SoftmaxCrossEntropy: label %d of row %d is outside 0 … %d",
				l, r, s.Classes-1))
		}
	}
	j := &d.jobs.crossEntropy
	*j = operation[kernels.SoftmaxCrossEntropy]{d, s, softmaxCrossEntropy}
	d.pool.runIf(s.Batch*s.Rows*s.Classes, j, rowGroups(s.Batch*s.Rows))
}

func softmaxCrossEntropy(d *Device, s *kernels.SoftmaxCrossEntropy, _, i int) {
	logits, labels := hostSlice(s.Logits), hostSlice(s.Labels)
	loss, grad := hostSlice(s.Loss), hostSlice(s.Grad)
	for r := i * rowGroup; r < min((i+1)*rowGroup, s.Batch*s.Rows); r++ {
		lo, hi := r*s.Classes, (r+1)*s.Classes
		loss[r] = d.row.softmaxCrossEntropy(grad[lo:hi], logits[lo:hi], int(labels[r%s.Rows]), s.Scale)
	}
}

type gaussianNLLJob struct {
	row                            *row
	s                              kernels.GaussianNLL
	prediction, target, loss, grad []float32
	invNoise, constant             float32
}

// GaussianNLL implements kernels.Device.
func (d *Device) GaussianNLL(s kernels.GaussianNLL) {
	s.Check()
	defer d.lock()()
	j := &d.jobs.gaussianNLL
	*j = gaussianNLLJob{row: d.row, s: s, prediction: hostSlice(s.Prediction),
		target: hostSlice(s.Target), loss: hostSlice(s.Loss), grad: hostSlice(s.Grad)}
	j.invNoise, j.constant = s.Constants()
	d.pool.runIf(s.Batch*s.Rows*s.Outputs, j, rowGroups(s.Batch*s.Rows))
}

func (j *gaussianNLLJob) task(_, i int) {
	s := &j.s
	for r := i * rowGroup; r < min((i+1)*rowGroup, s.Batch*s.Rows); r++ {
		lo, hi := r*s.Outputs, (r+1)*s.Outputs
		target := j.target[r%s.Rows*s.Outputs:][:s.Outputs]
		j.loss[r] = j.row.gaussianNLL(j.grad[lo:hi], j.prediction[lo:hi], target, j.invNoise,
			j.constant, s.Scale)
	}
}

// Softmax implements kernels.Device.
func (d *Device) Softmax(s kernels.Softmax) {
	s.Check()
	ours(s.Src, s.Dst)
	inTasks(d, &d.jobs.softmax, s, s.Rows*s.Classes, rowGroups(s.Rows), softmax)
}

func softmax(d *Device, s *kernels.Softmax, _, i int) {
	src, dst := hostSlice(s.Src), hostSlice(s.Dst)
	for r := i * rowGroup; r < min((i+1)*rowGroup, s.Rows); r++ {
		lo, hi := r*s.Classes, (r+1)*s.Classes
		d.row.softmax(dst[lo:hi], src[lo:hi])
	}
}

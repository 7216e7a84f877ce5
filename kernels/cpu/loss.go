package cpu

import (
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// rowGroup is how many rows of a loss, or of a minibatch, are one task.
const rowGroup = 32

func rowGroups(rows int) int { return (rows + rowGroup - 1) / rowGroup }

type crossEntropyJob struct {
	row                *row
	s                  kernels.SoftmaxCrossEntropy
	logits, loss, grad []float32
	labels             []int32
}

// SoftmaxCrossEntropy implements kernels.Device.
func (d *Device) SoftmaxCrossEntropy(s kernels.SoftmaxCrossEntropy) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	labels := hostSlice(s.Labels)
	for r, l := range labels[:s.Rows] {
		if l < 0 || int(l) >= s.Classes {
			panic(fmt.Sprintf("kernels: SoftmaxCrossEntropy: label %d of row %d is outside 0 … %d",
				l, r, s.Classes-1))
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
		j.loss[r] = j.row.softmaxCrossEntropy(j.grad[lo:hi], j.logits[lo:hi],
			int(j.labels[r%s.Rows]), s.Scale)
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
	d.mu.Lock()
	defer d.mu.Unlock()
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

type softmaxJob struct {
	row      *row
	s        kernels.Softmax
	src, dst []float32
}

// Softmax implements kernels.Device.
func (d *Device) Softmax(s kernels.Softmax) {
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

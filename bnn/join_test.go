package bnn

import (
	"context"
	"reflect"
	"testing"

	"github.com/symvi/symvi/internal/inprocess"
	"github.com/symvi/symvi/kernels/cpu"
)

// TestProcessesJudgeAlike: predictions and bounds are the same in every number of processes, more
// than there are rows or samples among them.
func TestProcessesJudgeAlike(t *testing.T) {
	for _, m := range []Model{
		{mlp(5, 7, 3), Softmax(), Prior{Std: 1}},
		{tanh(5, 6, 4), GaussianHeteroscedastic(0.2), Prior{Std: 1}},
	} {
		q, d := somePosterior(t, m), toyData(m, 7, 2)
		predict := PredictOptions{Samples: 5, Draws: 2, Scores: true}
		if !m.Likelihood.IsSoftmax() {
			predict.Quantiles = []float64{0.1, 0.9}
		}
		bound := ELBOOptions{Samples: 5, Symmetrize: Symmetrization{Estimator: EstimatorAuto}}
		judge := func(c Communicator) (*Prediction, *Prediction, *ELBO) {
			o, b := predict, bound
			o.Processes, b.Processes = c, c
			device := newCPU(t, cpu.Options{Threads: 1})
			p, err := q.Predictor(device, o)
			if err != nil {
				t.Error(err)
				return nil, nil, nil
			}
			defer p.Close()
			first, err1 := p.Predict(context.Background(), d)
			second, err2 := p.Predict(context.Background(), d) // whose draws are others
			e, err3 := q.ELBO(context.Background(), device, d, b)
			if err1 != nil || err2 != nil || err3 != nil {
				t.Error(err1, err2, err3)
			}
			return first, second, e
		}
		first, second, e := judge(nil)
		for _, size := range []int{2, 3, 8} {
			inprocess.Run(size, func(c *inprocess.Process) {
				a, b, bounds := judge(c)
				if !reflect.DeepEqual(a, first) || !reflect.DeepEqual(b, second) {
					t.Errorf("%v: process %d of %d predicts otherwise", m, c.Rank(), size)
				}
				if !reflect.DeepEqual(bounds, e) {
					t.Errorf("%v: process %d of %d has the bounds %+v, want %+v", m, c.Rank(), size, bounds, e)
				}
			})
		}
	}
}

package bnn_test

import (
	"context"
	"fmt"
	"log"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// Predict a long series a few rows at a time, in the units of the target, with quantiles and
// both parts of the uncertainty. The numbers are those of one call for all rows.
func ExamplePredictor() {
	ctx := context.Background()
	device, err := cpu.New(cpu.Options{Threads: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer device.Close()
	// Rows of a straight line, in standard deviations of inputs and target.
	train := bnn.Data{}
	for i := range 200 {
		x := float32(i-100) / 50
		train.X, train.Targets = append(train.X, x), append(train.Targets, 0.9*x)
	}
	model := bnn.Model{
		Network:    bnn.Network{Widths: []int{1, 10, 1}, Activation: kernels.Tanh},
		Likelihood: bnn.GaussianLearned(bnn.DefaultNoiseStart), Prior: bnn.Prior{Std: 1},
	}
	q, err := bnn.Fit(ctx, device, model, train,
		bnn.FitOptions{Steps: 1500, Batch: 50, LearningRate: 0.01})
	if err != nil {
		log.Fatal(err)
	}
	p, err := q.Predictor(device, bnn.PredictOptions{
		Samples: 100, Quantiles: []float64{0.05, 0.95},
		TargetMean: []float64{200_000}, TargetStd: []float64{50_000}, // prices
	})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	for _, rows := range [][]float32{{-1, 0}, {1}, {8}} {
		r, err := p.Predict(ctx, bnn.Data{X: rows})
		if err != nil {
			log.Fatal(err)
		}
		for i, x := range rows {
			line := 200_000 + 45_000*float64(x)
			inside := r.Quantiles[2*i] < line && line < r.Quantiles[2*i+1]
			fmt.Printf("x = %2g: the line is in the interval of 90 %%: %-5v more noise than doubt: %v\n",
				x, inside, r.NoiseSD[i] > r.ModelSD[i])
		}
	}
	// Output:
	// x = -1: the line is in the interval of 90 %: true  more noise than doubt: true
	// x =  0: the line is in the interval of 90 %: true  more noise than doubt: true
	// x =  1: the line is in the interval of 90 %: true  more noise than doubt: true
	// x =  8: the line is in the interval of 90 %: false more noise than doubt: false
}

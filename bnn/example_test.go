package bnn_test

import (
	"context"
	"fmt"
	"log"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// xor is a tiny data set: the class says whether two coordinates differ in sign.
func xor(n int) bnn.Data {
	d := bnn.Data{X: make([]float32, 2*n), Labels: make([]int32, n)}
	kernels.Key{Seed: 1}.Normals(d.X, 0)
	for i := range n {
		if (d.X[2*i] > 0) != (d.X[2*i+1] > 0) {
			d.Labels[i] = 1
		}
	}
	return d
}

// Train a symmetrised posterior, then judge it.
func Example() {
	ctx := context.Background()
	device, err := cpu.New(cpu.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer device.Close()

	model := bnn.Model{
		Network:    bnn.Network{Widths: []int{2, 8, 2}, Activation: kernels.Tanh},
		Likelihood: bnn.Softmax(),
		Prior:      bnn.Prior{Std: 1},
	}
	train := xor(500)
	q, err := bnn.Fit(ctx, device, model, train, bnn.FitOptions{
		Epochs: 60, Batch: 50, LearningRate: 0.02, Seed: 1,
		Symmetrize: bnn.Symmetrization{Estimator: bnn.EstimatorExact},
	})
	if err != nil {
		log.Fatal(err)
	}
	scores, err := q.Evaluate(ctx, device, train, bnn.PredictOptions{Samples: 100})
	if err != nil {
		log.Fatal(err)
	}
	elbo, err := q.ELBO(ctx, device, train, bnn.ELBOOptions{
		Samples: 500, Symmetrize: bnn.Symmetrization{Estimator: bnn.EstimatorExact},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("more than 90 % right:", scores.Accuracy.Value > 0.9)
	fmt.Println("symmetrising helps:", elbo.Lower.Value > elbo.LVI.Value)
	fmt.Println("by at most log 8!:", elbo.Information.Value < elbo.LogGroupOrder+1e-6)
	// Output:
	// more than 90 % right: true
	// symmetrising helps: true
	// by at most log 8!: true
}

// Stop a training after two epochs, save it, and go on later.
func ExampleTrainer() {
	device, err := cpu.New(cpu.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer device.Close()
	model := bnn.Model{Network: bnn.Network{Widths: []int{2, 8, 2}, Activation: kernels.ReLU},
		Likelihood: bnn.Softmax(), Prior: bnn.Prior{Std: 1}}
	data := xor(200)

	ctx, cancel := context.WithCancel(context.Background())
	options := bnn.FitOptions{Epochs: 3, Seed: 7, OnEpoch: func(s bnn.EpochStats) error {
		if s.Epoch == 2 {
			cancel() // an interrupt would do the same
		}
		return nil
	}}
	first, err := bnn.NewTrainer(device, model, data, options)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("first run:", first.Run(ctx))
	posterior, _ := first.Posterior()
	state, _ := first.State()

	second, err := bnn.NewTrainer(device, model, data, options)
	if err != nil {
		log.Fatal(err)
	}
	if err := second.Resume(posterior, state); err != nil {
		log.Fatal(err)
	}
	fmt.Println("second run:", second.Run(context.Background()), "epochs", second.Epoch())
	// Output:
	// first run: context canceled
	// second run: <nil> epochs 3
}

// Predict class probabilities for new inputs.
func ExamplePosterior_Predict() {
	ctx := context.Background()
	device, err := cpu.New(cpu.Options{Threads: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer device.Close()
	model := bnn.Model{Network: bnn.Network{Widths: []int{2, 8, 2}, Activation: kernels.Tanh},
		Likelihood: bnn.Softmax(), Prior: bnn.Prior{Std: 1}}
	q, err := bnn.Fit(ctx, device, model, xor(500),
		bnn.FitOptions{Epochs: 60, Batch: 50, LearningRate: 0.02})
	if err != nil {
		log.Fatal(err)
	}
	p, err := q.Predict(ctx, device, bnn.Data{X: []float32{1, 1, -1, 1}},
		bnn.PredictOptions{Samples: 200})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("(1, 1) differ:", p.Mean[1] > 0.5)
	fmt.Println("(-1, 1) differ:", p.Mean[3] > 0.5)
	// Output:
	// (1, 1) differ: false
	// (-1, 1) differ: true
}

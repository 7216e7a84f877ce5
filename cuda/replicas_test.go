//go:build cuda

package cuda

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/kernels/cpu"
)

// replicasOf are trainings that differ in all that replicas may: seeds, learning rates, starts,
// weights of the divergence and, if cut is set, lengths.
func replicasOf(c trainingCase, n int, cut bool) []trainingCase {
	cases := make([]trainingCase, n)
	for i := range cases {
		o := c.options
		o.Seed += uint64(i) << 31
		o.LearningRate *= 1 + float64(i)/4
		o.InitStd = 0.01 * float64(i+1)
		if o.Symmetrize.Estimator == bnn.EstimatorNone {
			o.KLWeight = 1 - float64(i)/8
		}
		if cut {
			o.Epochs, o.Steps = 0, o.Epochs*stepsPerEpoch-7*i
		}
		cases[i] = trainingCase{fmt.Sprint(c.name, i), c.model, o}
	}
	return cases
}

// together trains cases of one model as replicas.
func together(t *testing.T, d *Device, cases []trainingCase) []map[string][]uint64 {
	t.Helper()
	all := make([]map[string][]uint64, len(cases))
	options := make([]bnn.FitOptions, len(cases))
	for i := range cases {
		all[i] = map[string][]uint64{}
		options[i] = cases[i].watched(all[i])
	}
	r, err := bnn.NewReplicas(d, cases[0].model, cases[0].data(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for i, trainer := range r.Trainers() {
		q, err := trainer.Result()
		if err != nil {
			t.Fatal(err)
		}
		cases[i].found(t, d, q, all[i])
	}
	return all
}

// TestReplicas trains replicas with every estimator, with and without graphs: each finds the
// bits of its training alone on the CPU.
func TestReplicas(t *testing.T) {
	for i, c := range trainingCases(20) {
		t.Run(c.name, func(t *testing.T) {
			host, err := cpu.New(cpu.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer host.Close()
			cases := replicasOf(c, 3, i%2 == 1)
			want := make([]map[string][]uint64, len(cases))
			for k := range cases {
				want[k] = cases[k].trained(t, host)
			}
			for _, graphs := range []string{"on", "off"} {
				t.Run("graphs="+graphs, func(t *testing.T) {
					t.Setenv("SYMVI_CUDA_GRAPHS", graphs)
					for k, got := range together(t, newDevice(t), cases) {
						t.Run(fmt.Sprint("replica", k), func(t *testing.T) { compare(t, got, want[k]) })
					}
				})
			}
		})
	}
}

// TestReplicasWithLittleMemory: where there is room for one training and not for several
// together, each is trained by itself.
func TestReplicasWithLittleMemory(t *testing.T) {
	simulated(t)
	t.Setenv("SYMVI_SIM_MEMORY", "3000000") // a replica takes more than 1 MiB
	c := trainingCases(20)[0]
	cases := replicasOf(c, 5, false)
	options := make([]bnn.FitOptions, len(cases))
	for i := range cases {
		options[i] = cases[i].options
	}
	d := newDevice(t)
	found, err := bnn.FitAll(context.Background(), d, c.model, c.data(), options)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range options {
		want, err := bnn.Fit(context.Background(), d, c.model, c.data(), o)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(found[i].Mu, want.Mu) || !slices.Equal(found[i].Rho, want.Rho) {
			t.Errorf("training %d found something else than alone", i)
		}
	}
}

// TestReplicasShareLaunches counts the launches of graphs: those of plain steps are no more for
// many replicas than for one.
func TestReplicasShareLaunches(t *testing.T) {
	for _, widths := range [][]int{{7, 5}, {7, 30, 4}, {7, 40, 20, 2}} {
		for _, l := range []bnn.Likelihood{bnn.Softmax(), bnn.Gaussian(0.3), bnn.GaussianLearned(0.3)} {
			c := trainingCases(40)[0]
			c.model.Network.Widths, c.model.Likelihood = widths, l
			t.Run(fmt.Sprint(widths, l.Kind()), func(t *testing.T) {
				one, many := newDevice(t), newDevice(t)
				together(t, one, replicasOf(c, 1, false))
				const n = 5
				together(t, many, replicasOf(c, n, false))
				if one.reruns.Load() == 0 || many.reruns.Load() != n*one.reruns.Load() {
					t.Fatalf("%d steps ran as graphs, want %d times %d", many.reruns.Load(), n,
						one.reruns.Load())
				}
				if got, want := many.nodes.Load(), one.nodes.Load(); got != want {
					t.Errorf("%d launches, want %d as for one training", got, want)
				}
			})
		}
	}
}

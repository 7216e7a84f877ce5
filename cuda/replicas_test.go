//go:build cuda

package cuda

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
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

// TestReplicasShareLaunches counts the launches of graphs: they are no more for many replicas than
// for one, whatever the likelihood, the estimator and the depth.
func TestReplicasShareLaunches(t *testing.T) {
	for _, widths := range [][]int{{7, 5}, {7, 30, 4}, {7, 40, 20, 2}} {
		for _, l := range []bnn.Likelihood{bnn.Softmax(), bnn.Gaussian(0.3), bnn.GaussianLearned(0.3)} {
			c := trainingCases(10)[0]
			c.model.Network.Widths, c.model.Likelihood = widths, l
			t.Run(fmt.Sprint(widths, l.Kind()), func(t *testing.T) {
				sharedLaunches(t, replicasOf(c, 5, false))
			})
		}
	}
	for _, c := range trainingCases(10) {
		c.options.KLWarmup = 0 // while it rises nothing is recorded
		e := c.options.Symmetrize.Estimator
		if e != bnn.EstimatorNone && e != bnn.EstimatorAuto {
			t.Run(c.name, func(t *testing.T) { sharedLaunches(t, replicasOf(c, 3, false)) })
		}
	}
	signs := bnn.Symmetrization{Estimator: bnn.EstimatorImportance, Permutations: 4,
		Group: bnn.GroupSignedPermutations}
	exact := bnn.Symmetrization{Estimator: bnn.EstimatorExact}
	for name, s := range map[string]struct {
		symmetrize bnn.Symmetrization
		widths     []int
	}{"signs drawn": {signs, []int{7, 6, 3}}, "listed": {exact, []int{7, 4, 3, 3}},
		"a launch a level": {exact, []int{7, 8, 3}}} {
		t.Run(name, func(t *testing.T) {
			defer func(levels int) { limits.levels = levels }(limits.levels)
			limits.levels = 8
			c := trainingCases(10)[0]
			c.model.Network = bnn.Network{Widths: s.widths, Activation: kernels.Tanh}
			c.options.Symmetrize = s.symmetrize
			sharedLaunches(t, replicasOf(c, 3, false))
		})
	}
}

// TestReplicasShareDraws: replicas that draw different numbers of permutations, as auto does from
// the second epoch on, share launches nonetheless, and each finds what it finds alone.
func TestReplicasShareDraws(t *testing.T) {
	for _, widths := range [][]int{{7, 20, 3}, {7, 5, 4, 3}} {
		t.Run(fmt.Sprint(widths), func(t *testing.T) {
			c := trainingCases(20)[0]
			c.model.Network.Widths = widths
			c.options.Symmetrize = bnn.Symmetrization{Estimator: bnn.EstimatorAuto, Permutations: 50}
			c.options.InitStd = 0.3 // far from saturated
			cases := []trainingCase{c, c, c}
			for i := range cases {
				cases[i].options.Seed += uint64(i)
			}
			found := sharedLaunches(t, cases)
			host, err := cpu.New(cpu.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer host.Close()
			draws := map[uint64]bool{}
			for i := range cases {
				compare(t, found[i], cases[i].trained(t, host))
				statistics := found[i]["statistics"]
				draws[statistics[len(statistics)-2]] = true
			}
			if len(draws) < 2 {
				t.Errorf("all replicas drew as many permutations")
			}
		})
	}
}

// TestReplicasShareInPart: where replicas do not do all the same, those share launches that lie
// equally far apart.
func TestReplicasShareInPart(t *testing.T) {
	const n, count = 100, 5
	for name, c := range map[string]struct {
		scales   [count]float64
		sums     [count]int
		launches int64
	}{
		"a number": {[count]float64{1, 2, 1, 1, 1}, [count]int{3, 3, 3, 3, 3}, 3 * 3},
		"kernels":  {[count]float64{1, 1, 1, 1, 1}, [count]int{3, 4, 3, 4, 3}, 3 + 4},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t)
			group := d.Replicas(count, func(own kernels.Device) {
				src, dst := own.Float32(n), own.Float64(1)
				own.Sum(kernels.Sum{Batch: 1, N: n, Src: src, Dst: dst})
				src.Free()
				dst.Free()
			})
			defer group.Free()
			var recordings []kernels.Recording
			var found []kernels.F64
			for i := range count {
				own := group.Device(i)
				src, dst := own.Float32(n), own.Float64(1)
				src.Upload(slices.Repeat([]float32{float32(i + 1)}, n))
				found = append(found, dst)
				r := own.(kernels.Recorder).Record(func() {
					for range c.sums[i] {
						own.Sum(kernels.Sum{Batch: 1, N: n, Src: src, Dst: dst, Scale: c.scales[i],
							Accumulate: true})
					}
				})
				defer r.Free()
				recordings = append(recordings, r)
			}
			const times = 2
			for range times {
				group.Together(func(i int) { recordings[i].Run() })
			}
			for i, f := range found {
				want := float64(times*c.sums[i]*n*(i+1)) * c.scales[i]
				if got := kernelcase.Read(t, f); got[0] != want {
					t.Errorf("replica %d: %v, want %v", i, got, want)
				}
			}
			if got := d.nodes.Load(); got != times*c.launches {
				t.Errorf("%d launches, want %d times %d", got, times, c.launches)
			}
		})
	}
}

// sharedLaunches trains the first of these and all as replicas, and compares launches. It returns
// what the replicas find.
func sharedLaunches(t *testing.T, cases []trainingCase) []map[string][]uint64 {
	t.Helper()
	one, many := newDevice(t), newDevice(t)
	n := int64(len(cases))
	one.multiprocessors, many.multiprocessors = manyProcessors, manyProcessors*int(n)
	together(t, one, cases[:1])
	found := together(t, many, cases)
	if one.reruns.Load() == 0 || many.reruns.Load() != n*one.reruns.Load() {
		t.Fatalf("%d steps ran as graphs, want %d times %d", many.reruns.Load(), n, one.reruns.Load())
	}
	if got, want := many.nodes.Load(), one.nodes.Load(); got != want {
		t.Errorf("%d launches, want %d as for one training", got, want)
	}
	return found
}

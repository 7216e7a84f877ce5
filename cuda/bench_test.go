//go:build cuda

package cuda

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/kernels"
)

// The benchmarks of `make cuda-bench`, which sets them beside cuBLAS, cuRAND and PyTorch
// on the same GPU (cuda/bench/peers.py, with the same names).

// precisions runs a benchmark in float32 and with tensor cores.
func precisions(b *testing.B, run func(b *testing.B, d *Device)) {
	for _, tf32 := range []bool{false, true} {
		name := "float32"
		if tf32 {
			name = "tf32"
		}
		b.Run(name, func(b *testing.B) {
			d, err := New(Options{TF32: tf32})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			run(b, d)
		})
	}
}

// timed runs op b.N times, after a first time; waiting for the last one counts, which
// b.Loop would leave out.
func timed(b *testing.B, d *Device, op func()) {
	op()
	if err := d.Sync(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		op()
	}
	if err := d.Sync(); err != nil {
		b.Fatal(err)
	}
}

// normals is a buffer of normal numbers; the caller frees it.
func normals(d *Device, n int) kernels.F32 {
	x, zero, one := d.Float32(n), d.Float32(n), d.Float32(n)
	defer zero.Free()
	defer one.Free()
	d.Unary(kernels.Unary{Function: kernels.Exp, N: n, Src: zero, Dst: one})
	d.SampleGaussian(kernels.SampleGaussian{Samples: 1, N: n, Mu: zero, Sigma: one, W: x})
	return x
}

// BenchmarkGemm: products of layers, a shared input times every sample's weights, and a
// large square.
func BenchmarkGemm(b *testing.B) {
	for _, c := range []struct {
		batch, m, n, k int
		shared         bool
		transpose      kernels.Transpose
	}{
		{256, 100, 30, 784, true, kernels.NN},
		{256, 100, 30, 784, true, kernels.NT},
		{64, 100, 512, 784, true, kernels.NN},
		{1, 4096, 4096, 4096, false, kernels.NN},
		{1, 4096, 4096, 4096, false, kernels.NT},
		{1, 4096, 4096, 4096, false, kernels.TN},
	} {
		name := fmt.Sprintf("%v-%dx%dx%dx%d", c.transpose, c.batch, c.m, c.n, c.k)
		b.Run(name, func(b *testing.B) {
			precisions(b, func(b *testing.B, d *Device) {
				g := kernels.Gemm{Transpose: c.transpose, Batch: c.batch, M: c.m, N: c.n, K: c.k,
					LDA: c.k, StrideA: c.m * c.k, LDB: c.n, StrideB: c.n * c.k, LDC: c.n, StrideC: c.m * c.n}
				if c.transpose == kernels.TN {
					g.LDA = c.m
				}
				if c.transpose == kernels.NT {
					g.LDB = c.k
				}
				items := c.batch
				if c.shared {
					g.StrideA, items = 0, 1
				}
				g.A, g.B, g.C = normals(d, items*c.m*c.k), normals(d, c.batch*c.n*c.k),
					d.Float32(c.batch*c.m*c.n)
				timed(b, d, func() { d.Gemm(g) })
				flops := 2 * float64(c.batch) * float64(c.m) * float64(c.n) * float64(c.k)
				b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e12, "TFLOP/s")
			})
		})
	}
}

// BenchmarkSample: normal weights, of which only the result is as large as this: the
// rate is that of writing it.
func BenchmarkSample(b *testing.B) {
	for _, c := range []struct{ samples, n int }{{64, 1 << 20}, {1, 1 << 24}} {
		b.Run(fmt.Sprintf("%dx%d", c.samples, c.n), func(b *testing.B) {
			d, err := New(Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			mu, sigma, w := normals(d, c.n), normals(d, c.n), d.Float32(c.samples*c.n)
			op := kernels.SampleGaussian{Samples: c.samples, N: c.n, Mu: mu, Sigma: sigma, W: w}
			timed(b, d, func() { d.SampleGaussian(op); op.Key.Step++ })
			b.ReportMetric(4*float64(c.samples)*float64(c.n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
		})
	}
}

// BenchmarkTrain: steps of a 784-H-10 network on minibatches of 100 of MNIST's size, of
// replicas all together.
func BenchmarkTrain(b *testing.B) {
	const rows, batch, inputs, classes = 60_000, 100, 784, 10
	d := bnn.Data{X: make([]float32, rows*inputs), Labels: make([]int32, rows)}
	kernels.Key{Seed: 1}.Normals(d.X, 0)
	for i := range d.Labels {
		d.Labels[i] = int32(i % classes)
	}
	for _, c := range []struct {
		symmetrize bnn.Symmetrization
		hidden     int
		samples    int
		replicas   int
	}{
		{bnn.Symmetrization{}, 30, 1, 1},
		{bnn.Symmetrization{}, 30, 64, 1},
		{bnn.Symmetrization{}, 512, 1, 1},
		{bnn.Symmetrization{}, 512, 64, 1},
		{bnn.Symmetrization{}, 30, 1, 8},
		{bnn.Symmetrization{}, 30, 1, 64},
		{bnn.Symmetrization{Estimator: bnn.EstimatorUniform, Permutations: 20}, 30, 1, 1},
		{bnn.Symmetrization{Estimator: bnn.EstimatorImportance, Permutations: 20}, 30, 1, 1},
		{bnn.Symmetrization{Estimator: bnn.EstimatorImportance, Permutations: 20}, 30, 1, 64},
	} {
		estimator := bnn.EstimatorNone
		if c.symmetrize.Estimator != "" {
			estimator = c.symmetrize.Estimator
		}
		name := fmt.Sprintf("%s-hidden%d-samples%d", estimator, c.hidden, c.samples)
		if c.replicas > 1 {
			name += fmt.Sprint("-replicas", c.replicas)
		}
		b.Run(name, func(b *testing.B) {
			precisions(b, func(b *testing.B, device *Device) {
				model := bnn.Model{Network: bnn.Network{Widths: []int{inputs, c.hidden, classes},
					Activation: kernels.ReLU}, Likelihood: bnn.Softmax(), Prior: bnn.Prior{Std: 1}}
				var began time.Time
				var rate float64
				options := make([]bnn.FitOptions, c.replicas)
				for i := range options {
					options[i] = bnn.FitOptions{Symmetrize: c.symmetrize, Epochs: 2, Batch: batch,
						Samples: c.samples, Seed: uint64(i)}
				}
				options[0].OnEpoch = func(bnn.EpochStats) error {
					rate = float64(c.replicas) * rows / batch / time.Since(began).Seconds()
					began = time.Now()
					return nil
				}
				for b.Loop() {
					began = time.Now()
					if _, err := bnn.FitAll(context.Background(), device, model, d, options); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(rate, "steps/s") // of the second epoch
				b.ReportMetric(0, "ns/op")
			})
		})
	}
}

// processorTime is the time that this process has spent on all its threads.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkHost: the processor's time for a training step, both threads together. On the
// simulator with SYMVI_SIM_IDLE=1 it is that of this package and of the simulator's queue, and
// no kernel's.
func BenchmarkHost(b *testing.B) {
	const rows, batch, inputs, classes = 60_000, 100, 784, 10
	data := bnn.Data{X: make([]float32, rows*inputs), Labels: make([]int32, rows)}
	for _, c := range []struct {
		estimator bnn.Estimator
		replicas  int
	}{{bnn.EstimatorNone, 1}, {bnn.EstimatorAuto, 1}, {bnn.EstimatorNone, 16},
		{bnn.EstimatorAuto, 16}} {
		b.Run(fmt.Sprintf("%s-replicas%d", c.estimator, c.replicas), func(b *testing.B) {
			d, err := New(Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			model := bnn.Model{Network: bnn.Network{Widths: []int{inputs, 30, classes},
				Activation: kernels.ReLU}, Likelihood: bnn.Softmax(), Prior: bnn.Prior{Std: 1}}
			var began, least time.Duration
			options := make([]bnn.FitOptions, c.replicas)
			for i := range options {
				options[i] = bnn.FitOptions{Symmetrize: bnn.Symmetrization{Estimator: c.estimator},
					Epochs: 20, Batch: batch, Samples: 1, Seed: uint64(i)}
			}
			options[0].OnEpoch = func(s bnn.EpochStats) error {
				now := processorTime(b)
				if took := now - began; s.Epoch > 1 && (least == 0 || took < least) {
					least = took
				}
				began = now
				return nil
			}
			for b.Loop() {
				if _, err := bnn.FitAll(context.Background(), d, model, data, options); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(least.Nanoseconds())/1e3/(rows/batch)/float64(c.replicas),
				"cpu-µs/step")
			b.ReportMetric(0, "ns/op")
		})
	}
}

package cpu

import (
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
)

// TestKeptNoise: a step whose noise was kept does not draw it, and a large one keeps none. That the
// bits are those of drawing is the conformance suite's.
func TestKeptNoise(t *testing.T) {
	d, err := New(Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	const n, samples = 5000, 2
	m := kernelcase.NewMemory(d)
	start := m.Normal(2*n, 0, 1)
	op := kernels.GaussianStep{N: n, Samples: samples, DW: m.F32(m.Normal(samples*n, 0, 1)),
		PriorStd: 1, KL: d.Float64(1), M: d.Float32(2 * n), V: d.Float32(2 * n), Grad: d.Float32(2 * n),
		LR: 1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Step: 1, Sigma: m.F32(m.Scales(n, 1)),
		InvSigma: d.Float32(n), W: d.Float32(samples * n), Next: kernels.Key{Seed: 1}}
	run := func(key kernels.Key) []float32 { // μ and ρ after a step with the noise of key
		one := op
		one.Key, one.X = key, m.F32(start)
		one.M, one.V = d.Float32(2*n), d.Float32(2*n)
		one.Sigma = m.F32(m.Scales(n, 0))
		d.GaussianStep(one)
		return kernelcase.Read(t, one.X)
	}
	run(kernels.Key{})
	drawn := run(kernels.Key{Seed: 2})
	for i := range d.kept.noise {
		d.kept.noise[i] = -d.kept.noise[i]
	}
	d.kept.key = kernels.Key{Seed: 2}
	equal := 0
	for i, x := range run(kernels.Key{Seed: 2}) {
		if x == drawn[i] {
			equal++
		}
	}
	if equal == 2*n {
		t.Error("a step does not use what was kept")
	}

	if d.kept.room(mostKept/2, 3) != nil {
		t.Error("more numbers are kept than the most")
	}
}

// TestKeptForShards: samples drawn for ShardGradients are not drawn again, those drawn one after
// another neither.
func TestKeptForShards(t *testing.T) {
	d, err := New(Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	const n, samples = 5000, 3
	m := kernelcase.NewMemory(d)
	key := kernels.Key{Seed: 3, Sample: 5}
	x, sums := d.Float32(2*n), d.Float32(2*n)
	dw := m.F32(m.Normal(samples*n, 0, 1))
	gradients := func() []float32 {
		kernels.RunShardGradients(d, kernels.ShardGradients{N: n, Key: key,
			Shards: []kernels.Shard{{First: 0, Samples: samples}}, DW: dw, Sums: []kernels.F32{sums}})
		return kernelcase.Read(t, sums)
	}
	drawn := gradients()
	sample := kernels.SampleGaussian{N: n, Mu: x, Sigma: x, W: x, Keep: true}
	for _, sample.Samples = range []int{1, 2} {
		sample.Key = advance(key, sample.Samples-1)
		d.SampleGaussian(sample)
	}
	if got := gradients(); !slices.Equal(got, drawn) {
		t.Error("gradients with kept noise differ from those with noise drawn again")
	}
	for i := range d.kept.noise[:samples*n] {
		d.kept.noise[i] = -d.kept.noise[i]
	}
	for i, g := range gradients()[n:] {
		if g != -drawn[n+i] {
			t.Fatalf("element %d of the gradient does not come from what was kept", i)
		}
	}
	if d.kept.roomBehind(advance(key, samples), mostKept/n, n); d.kept.samples != 0 {
		t.Error("more numbers are kept than the most")
	}
}

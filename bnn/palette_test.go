package bnn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

func TestPalette(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, 256)
	for i := range values {
		values[i] = math.Float32frombits(rng.Uint32()&^(1<<30) | uint32(i)) // finite and different
	}
	values[1], values[2] = 0, float32(math.Copysign(0, -1))
	x := make([]float32, paletteFrom)
	for i := range x {
		x[i] = values[rng.IntN(256)]
	}
	bytes, table := palette(x)
	if len(table) != 256 {
		t.Fatalf("a table of %d numbers", len(table))
	}
	for i, b := range bytes {
		if math.Float32bits(table[b]) != math.Float32bits(x[i]) {
			t.Fatalf("x[%d] = %v became %v", i, x[i], table[b])
		}
	}
	if _, table := palette(x[1:]); table != nil {
		t.Error("a palette of few values")
	}
	x[len(x)-1] = values[0] + 1
	copy(x, values)
	if _, table := palette(x); table != nil {
		t.Error("a palette of 257 numbers")
	}
}

// TestBytesGiveTheSameBits trains and judges with data as bytes and with the same as numbers, on a
// device that can hold bytes and on one that cannot.
func TestBytesGiveTheSameBits(t *testing.T) {
	m := Model{mlp(60, 12, 5), Softmax(), Prior{Std: 1}}
	numbers := Data{X: make([]float32, 1200*60), Labels: make([]int32, 1200)}
	bytes := Data{Bytes: make([]uint8, len(numbers.X)), Values: make([]float32, 256),
		Labels: numbers.Labels}
	rng := rand.New(rand.NewPCG(3, 4))
	for b := range bytes.Values {
		bytes.Values[b] = float32(b) / 255
	}
	for i := range bytes.Bytes {
		bytes.Bytes[i] = uint8(rng.IntN(256))
		numbers.X[i] = bytes.Values[bytes.Bytes[i]]
	}
	for i := range numbers.Labels {
		numbers.Labels[i] = int32(rng.IntN(5))
	}
	// without hides what only the CPU device can do.
	type without struct{ kernels.Device }
	device := newCPU(t, cpu.Options{})
	var first []float64
	for i, c := range []struct {
		device kernels.Device
		data   Data
		bytes  bool
	}{{device, numbers, true}, {device, bytes, true}, {without{device}, numbers, false},
		{without{device}, bytes, false}} {
		tr := must.Get(NewTrainer(c.device, m, c.data, FitOptions{Epochs: 1, Seed: 4}))(t)
		defer tr.Close()
		if has := tr.data.bytes.x != nil; has != c.bytes {
			t.Errorf("case %d has the data as bytes: %v", i, has)
		}
		must.Do(t, tr.Run(t.Context()))
		q := must.Get(tr.Posterior())(t)
		all := slices.Concat(float64s(q.Mu), float64s(q.Rho), judged(t, q, c.device, c.data))
		if first == nil {
			first = all
		}
		if !slices.Equal(all, first) {
			t.Errorf("case %d gives other bits", i)
		}
	}
}

// judged are the predictions of q, in several blocks, and its bounds.
func judged(t *testing.T, q *Posterior, device kernels.Device, d Data) []float64 {
	t.Helper()
	p := must.Get(q.Predict(t.Context(), device, d, PredictOptions{Samples: 3, Memory: 1 << 16}))(t)
	e := must.Get(q.ELBO(t.Context(), device, d, ELBOOptions{Samples: 3, Batch: 100}))(t)
	return slices.Concat(p.Mean, p.LogDensity, []float64{e.LVI.Value, e.LVI.SE})
}

package bnn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

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

// TestBytesTrainTheSameBits trains once with data as bytes, once with the same as float32.
func TestBytesTrainTheSameBits(t *testing.T) {
	m := Model{mlp(60, 12, 5), Softmax(), Prior{Std: 1}}
	d := Data{X: make([]float32, 1200*60), Labels: make([]int32, 1200)}
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range d.X {
		d.X[i] = float32(rng.IntN(256)) / 255
	}
	for i := range d.Labels {
		d.Labels[i] = int32(rng.IntN(5))
	}
	// withoutBytes hides that the device can hold bytes.
	type withoutBytes struct{ kernels.Device }
	var models [2][]float32
	for i, device := range []kernels.Device{newCPU(t, cpu.Options{}), withoutBytes{newCPU(t, cpu.Options{})}} {
		tr, err := NewTrainer(device, m, d, FitOptions{Epochs: 1, Seed: 4})
		if err != nil {
			t.Fatal(err)
		}
		defer tr.Close()
		if has := tr.data.bytes != nil; has != (i == 0) {
			t.Errorf("device %d has the data as bytes: %v", i, has)
		}
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		q, err := tr.Posterior()
		if err != nil {
			t.Fatal(err)
		}
		models[i] = slices.Concat(q.Mu, q.Rho)
	}
	if !slices.Equal(models[0], models[1]) {
		t.Error("the models differ")
	}
}

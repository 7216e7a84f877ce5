package cpu

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/internal/ref"
)

// TestScaleBytes holds every row to the specification: every tail, any alignment, guards.
func TestScaleBytes(t *testing.T) {
	const guard = 17
	rng := rand.New(rand.NewPCG(3, 1))
	for _, r := range testRows() {
		if r.scaleBytes == nil {
			continue
		}
		for _, n := range append(upTo(130), 784, 1000) {
			for range 3 {
				src := make([]uint8, guard+n+guard)
				for i := range src {
					src[i] = uint8(rng.IntN(256))
				}
				high, low := float32(rng.NormFloat64()), float32(rng.NormFloat64())
				got := make([]float32, guard+n+guard)
				elementwiseInputs(rng, 0, len(got), got)
				want := slices.Clone(got)
				at := rng.IntN(2 * guard)
				r.scaleBytes(got[at:at+n], src[guard:guard+n:guard+n], high, low)
				ref.ScaleBytes(want[at:at+n], src[guard:guard+n], high, low)
				for i := range want {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
						t.Fatalf("%s, n = %d: element %d is %x, want %x", r.name, n, i-at, got[i], want[i])
					}
				}
			}
		}
	}
}

// TestRatio: tables of b/d are found out, whatever was examined before, and no others.
func TestRatio(t *testing.T) {
	var r ratio
	other := func(f func(x []float32)) *[256]float32 {
		x := kernelcase.Pixels(255)
		f(x)
		return (*[256]float32)(x)
	}
	for d := 1; d <= 1024; d++ {
		if !r.of((*[256]float32)(kernelcase.Pixels(float32(d)))) {
			t.Errorf("bytes over %d are no ratio", d)
		}
		for i, table := range []*[256]float32{
			other(func(x []float32) { x[d%256] = math.Nextafter32(x[d%256], 2) }),
			other(func(x []float32) { x[0] = float32(math.Copysign(0, -1)) }),
			other(func(x []float32) { x[d%256] = float32(math.NaN()) }),
		} {
			if r.of(table) {
				t.Errorf("table %d of %d is a ratio", i, d)
			}
		}
	}
}

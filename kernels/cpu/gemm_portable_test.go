package cpu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

// TestPortablePanelOfSmallNumbers holds the panel against the specification with numbers on both
// sides of 2⁻⁴⁰, whose sums cancel to below the normal range, and with sums that are ties.
func TestPortablePanelOfSmallNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const m, n, k = 5, 4, 12
	a, b, got, want := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n),
		make([]float32, m*n)
	fill := func(x []float32, lowest, highest int) {
		for i := range x {
			mantissa := float64(random.IntN(16) + 1) // few bits, so that sums cancel and tie
			x[i] = float32(math.Ldexp(mantissa, lowest+random.IntN(highest-lowest+1)))
			if random.IntN(2) == 0 {
				x[i] = -x[i]
			}
		}
	}
	subnormal := 0
	for trial := range 4000 {
		lowest := -44 - trial%60
		fill(a, lowest, lowest+8)
		fill(b, -44, -36)
		if trial%5 == 0 { // a sum of numbers 2²⁴ apart
			fill(a, -20, 8)
			fill(b, -20, 8)
		}
		ref.Gemm(m, n, k, a, k, 1, b, n, 1, want, n, false)
		portablePanel(m, n, k, a, k, 1, b, n, got, n, nil, 0)
		for i := range want {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
				t.Fatalf("trial %d: element %d is %g, want %g", trial, i, got[i], want[i])
			}
			if x := math.Abs(float64(want[i])); x > 0 && x < 0x1p-126 {
				subnormal++
			}
		}
	}
	if subnormal == 0 {
		t.Error("no sum below the normal range: no test")
	}
}

func TestIsPlain(t *testing.T) {
	for x, want := range map[float32]bool{0: true, 1: true, 0x1p-40: true, 0x1.fffffep-41: false,
		-0x1p-50: false, math.SmallestNonzeroFloat32: false, -0x1p-40: true, math.MaxFloat32: true,
		float32(math.Inf(-1)): false, float32(math.Inf(1)): false, float32(math.NaN()): false} {
		if isPlain(x) != want {
			t.Errorf("isPlain(%g) = %v", x, !want)
		}
	}
}

// TestPortablePanelOfZeros holds the panel against the specification with zeros of both signs in
// every place, beside numbers that 0 times is not 0.
func TestPortablePanelOfZeros(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const m, n, k = portableRows + 5, 11, 9
	a, b := make([]float32, m*k), make([]float32, k*n)
	got, want := make([]float32, m*n), make([]float32, m*n)
	zero := float32(math.Copysign(0, -1))
	values := []float32{0, 0, 0, zero, zero, 1, -1, 0.3, -7}
	for trial := range 400 {
		some := values
		if trial%3 == 0 {
			some = append(values[:len(values):len(values)], float32(math.Inf(1)), float32(math.NaN()))
		}
		for i := range a {
			a[i] = some[random.IntN(len(some))]
		}
		for i := range b {
			b[i] = values[random.IntN(len(values))]
		}
		ref.Gemm(m, n, k, a, k, 1, b, n, 1, want, n, false)
		portablePanel(m, n, k, a, k, 1, b, n, got, n, nil, 0)
		for i, x := range want {
			if y := got[i]; math.Float32bits(y) != math.Float32bits(x) && (x == x || y == y) {
				t.Fatalf("trial %d: element %d is %g, want %g", trial, i, y, x)
			}
		}
	}
}

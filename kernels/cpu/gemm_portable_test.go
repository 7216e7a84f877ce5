package cpu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

// TestPortablePanelOfFineNumbers holds the panel against the specification with numbers on both
// sides of 2⁻⁴⁰, whose sums cancel to below the normal range, and with sums that are ties.
func TestPortablePanelOfFineNumbers(t *testing.T) {
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

func TestIsFine(t *testing.T) {
	for x, want := range map[float32]bool{0: false, 1: false, 0x1p-40: false, 0x1.fffffep-41: true,
		-0x1p-50: true, math.SmallestNonzeroFloat32: true, -0x1p-40: false,
		float32(math.Inf(-1)): false} {
		if isFine(x) != want {
			t.Errorf("isFine(%g) = %v", x, !want)
		}
	}
}

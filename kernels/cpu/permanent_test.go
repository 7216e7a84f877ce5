package cpu_test

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// permanent returns the information and P − I of one matrix.
func permanent(t testing.TB, d kernels.Device, c []float64,
	n int) (information float64, coefficients []float32) {
	t.Helper()
	m := kernelcase.NewMemory(d)
	op := kernels.Permanent{Batch: 1, N: n, C: m.F64(c), Information: d.Float64(1),
		Coefficients: d.Float32(n * n)}
	d.Permanent(op)
	return kernelcase.Read(t, op.Information)[0], kernelcase.Read(t, op.Coefficients)
}

// rounding is the error that sums of n of c's finite entries have in float64.
func rounding(c []float64, n int) float64 {
	largest := 1.0
	for _, v := range c {
		if !math.IsInf(v, 0) {
			largest = math.Max(largest, math.Abs(v))
		}
	}
	return 1e-15 * float64(n) * largest * 4
}

// half a unit in the last place of P − I, whose entries are in [−1, 1]
const coefficientRounding = 0x1p-25

func TestPermanentBruteForce(t *testing.T) {
	d, m := newOracleTest(t)
	for n := 1; n <= 7; n++ {
		for _, std := range []float64{1e-3, 1, 10, 1e3, 1e5} {
			for hole := range 2 {
				c := m.Normal64(n*n, std)
				for i := range c {
					if hole == 1 && i%(n+1) != 0 && m.Rand.IntN(3) == 0 { // not on the diagonal
						c[i] = math.Inf(-1)
					}
				}
				information, coefficients := permanent(t, d, c, n)
				want, p := bruteForce(c, n)
				nearAbs(t, "Information", []float64{information}, []float64{want}, 4*rounding(c, n))
				nearAbs(t, "Coefficients", coefficients, minusIdentity(p, n),
					coefficientRounding+10*rounding(c, n))
			}
		}
	}
}

// TestPermanentIdentities checks, where no brute force reaches, that P is doubly stochastic, that
// I ≤ log n! and that shifts of rows and columns change nothing.
func TestPermanentIdentities(t *testing.T) {
	d, m := newOracleTest(t)
	for n := 1; n <= 14; n++ {
		for _, std := range []float64{0.1, 3, 1e3, 1e5} {
			c := m.Normal64(n*n, std)
			information, a := permanent(t, d, c, n)
			tolerance := 10 * rounding(c, n)
			if !(information <= ref.LogFactorial(n)+tolerance) {
				t.Errorf("n = %d, σ = %v: information %v > log n! = %v", n, std, information,
					ref.LogFactorial(n))
			}
			for i := range n {
				row, col := 0.0, 0.0
				for j := range n {
					row += float64(a[i*n+j])
					col += float64(a[j*n+i])
					if p := float64(a[i*n+j]); i != j && !(p >= 0 && p <= 1+tolerance) || i == j &&
						!(p >= -1 && p <= tolerance) {
						t.Errorf("n = %d, σ = %v: (P − I)[%d, %d] = %v", n, std, i, j, p)
					}
				}
				nearAbs(t, "row and column sums of P − I", []float64{row, col}, []float64{0, 0},
					float64(n)*coefficientRounding+1e-12)
			}
			u, v := m.Normal64(n, 10*std), m.Normal64(n, 10*std)
			for i := range n {
				for j := range n {
					c[i*n+j] += u[i] + v[j]
				}
			}
			shifted, b := permanent(t, d, c, n)
			tolerance = 10 * rounding(c, n)
			nearAbs(t, "Information after a shift", []float64{shifted}, []float64{information}, tolerance)
			nearAbs(t, "Coefficients after a shift", b, widen(a), 2*coefficientRounding+tolerance)
		}
	}
}

func TestPermanentIdenticalNeurons(t *testing.T) {
	d, _ := newOracleTest(t)
	for n := 1; n <= 12; n++ {
		c := make([]float64, n*n)
		for i := range c {
			c[i] = -1234.5678
		}
		information, a := permanent(t, d, c, n)
		// no permutation changes anything: perm = n! e^{nc}, I = 0 and P = 1/n
		nearAbs(t, "Information of interchangeable neurons", []float64{information}, []float64{0},
			rounding(c, n))
		want := make([]float64, n*n)
		for i := range want {
			want[i] = 1 / float64(n)
		}
		nearAbs(t, "Coefficients", a, minusIdentity(want, n), coefficientRounding+1e-12)

		for i := range n {
			c[i*n+i] += 1e4 // well-separated neurons: only the identity counts
		}
		information, a = permanent(t, d, c, n)
		nearAbs(t, "Information of distinct neurons", []float64{information},
			[]float64{math.Log(math.Gamma(float64(n + 1)))}, 10*rounding(c, n))
		for i, v := range a {
			if v != 0 {
				t.Errorf("n = %d: (P − I)[%d] = %v, want 0", n, i, v)
			}
		}
	}
}

func TestPermanentImpossible(t *testing.T) {
	d, m := newOracleTest(t)
	inf := math.Inf(-1)
	none := m.Normal64(9, 1)
	none[3], none[4], none[5] = inf, inf, inf // a row that nothing can match
	squeezed := []float64{0, inf, inf, 0, inf, inf, 0, 0, 0}
	for _, c := range [][]float64{none, squeezed, {inf}} {
		n := int(math.Sqrt(float64(len(c))))
		information, a := permanent(t, d, c, n)
		if !math.IsNaN(information) {
			t.Errorf("information of %v is %v, want NaN", c, information)
		}
		for _, v := range a {
			if v == v {
				t.Errorf("coefficient of %v is %v, want NaN", c, v)
			}
		}
	}
	// the identity is impossible, others are not
	if information, _ := permanent(t, d, []float64{inf, 0, 0, 0}, 2); information != inf {
		t.Errorf("information is %v, want −∞", information)
	}
	// a diverged network must be seen
	for i := range 9 {
		c := m.Normal64(9, 1)
		c[i] = math.NaN()
		if information, _ := permanent(t, d, c, 3); !math.IsNaN(information) {
			t.Errorf("information with a NaN at %d is %v", i, information)
		}
	}
}

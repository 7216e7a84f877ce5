package cpu_test

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
)

// Oracles are plain float64 formulas with package math. Tolerances say what
// float32 storage costs; a NaN exceeds every tolerance.

// widen converts exactly.
func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func concat(parts ...[]float64) []float64 {
	var all []float64
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// gradient returns the central differences of f at x, of fourth order so that the
// step can be long; their error is about 10⁻¹² of f's scale in a unit of x.
func gradient(f func(x []float64) float64, x []float64) []float64 {
	g := make([]float64, len(x))
	for i, v := range x {
		h := 1e-3 * math.Max(1e-2, math.Abs(v))
		at := func(steps float64) float64 { x[i] = v + steps*h; return f(x) }
		g[i] = (8*(at(1)-at(-1)) - (at(2) - at(-2))) / (12 * h)
		x[i] = v
	}
	return g
}

// near fails unless every got is within tolerance·max|want| of want.
func near[T float32 | float64](t testing.TB, what string, got []T, want []float64,
	tolerance float64) {
	t.Helper()
	scale := 0.0
	for _, w := range want {
		scale = math.Max(scale, math.Abs(w))
	}
	nearAbs(t, what, got, want, tolerance*scale)
}

// nearAbs fails unless every got is within tolerance of want.
func nearAbs[T float32 | float64](t testing.TB, what string, got []T, want []float64,
	tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	worst, at := 0.0, -1
	for i, w := range want {
		if e := math.Abs(float64(got[i]) - w); !(e <= worst) {
			worst, at = e, i
		}
		if worst != worst {
			break
		}
	}
	if !(worst <= tolerance) {
		t.Errorf("%s[%d] = %v, want %v: error %.3g > %.3g", what, at, got[at], want[at], worst, tolerance)
	}
}

const halfLog2Pi = 0.91893853320467274178

// logNormal is log N(x; mu, sigma²).
func logNormal(x, mu, sigma float64) float64 {
	z := (x - mu) / sigma
	return -z*z/2 - math.Log(sigma) - halfLog2Pi
}

func logSumExp(x []float64) float64 {
	largest := math.Inf(-1)
	for _, v := range x {
		largest = math.Max(largest, v)
	}
	if math.IsInf(largest, -1) {
		return largest
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v - largest)
	}
	return largest + math.Log(sum)
}

// allPermutations lists the permutations of 0 … n−1, the identity first.
func allPermutations(n int) [][]int32 {
	if n == 0 {
		return [][]int32{{}}
	}
	var all [][]int32
	p := make([]int32, 0, n)
	used := make([]bool, n)
	var extend func()
	extend = func() {
		if len(p) == n {
			all = append(all, append([]int32(nil), p...))
			return
		}
		for j := range n {
			if !used[j] {
				used[j] = true
				p = append(p, int32(j))
				extend()
				p = p[:len(p)-1]
				used[j] = false
			}
		}
	}
	extend()
	return all
}

// bruteForce returns the information of the n×n matrix c and the matrix P, over all permutations.
func bruteForce(c []float64, n int) (information float64, p []float64) {
	all := allPermutations(n)
	logs := make([]float64, len(all))
	for k, tau := range all {
		for i, j := range tau {
			logs[k] += c[i*n+int(j)]
		}
	}
	total := logSumExp(logs)
	p = make([]float64, n*n)
	for k, tau := range all {
		for i, j := range tau {
			p[i*n+int(j)] += math.Exp(logs[k] - total)
		}
	}
	return logs[0] - total + math.Log(float64(len(all))), p
}

// minusIdentity subtracts 1 on the diagonal.
func minusIdentity(p []float64, n int) []float64 {
	for i := range n {
		p[i*n+i]--
	}
	return p
}

func TestNearFailsOnNaN(t *testing.T) {
	var fake testing.T
	near(&fake, "", []float64{math.NaN(), 1}, []float64{1, 1}, 1)
	if !fake.Failed() {
		t.Error("NaN passed")
	}
	fake = testing.T{}
	near(&fake, "", []float64{1, 1}, []float64{math.NaN(), 1}, 1)
	if !fake.Failed() {
		t.Error("an oracle's NaN passed")
	}
}

func newOracleTest(t *testing.T) (kernels.Device, kernelcase.Memory) {
	d := newCPU(t, "", 2)
	return d, kernelcase.NewMemory(d)
}

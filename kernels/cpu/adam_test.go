package cpu_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// TestAdamOracle follows Kingma & Ba (2015), Algorithm 1, in float64.
func TestAdamOracle(t *testing.T) {
	d, m := newOracleTest(t)
	const n, steps = 50, 40
	op := kernels.Adam{N: n, M: d.Float32(n), V: d.Float32(n), Grad: d.Float32(n), LR: 1e-2,
		Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
	start := m.Normal(n, 0, 1)
	op.X = m.F32(start)
	x, first, second := widen(start), make([]float64, n), make([]float64, n)
	for step := 1; step <= steps; step++ {
		grad := m.Normal(n, 0.3, 1)
		op.Grad.Upload(grad)
		op.Step = step
		d.Adam(op)
		for i, g := range widen(grad) {
			first[i] = op.Beta1*first[i] + (1-op.Beta1)*g
			second[i] = op.Beta2*second[i] + (1-op.Beta2)*g*g
			mHat := first[i] / (1 - math.Pow(op.Beta1, float64(step)))
			vHat := second[i] / (1 - math.Pow(op.Beta2, float64(step)))
			x[i] -= op.LR * mHat / (math.Sqrt(vHat) + op.Epsilon)
		}
	}
	near(t, "M", kernelcase.Read(t, op.M), first, 1e-6)
	near(t, "V", kernelcase.Read(t, op.V), second, 1e-6)
	near(t, "X", kernelcase.Read(t, op.X), x, 1e-6)
}

// TestAdamCommutesWithRelabelling: parameters, moments and gradients in another order end with the
// same bits in that order, on every instruction set, wherever the ends of vectors fall.
func TestAdamCommutesWithRelabelling(t *testing.T) {
	const n, steps = 77, 20
	order := rand.New(rand.NewPCG(1, 2)).Perm(n)
	relabelled := func(x []float32) []float32 {
		y := make([]float32, n)
		for i, j := range order {
			y[i] = x[j]
		}
		return y
	}
	for _, isa := range cpu.ISAsToTest() {
		d := newCPU(t, isa, 2)
		m := kernelcase.NewMemory(d)
		adam := func(start []float32) kernels.Adam {
			return kernels.Adam{N: n, X: m.F32(start), M: d.Float32(n), V: d.Float32(n),
				Grad: d.Float32(n), LR: 1e-2, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
		}
		start := m.Normal(n, 0, 1)
		a, b := adam(start), adam(relabelled(start))
		for step := 1; step <= steps; step++ {
			grad := m.Normal(n, 0.3, 1)
			a.Grad.Upload(grad)
			b.Grad.Upload(relabelled(grad))
			a.Step, b.Step = step, step
			d.Adam(a)
			d.Adam(b)
		}
		if slices.Equal(kernelcase.Read(t, a.X), start) {
			t.Fatalf("%s: nothing moved", isa)
		}
		for name, pair := range map[string][2]kernels.F32{"X": {a.X, b.X}, "M": {a.M, b.M},
			"V": {a.V, b.V}} {
			if !slices.Equal(relabelled(kernelcase.Read(t, pair[0])), kernelcase.Read(t, pair[1])) {
				t.Errorf("%s: %s is not the other's, relabelled", isa, name)
			}
		}
	}
}

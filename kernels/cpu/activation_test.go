package cpu_test

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
)

func TestActivationGradOracle(t *testing.T) {
	d, m := newOracleTest(t)
	const n = 300
	x, dy := m.Normal(n, 0, 2), m.Normal(n, 0, 1)
	for a, f := range map[kernels.Activation]func(float64) float64{
		kernels.Identity: func(x float64) float64 { return x },
		kernels.ReLU:     func(x float64) float64 { return math.Max(x, 0) },
		kernels.Tanh:     math.Tanh,
	} {
		y := make([]float32, n)
		for i, v := range x {
			y[i] = float32(f(float64(v)))
		}
		dx := d.Float32(n)
		d.ActivationGrad(kernels.ActivationGrad{Activation: a, N: n, Y: m.F32(y), DY: m.F32(dy), DX: dx})
		want := gradient(func(x []float64) float64 {
			sum := 0.0
			for i, v := range x {
				sum += float64(dy[i]) * f(v)
			}
			return sum
		}, widen(x))
		near(t, a.String(), kernelcase.Read(t, dx), want, 3e-7)
	}
}

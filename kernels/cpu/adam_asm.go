//go:build (amd64 || arm64) && !purego

package cpu

import "github.com/symvi/symvi/kernels"

// stepped is Adam of an assembly package, which imports nothing and takes a step's constants apart.
func stepped(f func(x, m, v, g []float32, lr, beta1, beta2, epsilon, c1, c2, correct1,
	correct2 float32)) func(
	x, m, v, g []float32, s kernels.AdamStep) {
	return func(x, m, v, g []float32, s kernels.AdamStep) {
		f(x, m, v, g, s.LR, s.Beta1, s.Beta2, s.Epsilon, s.C1, s.C2, s.Correct1, s.Correct2)
	}
}

//go:build (amd64 || arm64) && !purego

package cpu

import "github.com/symvi/symvi/kernels"

// The assembly packages import nothing, so their kernels take a Key and an AdamStep apart.

func keyed(f func(a, b, c []float32, seed uint64, stream, step, sample uint32, first int)) func(a,
	b, c []float32, key kernels.Key, first int) {
	return func(a, b, c []float32, k kernels.Key, first int) {
		f(a, b, c, k.Seed, k.Stream, k.Step, k.Sample, first)
	}
}

func stepped(f func(x, m, v, g []float32, lr, beta1, beta2, epsilon, c1, c2, correct1,
	correct2 float32)) func(x, m, v, g []float32, s kernels.AdamStep) {
	return func(x, m, v, g []float32, s kernels.AdamStep) {
		f(x, m, v, g, s.LR, s.Beta1, s.Beta2, s.Epsilon, s.C1, s.C2, s.Correct1, s.Correct2)
	}
}

func keyedPermutations(f func(dst []int32, n int, seed uint64, stream, step, sample,
	first uint32)) func(dst []int32, n int, key kernels.Key, first uint32) {
	return func(dst []int32, n int, k kernels.Key, first uint32) {
		f(dst, n, k.Seed, k.Stream, k.Step, k.Sample, first)
	}
}

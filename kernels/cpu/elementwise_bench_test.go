package cpu

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/symvi/symvi/kernels"
)

// elementwiseBenchmark is a kernel over args slices of n elements; moved counts the slices read and written.
type elementwiseBenchmark struct {
	name        string
	args, moved int
	run         func(r *row, x [][]float32)
}

var elementwiseBenchmarks = []elementwiseBenchmark{
	{"copy", 2, 2, func(_ *row, x [][]float32) { copy(x[0], x[1]) }},
	{"exp", 2, 2, func(r *row, x [][]float32) { r.unary(x[0], x[1], int(kernels.Exp)) }},
	{"log", 2, 2, func(r *row, x [][]float32) { r.unary(x[0], x[1], int(kernels.Log)) }},
	{"log1p", 2, 2, func(r *row, x [][]float32) { r.unary(x[0], x[1], int(kernels.Log1p)) }},
	{"tanh", 2, 2, func(r *row, x [][]float32) { r.unary(x[0], x[1], int(kernels.TanhFunction)) }},
	{"softplus", 2, 2, func(r *row, x [][]float32) { r.unary(x[0], x[1], int(kernels.Softplus)) }},
	{"sigmoid", 2, 2, func(r *row, x [][]float32) { r.unary(x[0], x[1], int(kernels.Sigmoid)) }},
	{"addTo", 2, 3, func(r *row, x [][]float32) { r.addTo(x[0], x[1]) }},
	{"relu", 1, 2, func(r *row, x [][]float32) { r.relu(x[0]) }},
	{"reluGrad", 3, 3, func(r *row, x [][]float32) { r.reluGrad(x[0], x[1], x[2]) }},
	{"tanhGrad", 3, 3, func(r *row, x [][]float32) { r.tanhGrad(x[0], x[1], x[2]) }},
	{"gaussianNLL", 3, 3, func(r *row, x [][]float32) { r.gaussianNLL(x[0], x[1], x[2], 2, 0, 0.01) }},
	{"sum", 1, 1, func(r *row, x [][]float32) { r.sum(x[0]) }},
	{"sumLog", 1, 1, func(r *row, x [][]float32) { r.sumLog(x[0]) }},
	{"gaussianScale", 3, 3, func(r *row, x [][]float32) { r.gaussianScale(x[0], x[1], x[2]) }},
	{"gaussianScaleGrad", 3, 3, func(r *row, x [][]float32) { r.gaussianScaleGrad(x[0], x[1], x[2]) }},
	{"klGaussian", 4, 6, func(r *row, x [][]float32) { r.klGaussian(x[0], x[1], x[2], x[3], x[1], 1) }},
	{"adam", 4, 7, func(r *row, x [][]float32) {
		r.adam(x[0], x[1], x[2], x[3], kernels.AdamStep{LR: 1e-9, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, C1: 0.1, C2: 0.001, Correct1: 1, Correct2: 1})
	}},
	{"sampleGaussian", 3, 3, func(r *row, x [][]float32) { r.sampleGaussian(x[0], x[1], x[2], kernels.Key{}, 0) }},
	{"sampleGaussianGrad", 3, 5, func(r *row, x [][]float32) { r.sampleGaussianGrad(x[0], x[1], x[2], kernels.Key{}, 0) }},
	{"softmax10", 2, 2, func(r *row, x [][]float32) {
		for i := 0; i+10 <= len(x[0]); i += 10 {
			r.softmax(x[0][i:i+10], x[1][i:i+10])
		}
	}},
	{"softmaxCrossEntropy10", 2, 2, func(r *row, x [][]float32) {
		for i := 0; i+10 <= len(x[0]); i += 10 {
			r.softmaxCrossEntropy(x[0][i:i+10], x[1][i:i+10], 3, 0.01)
		}
	}},
	{"softmaxCrossEntropy100", 2, 2, func(r *row, x [][]float32) {
		for i := 0; i+100 <= len(x[0]); i += 100 {
			r.softmaxCrossEntropy(x[0][i:i+100], x[1][i:i+100], 3, 0.01)
		}
	}},
}

// BenchmarkElementwise times one thread, chunk by chunk as the device does, in the cache and on 16 Mi elements.
// copy is the yardstick: it moves chunks that are too short for memmove to bypass the cache.
func BenchmarkElementwise(b *testing.B) {
	var args [4][]float32
	for _, n := range []int{4096, 16 << 20} {
		rng := rand.New(rand.NewPCG(1, 2))
		for a := range args {
			args[a] = make([]float32, n)
			for i := range args[a] {
				args[a][i] = rng.Float32() + 0.1
			}
		}
		for _, k := range elementwiseBenchmarks {
			for _, r := range rows() {
				if k.name == "copy" && r.name != "portable" || n > 4096 && r.name == "portable" && k.name != "copy" {
					continue
				}
				b.Run(fmt.Sprintf("%s/%d/%s", k.name, n, r.name), func(b *testing.B) {
					var x [4][]float32
					b.SetBytes(int64(4 * k.moved * n))
					for b.Loop() {
						for i := range chunks(n) {
							lo, hi := chunk(i, n)
							for a := range k.args {
								x[a] = args[a][lo:hi]
							}
							k.run(r, x[:k.args])
						}
					}
					b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds()/1e9, "Gelements/s")
				})
			}
		}
	}
}

// BenchmarkNormFloat64 is what BenchmarkElementwise/sampleGaussian is to be compared with.
func BenchmarkNormFloat64(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	w := make([]float32, 4096)
	for b.Loop() {
		for i := range w {
			w[i] = float32(rng.NormFloat64())
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(w))/b.Elapsed().Seconds()/1e9, "Gsamples/s")
}

package avx2

// Softmax computes, for len(x) ≥ 1 elements; p may be x:
//
//	largest = x[0]; for each v of x: if v > largest { largest = v }
//	p[j] = exp(x[j] - largest)
//	acc[j%16] += p[j]; sum is the tree 16 → 8 → 4 → 2 → 1 over acc
//	p[j] /= sum
//
//go:noescape
func Softmax(p, x []float32) (largest, sum float32)

// SoftmaxCrossEntropy computes, with p = softmax(x), 0 ≤ label < len(x); grad may be x:
//
//	grad[j] = p[j] * scale, but grad[label] = (p[label] - 1) * scale
//
// and returns log(sum) - (x[label] - largest).
//
//go:noescape
func SoftmaxCrossEntropy(grad, x []float32, label int, scale float32) float32

// GaussianNLL computes, for every j < len(prediction); grad may be prediction:
//
//	r := (prediction[j] - target[j]) * invNoise
//	acc[j%16] = fma(r, r, acc[j%16])
//	grad[j] = (scale * r) * invNoise
//
// and returns fma(0.5, the tree 16 → 8 → 4 → 2 → 1 over acc, constant).
//
//go:noescape
func GaussianNLL(grad, prediction, target []float32, invNoise, constant, scale float32) float32

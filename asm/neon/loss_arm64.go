package neon

// Softmax computes, with at least one x and acc[j%16] a chain for every j:
//
//	largest = x[0]; for _, v := range x { if v > largest { largest = v } }
//	for j, v := range x { p[j] = ref.Exp(v - largest); acc[j%16] += p[j] }
//	sum = tree(acc)
//	for j := range x { p[j] /= sum }
//
// p may be x.
//
//go:noescape
func Softmax(p, x []float32) (largest, sum float32)

// SoftmaxCrossEntropy computes, with at least one x; grad may be x:
//
//	largest, sum := Softmax(grad, x)
//	grad[label]--
//	for j := range grad { grad[j] *= scale }
//	return ref.Log(sum) - (x[label] - largest)
func SoftmaxCrossEntropy(grad, x []float32, label int, scale float32) float32 {
	logit := x[label]
	largest, sum := Softmax(grad, x)
	grad[label]--
	multiply(grad, scale)
	logSum := [1]float32{sum}
	Unary(logSum[:], logSum[:], logFunction)
	return logSum[0] - (logit - largest)
}

// logFunction is log's number in ref.Unary.
const logFunction = 1

// multiply computes for j := range y { y[j] *= scale }.
//
//go:noescape
func multiply(y []float32, scale float32)

// GaussianNLL computes, with acc[j%16] a chain for every j; grad may be prediction:
//
//	for j, f := range prediction {
//		r := (f - target[j]) * invNoise
//		acc[j%16] = fma(r, r, acc[j%16])
//		grad[j] = scale * r * invNoise
//	}
//	return fma(0.5, tree(acc), constant)
//
//go:noescape
func GaussianNLL(grad, prediction, target []float32, invNoise, constant, scale float32) float32

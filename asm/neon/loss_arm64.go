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

// Multiply computes for j := range y { y[j] *= scale }.
//
//go:noescape
func Multiply(y []float32, scale float32)

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

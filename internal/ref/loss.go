package ref

// Softmax writes p = exp(x − max x)/Σ exp(x − max x) for one row and returns
// the maximum and the sum; the sum runs over the virtual lanes in float32.
// p may be x.
func Softmax(p, x []float32) (largest, sum float32) {
	largest = x[0]
	for _, v := range x {
		if v > largest {
			largest = v
		}
	}
	var acc [Lanes]float32
	for j, v := range x {
		p[j] = Exp(v - largest)
		acc[j%Lanes] += p[j]
	}
	sum = tree32(&acc)
	for j := range x {
		p[j] /= sum
	}
	return largest, sum
}

// SoftmaxCrossEntropy returns −log softmax(x)[label] for one row of logits x
// and writes grad = scale·(softmax(x) − onehot(label)). grad may be x.
func SoftmaxCrossEntropy(grad, x []float32, label int, scale float32) float32 {
	xl := x[label]
	largest, sum := Softmax(grad, x)
	grad[label]--
	for j := range grad {
		grad[j] *= scale
	}
	return Log(sum) - (xl - largest)
}

// GaussianNLL returns ½ Σ_j r_j² + constant with r = (prediction − target)·invNoise
// for one row and writes grad = scale·r·invNoise. constant is the row's
// outputs·(log noise + ½ log 2π). grad may be prediction.
func GaussianNLL(grad, prediction, target []float32, invNoise, constant, scale float32) float32 {
	var acc [Lanes]float32
	for j, f := range prediction {
		r := (f - target[j]) * invNoise
		acc[j%Lanes] = FMA(r, r, acc[j%Lanes])
		grad[j] = float32(scale*r) * invNoise
	}
	return FMA(0.5, tree32(&acc), constant)
}

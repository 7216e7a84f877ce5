package ref

// AddBias adds bias to a row: y[j] += bias[j].
func AddBias(y, bias []float32) {
	for j, b := range bias {
		y[j] += b
	}
}

// ReLU replaces every element that is ≤ 0 by +0; NaN stays NaN.
func ReLU(y []float32) {
	for j, v := range y {
		if v <= 0 {
			y[j] = 0
		}
	}
}

// ReLUGrad computes dx = dy where the activation's output y is not ≤ 0, else +0.
func ReLUGrad(dx, y, dy []float32) {
	for j, v := range y {
		if v <= 0 {
			dx[j] = 0
		} else {
			dx[j] = dy[j]
		}
	}
}

// TanhGrad computes dx = dy·(1 − y²) from the activation's output y; 1 − y² is one FMA.
func TanhGrad(dx, y, dy []float32) {
	for j, v := range y {
		dx[j] = dy[j] * FMA(-v, v, 1)
	}
}

// AddTo adds x to dst; a column sum is a chain of AddTo over rows.
func AddTo(dst, x []float32) {
	for j, v := range x {
		dst[j] += v
	}
}

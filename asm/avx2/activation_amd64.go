package avx2

// AddTo computes, for every i < len(x); AddBias is the same:
//
//	dst[i] += x[i]
//
//go:noescape
func AddTo(dst, x []float32)

// ReLU computes, for every i:
//
//	if y[i] <= 0 { y[i] = 0 }
//
//go:noescape
func ReLU(y []float32)

// ReLUGrad computes, for every i < len(y); dx may be dy:
//
//	dx[i] = dy[i]
//	if y[i] <= 0 { dx[i] = 0 }
//
//go:noescape
func ReLUGrad(dx, y, dy []float32)

// TanhGrad computes, for every i < len(y); dx may be dy:
//
//	dx[i] = dy[i] * fma(-y[i], y[i], 1)
//
//go:noescape
func TanhGrad(dx, y, dy []float32)

package neon

// AddTo adds x to dst: for j, v := range x { dst[j] += v }.
//
//go:noescape
func AddTo(dst, x []float32)

// ReLU computes for j, v := range y { if v <= 0 { y[j] = 0 } }.
//
//go:noescape
func ReLU(y []float32)

// ReLUGrad computes dx = dy where the output y is not ≤ 0, else +0:
//
//	for j, v := range y { if v <= 0 { dx[j] = 0 } else { dx[j] = dy[j] } }
//
//go:noescape
func ReLUGrad(dx, y, dy []float32)

// TanhGrad computes for j, v := range y { dx[j] = dy[j] * fma(-v, v, 1) }.
//
//go:noescape
func TanhGrad(dx, y, dy []float32)

package neon

// ScaleBytes computes, for every i < len(src):
//
//	b := float32(src[i])
//	dst[i] = fma(b, high, b*low)
//
//go:noescape
func ScaleBytes(dst []float32, src []uint8, high, low float32)

package ref

// ScaleBytes computes fma(b, high, b·low) of every byte b. Where high + low is 1/d to twice the
// precision of float32, that is b/d rounded once.
func ScaleBytes(dst []float32, src []uint8, high, low float32) {
	for i, b := range src {
		x := float32(b)
		dst[i] = FMA(x, high, float32(x*low))
	}
}

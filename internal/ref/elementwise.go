package ref

// The slice forms of the transcendental functions: dst[i] = f(src[i]).
// dst may be src; the lengths are equal.

// ExpSlice applies Exp.
func ExpSlice(dst, src []float32) { apply(dst, src, Exp) }

// LogSlice applies Log.
func LogSlice(dst, src []float32) { apply(dst, src, Log) }

// Log1pSlice applies Log1p.
func Log1pSlice(dst, src []float32) { apply(dst, src, Log1p) }

// TanhSlice applies Tanh.
func TanhSlice(dst, src []float32) { apply(dst, src, Tanh) }

// SoftplusSlice applies Softplus.
func SoftplusSlice(dst, src []float32) { apply(dst, src, Softplus) }

// SigmoidSlice applies Sigmoid.
func SigmoidSlice(dst, src []float32) { apply(dst, src, Sigmoid) }

func apply(dst, src []float32, f func(float32) float32) {
	for i, x := range src {
		dst[i] = f(x)
	}
}

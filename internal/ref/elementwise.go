package ref

// Unary lists the functions of one argument, in the order of kernels.Function: an entry here
// is what tests hold every row of microkernels to.
var Unary = [...]struct {
	Name string
	Of   func(x float32) float32
}{
	{"exp", Exp},
	{"log", Log},
	{"log1p", Log1p},
	{"tanh", Tanh},
	{"softplus", Softplus},
	{"sigmoid", Sigmoid},
}

// UnarySlice computes dst[i] = f(src[i]) for the function of this number. dst may be src; the
// lengths are equal.
func UnarySlice(dst, src []float32, function int) { apply(dst, src, Unary[function].Of) }

func apply(dst, src []float32, f func(float32) float32) {
	for i, x := range src {
		dst[i] = f(x)
	}
}

package neon

// Exp computes eˣ: for i, x := range src { dst[i] = ref.Exp(x) }. Here and below
// dst may be src.
//
//go:noescape
func Exp(dst, src []float32)

// Log computes log x: for i, x := range src { dst[i] = ref.Log(x) }.
//
//go:noescape
func Log(dst, src []float32)

// Log1p computes log(1 + x): for i, x := range src { dst[i] = ref.Log1p(x) }.
//
//go:noescape
func Log1p(dst, src []float32)

// Tanh computes tanh x: for i, x := range src { dst[i] = ref.Tanh(x) }.
//
//go:noescape
func Tanh(dst, src []float32)

// Softplus computes log(1 + eˣ): for i, x := range src { dst[i] = ref.Softplus(x) }.
//
//go:noescape
func Softplus(dst, src []float32)

// Sigmoid computes 1/(1 + e⁻ˣ): for i, x := range src { dst[i] = ref.Sigmoid(x) }.
//
//go:noescape
func Sigmoid(dst, src []float32)

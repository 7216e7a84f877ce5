package kernels

import "fmt"

// Function is a transcendental function of one float32.
type Function int

// The functions, with their largest errors stated in internal/ref.
const (
	Exp Function = iota
	Log
	Log1p
	TanhFunction
	Softplus
	Sigmoid
)

func (f Function) String() string {
	if f < Exp || f > Sigmoid {
		return fmt.Sprintf("Function(%d)", int(f))
	}
	return [...]string{"exp", "log", "log1p", "tanh", "softplus", "sigmoid"}[f]
}

// Unary computes Dst = f(Src) for N elements. Dst may be Src.
type Unary struct {
	Function Function
	N        int
	Src, Dst F32
}

// Check panics unless the buffers hold N elements.
func (u *Unary) Check() {
	const op = "Unary"
	checkArg(u.Function >= Exp && u.Function <= Sigmoid, op, "unknown function %d", int(u.Function))
	check(op, "Src", u.Src, vector(u.N))
	check(op, "Dst", u.Dst, vector(u.N))
}

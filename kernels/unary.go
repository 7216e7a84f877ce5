package kernels

import (
	"fmt"

	"github.com/symvi/symvi/internal/ref"
)

// Function is a transcendental function of one float32.
type Function int

// The functions, in the order of ref.Unary, which has the sequences of operations.
const (
	Exp Function = iota
	Log
	Log1p
	TanhFunction
	Softplus
	Sigmoid
)

// String is the function's name, as package ref lists it.
func (f Function) String() string {
	if f < 0 || int(f) >= len(ref.Unary) {
		return fmt.Sprintf("Function(%d)", int(f))
	}
	return ref.Unary[f].Name
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
	checkArg(u.Function >= 0 && int(u.Function) < len(ref.Unary), op, "unknown function %d",
		int(u.Function))
	check(op, "Src", u.Src, vector(u.N))
	check(op, "Dst", u.Dst, vector(u.N))
}

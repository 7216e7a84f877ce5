package kernels

import "fmt"

// Activation is the non-linearity after a layer.
type Activation int

const (
	// Identity leaves a layer linear.
	Identity Activation = iota
	// ReLU is max(x, 0).
	ReLU
	// Tanh is the hyperbolic tangent.
	Tanh
)

// String is the activation's name in files and flags: identity, relu or tanh.
func (a Activation) String() string {
	if a < Identity || a > Tanh {
		return fmt.Sprintf("Activation(%d)", int(a))
	}
	return [...]string{"identity", "relu", "tanh"}[a]
}

func checkActivation(op string, a Activation) {
	checkArg(a >= Identity && a <= Tanh, op, "unknown activation %d", int(a))
}

// ActivationGrad computes DX = DY·act′, for N elements, from the activation's
// output Y: DY where Y > 0 (or NaN) for ReLU, else 0; DY·(1 − Y²) for tanh. DX may be DY.
type ActivationGrad struct {
	Activation Activation
	N          int
	Y, DY, DX  F32
}

// Check panics unless the buffers hold N elements.
func (a *ActivationGrad) Check() {
	const op = "ActivationGrad"
	checkActivation(op, a.Activation)
	check(op, "Y", a.Y, vector(a.N))
	check(op, "DY", a.DY, vector(a.N))
	check(op, "DX", a.DX, vector(a.N))
}

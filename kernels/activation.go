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

type activationGradJob struct {
	grad      func(dx, y, dy []float32)
	y, dy, dx []float32
}

// ActivationGrad implements Device.
func (d *CPU) ActivationGrad(a ActivationGrad) {
	a.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.activationGrad
	*j = activationGradJob{d.row.reluGrad, hostSlice(a.Y)[:a.N], hostSlice(a.DY)[:a.N], hostSlice(a.DX)[:a.N]}
	switch a.Activation {
	case Identity:
		copy(j.dx, j.dy)
		return
	case Tanh:
		j.grad = d.row.tanhGrad
	}
	d.pool.run(j, chunks(a.N))
}

func (j *activationGradJob) task(_, i int) {
	lo, hi := chunk(i, len(j.y))
	j.grad(j.dx[lo:hi], j.y[lo:hi], j.dy[lo:hi])
}

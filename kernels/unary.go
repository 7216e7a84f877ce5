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

type unaryJob struct {
	f        func(dst, src []float32)
	dst, src []float32
}

// Unary implements Device.
func (d *CPU) Unary(u Unary) {
	u.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.jobs.unary
	*j = unaryJob{d.row.unary(u.Function), hostSlice(u.Dst)[:u.N], hostSlice(u.Src)[:u.N]}
	d.pool.run(j, chunks(u.N))
}

func (r *row) unary(f Function) func(dst, src []float32) {
	switch f {
	case Exp:
		return r.exp
	case Log:
		return r.log
	case Log1p:
		return r.log1p
	case TanhFunction:
		return r.tanh
	case Softplus:
		return r.softplus
	default:
		return r.sigmoid
	}
}

func (j *unaryJob) task(_, i int) {
	lo, hi := chunk(i, len(j.src))
	j.f(j.dst[lo:hi], j.src[lo:hi])
}

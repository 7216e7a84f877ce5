package kernels

// AdamStep holds the float32 constants of one Adam step: C1 = 1 − β₁, C2 = 1 − β₂,
// Correct1 = 1/(1 − β₁ᵗ), Correct2 = 1/(1 − β₂ᵗ).
type AdamStep struct {
	LR, Beta1, Beta2, Epsilon, C1, C2, Correct1, Correct2 float32
}

// Adam updates N parameters X and their moments M and V in place with the
// gradient Grad of the loss (Kingma & Ba 2015, with bias correction). Step counts from 1.
type Adam struct {
	N                         int
	X, M, V, Grad             F32
	LR, Beta1, Beta2, Epsilon float64
	Step                      int
}

// Check panics unless the buffers hold N elements and the step is at least 1.
func (a *Adam) Check() {
	const op = "Adam"
	checkArg(a.Step >= 1, op, "step %d, want at least 1", a.Step)
	check(op, "X", a.X, vector(a.N))
	check(op, "M", a.M, vector(a.N))
	check(op, "V", a.V, vector(a.N))
	check(op, "Grad", a.Grad, vector(a.N))
}

// Constants rounds the step's constants once from float64.
func (a *Adam) Constants() AdamStep {
	return AdamStep{
		LR: float32(a.LR), Beta1: float32(a.Beta1), Beta2: float32(a.Beta2), Epsilon: float32(a.Epsilon),
		C1: float32(1 - a.Beta1), C2: float32(1 - a.Beta2),
		Correct1: float32(1 / (1 - power(a.Beta1, a.Step))),
		Correct2: float32(1 / (1 - power(a.Beta2, a.Step))),
	}
}

// power is xⁿ by squaring: the same bits on every platform, unlike math.Pow.
func power(x float64, n int) float64 {
	result := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result = float64(result * x)
		}
		x = float64(x * x)
	}
	return result
}

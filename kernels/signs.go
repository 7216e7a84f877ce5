package kernels

// CombineSigns averages over the sign flips of single neurons, which commute with the
// permutations: with Positive the pair log-densities of the neurons and Negative
// those of the negated neurons, both Batch×N×N,
//
//	Positive[item, i, j] ← log(e^Positive + e^Negative)
//	Negative[item, i, j] ← e^Negative/(e^Positive + e^Negative)
//	Correction[item] = Offset + Σ_i (Positive before − Positive after)[item, i, i]
//
// so that Positive describes the neurons up to their sign.
type CombineSigns struct {
	Batch, N           int
	Positive, Negative F64
	Offset             float64
	Correction         F64
}

// Check panics unless the buffers hold the shapes.
func (p *CombineSigns) Check() {
	const op = "CombineSigns"
	check(op, "Positive", p.Positive, dense(p.Batch*p.N, p.N))
	check(op, "Negative", p.Negative, dense(p.Batch*p.N, p.N))
	check(op, "Correction", p.Correction, vector(p.Batch))
}

// SplitSigns divides the coefficients P − I that were computed from CombineSigns' matrices
// between the neurons and the negated ones, by the shares left in CombineSigns.Negative:
//
//	Negative = Shares·P,  Coefficients ← (1 − Shares)·P − I
type SplitSigns struct {
	Batch, N     int
	Shares       F64
	Coefficients F32
	Negative     F32
}

// Check panics unless the buffers hold the shapes.
func (p *SplitSigns) Check() {
	const op = "SplitSigns"
	check(op, "Shares", p.Shares, dense(p.Batch*p.N, p.N))
	check(op, "Coefficients", p.Coefficients, dense(p.Batch*p.N, p.N))
	check(op, "Negative", p.Negative, dense(p.Batch*p.N, p.N))
}

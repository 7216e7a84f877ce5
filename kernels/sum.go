package kernels

// Sum computes Dst[item] = Scale·Σ_i Src[item, i] in float64, or with Accumulate
// Dst[item] + Scale·Σ, for Batch items of N contiguous elements: chunks of 4096
// over sixteen lanes, the chunks added in order. With Src64 instead of Src the
// elements are float64 and the sum is a chain in increasing i.
type Sum struct {
	Batch, N   int
	Src        F32
	Src64      F64
	Dst        F64
	Scale      float64
	Accumulate bool
}

// Check panics unless the buffers hold the shapes.
func (s *Sum) Check() {
	const op = "Sum"
	if s.Src64 != nil {
		check(op, "Src64", s.Src64, dense(s.Batch, s.N))
	} else {
		check(op, "Src", s.Src, dense(s.Batch, s.N))
	}
	check(op, "Dst", s.Dst, vector(s.Batch))
}

// Accumulation says what Accumulate keeps.
type Accumulation int

const (
	// SumOfSamples keeps Σ_s x_s.
	SumOfSamples Accumulation = iota
	// LogSumExpOfNegated keeps log Σ_s e^{−x_s} as a pair (maximum, scaled sum).
	LogSumExpOfNegated
)

// Accumulate adds Samples vectors of N elements, one after another, to a running
// float64 state, so that the result does not depend on how a long series of
// samples is cut into calls. First starts a new series.
//
// The state of SumOfSamples is N sums. That of LogSumExpOfNegated is N maxima m
// followed by N sums t, which stand for log Σ e^{−x} = m + log t.
type Accumulate struct {
	Kind       Accumulation
	Samples, N int
	Src        F32
	State      F64
	First      bool
}

// Check panics unless the buffers hold the shapes.
func (a *Accumulate) Check() {
	const op = "Accumulate"
	checkArg(a.Kind >= SumOfSamples && a.Kind <= LogSumExpOfNegated, op, "unknown kind %d",
		int(a.Kind))
	check(op, "Src", a.Src, dense(a.Samples, a.N))
	check(op, "State", a.State, dense(int(a.Kind)+1, a.N))
}

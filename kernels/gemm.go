package kernels

import "fmt"

// Transpose says which operand of a matrix product is stored transposed.
type Transpose int

const (
	// NN multiplies A (M×K) by B (K×N).
	NN Transpose = iota
	// NT multiplies A (M×K) by Bᵀ, with B stored N×K.
	NT
	// TN multiplies Aᵀ by B (K×N), with A stored K×M.
	TN
)

// String is the name of the constant.
func (t Transpose) String() string { return [...]string{"NN", "NT", "TN"}[t] }

// Gemm is the batched matrix product C = act(op(A)·op(B) + bias), or with
// Accumulate act(C + op(A)·op(B) + bias), of Batch items: 1 for a single product;
// 0, the zero value, computes nothing. Matrices are row-major; leading dimensions
// and strides are in elements, and a stride of 0 shares one operand between all
// items. Every element of C is a chain of fused
// multiply-adds over k in panels of 512 (internal/ref, Gemm).
type Gemm struct {
	Transpose      Transpose
	Batch, M, N, K int
	A              F32
	LDA, StrideA   int
	B              F32
	LDB, StrideB   int
	C              F32
	LDC, StrideC   int
	Accumulate     bool
	// Bias, when not nil, holds N values an item, added to every row of C.
	Bias       F32
	StrideBias int
	Activation Activation
}

// Check panics unless the shapes make sense and the buffers hold them.
func (g *Gemm) Check() {
	const op = "Gemm"
	checkArg(g.Transpose >= NN && g.Transpose <= TN, op, "unknown transpose %d", int(g.Transpose))
	checkActivation(op, g.Activation)
	a := matrices{g.Batch, g.StrideA, g.M, g.LDA, g.K}
	b := matrices{g.Batch, g.StrideB, g.K, g.LDB, g.N}
	if g.Transpose == TN {
		a.rows, a.cols = g.K, g.M
	}
	if g.Transpose == NT {
		b.rows, b.cols = g.N, g.K
	}
	check(op, "A", g.A, a)
	check(op, "B", g.B, b)
	checkOutput(op, "C", g.C, matrices{g.Batch, g.StrideC, g.M, g.LDC, g.N})
	checkOptional(op, "Bias", g.Bias, matrices{g.Batch, g.StrideBias, 1, g.N, g.N})
}

// String is the shape, for messages.
func (g *Gemm) String() string {
	return fmt.Sprintf("Gemm %v %d×(%d×%d×%d)", g.Transpose, g.Batch, g.M, g.N, g.K)
}

package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Gemm checks one call; a, b, cc and bias are the contents of g's buffers, bias nil for none.
func Gemm(t testing.TB, d kernels.Device, g kernels.Gemm, a, b, cc, bias []float32) {
	t.Helper()
	c := newCall(t, d, "%v lda=%d,%d ldb=%d,%d ldc=%d,%d accumulate=%v bias=%v,%d %v",
		&g, g.LDA, g.StrideA, g.LDB, g.StrideB, g.LDC, g.StrideC, g.Accumulate, bias != nil,
		g.StrideBias, g.Activation)
	g.A, a = c.in32("A", a)
	g.B, b = c.in32("B", b)
	g.C, cc = c.in32("C", cc)
	if bias != nil {
		g.Bias, bias = c.in32("Bias", bias)
	}
	d.Gemm(g)
	rsa, csa, rsb, csb := g.LDA, 1, g.LDB, 1
	if g.Transpose == kernels.TN {
		rsa, csa = 1, g.LDA
	}
	if g.Transpose == kernels.NT {
		rsb, csb = 1, g.LDB
	}
	from := func(x []float32, at int) []float32 { return x[min(at, len(x)):] }
	for item := range g.Batch {
		ci := from(cc, item*g.StrideC)
		if g.N == 0 {
			continue
		}
		ref.Gemm(g.M, g.N, g.K, from(a, item*g.StrideA), rsa, csa, from(b, item*g.StrideB), rsb,
			csb, ci, g.LDC, g.Accumulate)
		for i := range g.M {
			row := ci[i*g.LDC:][:g.N]
			if bias != nil {
				ref.AddBias(row, bias[item*g.StrideBias:][:g.N])
			}
			switch g.Activation {
			case kernels.ReLU:
				ref.ReLU(row)
			case kernels.Tanh:
				ref.UnarySlice(row, row, int(kernels.TanhFunction))
			}
		}
	}
	c.check()
}

// gemmCase fills in leading dimensions (pad elements more than needed), strides and contents.
func gemmCase(t *testing.T, d kernels.Device, in inputs, g kernels.Gemm, pad int, sharedA, sharedB,
	bias, wild bool) {
	t.Helper()
	ar, ac, br, bc := g.M, g.K, g.K, g.N
	if g.Transpose == kernels.TN {
		ar, ac = ac, ar
	}
	if g.Transpose == kernels.NT {
		br, bc = bc, br
	}
	g.LDA, g.LDB, g.LDC = ac+pad, bc+pad, g.N+pad
	g.StrideA, g.StrideB, g.StrideC = ar*g.LDA+pad, br*g.LDB+pad, g.M*g.LDC+pad
	if sharedA {
		g.StrideA = 0
	}
	if sharedB {
		g.StrideB = 0
	}
	span := func(stride, rows, ld, cols int) int {
		if g.Batch == 0 || rows == 0 || cols == 0 {
			return 0
		}
		return (g.Batch-1)*stride + (rows-1)*ld + cols
	}
	var biasValues []float32
	if bias {
		g.StrideBias = g.N + pad
		biasValues = in.either(wild, span(g.StrideBias, 1, g.N, g.N))
	}
	Gemm(t, d, g, in.either(wild, span(g.StrideA, ar, g.LDA, ac)),
		in.either(wild, span(g.StrideB, br, g.LDB, bc)),
		in.either(wild, span(g.StrideC, g.M, g.LDC, g.N)), biasValues)
}

func testGemm(t *testing.T, d kernels.Device) {
	in := newInputs()
	for transpose := kernels.NN; transpose <= kernels.TN; transpose++ {
		for n := range 66 { // every tail in every dimension
			gemmCase(t, d, in, kernels.Gemm{Transpose: transpose, Batch: 1, M: 3, N: n, K: 5,
				Accumulate: n%2 == 1}, n%3, false, false, n%2 == 0, n%5 == 0)
			gemmCase(t, d, in, kernels.Gemm{Transpose: transpose, Batch: 1, M: n, N: 7, K: 4,
				Accumulate: n%2 == 0}, n%3, false, false, n%3 == 0, n%5 == 1)
			gemmCase(t, d, in, kernels.Gemm{Transpose: transpose, Batch: 1, M: 2, N: 19, K: n,
				Accumulate: n%3 == 0}, n%2, false, false, n%3 == 1, n%5 == 2)
		}
		for m := 1; m <= 17; m++ { // every edge of a register tile
			for n := 1; n <= 50; n += 7 {
				gemmCase(t, d, in, kernels.Gemm{Transpose: transpose, Batch: 1, M: m, N: n + m%7,
					K: 9}, 0, false, false, false, false)
			}
		}
		for _, s := range [][4]int{ // batch, m, n, k: panels, blocks of threads, empty batches
			{0, 3, 4, 5}, {2, 0, 4, 5}, {2, 3, 0, 5}, {2, 3, 4, 0}, {3, 5, 6, 511}, {1, 5, 33, 512},
			{2, 4, 17, 513}, {1, 3, 9, 1537},
			{2, 65, 66, 67}, {7, 33, 20, 40}, {1, 130, 35, 70},
			{3, 70, 5, 64}, {30, 32, 10, 70}, {9, 33, 33, 520}, // narrow items that share A
		} {
			for variant := range 8 {
				g := kernels.Gemm{Transpose: transpose, Batch: s[0], M: s[1], N: s[2], K: s[3],
					Accumulate: variant&1 != 0, Activation: kernels.Activation(variant % 3)}
				gemmCase(t, d, in, g, variant%3, variant&2 != 0, variant&4 != 0, variant%4 < 2, variant == 7)
			}
		}
	}
}

package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

func testConditionalPairs(t *testing.T, d kernels.Device) {
	in := newInputs()
	for _, s := range permutedShapes() {
		if s.rows > 30 {
			s.rows = 30
		}
		size := s.rows * s.cols
		c := newCall(t, d, "ConditionalPairs %+v", s)
		op := kernels.ConditionalPairs{Batch: s.batch, K: s.k, Rows: s.rows, Cols: s.cols,
			StrideW: size + s.pad}
		var w, mu, inv []float32
		var perms []int32
		var base, out []float64
		op.W, w = c.in32("W", in.normal(s.span(), 2))
		op.Mu, mu = c.in32("Mu", in.normal(size, 2))
		op.InvSigma, inv = c.in32("InvSigma", in.positive(size, 1))
		op.Perms, perms = c.inInt("Perms", in.permutations(s.batch, s.k, s.cols))
		op.Base, base = c.in64("Base", in.normal64(s.batch*s.rows*s.rows, 1))
		op.C, out = c.out64("C", s.batch*s.k*s.rows*s.rows)
		d.ConditionalPairs(op)
		for at := range out {
			i, a, t := at%s.rows, at/s.rows%s.rows, at/(s.rows*s.rows)
			item := t / s.k
			total := make([]float32, 1)
			if s.cols > 0 {
				row := item*op.StrideW + i*s.cols
				ref.ConditionalSquares(total, w[row:row+s.cols], perms[t*s.cols:(t+1)*s.cols],
					mu[a*s.cols:(a+1)*s.cols], inv[a*s.cols:(a+1)*s.cols])
			}
			out[at] = base[(item*s.rows+a)*s.rows+i] - float64(0.5*float64(total[0]))
		}
		c.check()
	}
}

func testExpectedPairs(t *testing.T, d kernels.Device) {
	in := newInputs()
	for _, s := range permutedShapes() {
		if s.cols > 100 {
			s.cols = 100
		}
		size := s.rows * s.cols
		for _, below := range []bool{false, true} {
			n, m := s.rows, s.cols
			expected := ref.ExpectedRows
			if below {
				n, m, expected = m, n, ref.ExpectedCols
			}
			c := newCall(t, d, "ExpectedPairs %+v below=%v", s, below)
			op := kernels.ExpectedPairs{Batch: s.batch, Rows: s.rows, Cols: s.cols, Below: below,
				StrideW: size + s.pad}
			var w, mu, inv []float32
			var neighbor, out []float64
			op.W, w = c.in32("W", in.normal(s.span(), 2))
			op.Mu, mu = c.in32("Mu", in.normal(size, 2))
			op.InvSigma, inv = c.in32("InvSigma", in.positive(size, 1))
			op.Neighbor, neighbor = c.in64("Neighbor", in.normal64(s.batch*m*m, 2))
			op.C, out = c.in64("C", in.normal64(s.batch*n*n, 1))
			d.ExpectedPairs(op)
			for item := range s.batch {
				if size == 0 {
					break
				}
				p := ref.Sinkhorn(neighbor[item*m*m:(item+1)*m*m], m)
				expected(out[item*n*n:(item+1)*n*n], p, w[item*op.StrideW:], mu, inv, s.rows,
					s.cols, make([]float64, 2*m))
			}
			c.check()
		}
	}
}

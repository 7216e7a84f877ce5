package kerneltest

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

func testCombineSigns(t *testing.T, d kernels.Device) {
	in := newInputs()
	for n := range 20 {
		batch := n % 4
		c := newCall(t, d, "CombineSigns batch=%d n=%d", batch, n)
		op := kernels.CombineSigns{Batch: batch, N: n, Offset: 1.5}
		values := in.normal64(batch*n*n, 300)
		for i := range values {
			if i%7 == 0 {
				values[i] = math.Inf(-1)
			}
		}
		negated := in.normal64(batch*n*n, 300)
		for i := 7; i < len(negated); i += 14 {
			negated[i] = math.Inf(-1) // impossible with either sign
		}
		var positive, negative, correction []float64
		op.Positive, positive = c.in64("Positive", values)
		op.Negative, negative = c.in64("Negative", negated)
		op.Correction, correction = c.out64("Correction", batch)
		d.CombineSigns(op)
		trace := func(item int) float64 {
			total := 0.0
			for i := range n {
				total += positive[(item*n+i)*n+i]
			}
			return total
		}
		for item := range batch {
			before := trace(item)
			ref.CombineSigns(positive[item*n*n:(item+1)*n*n], negative[item*n*n:(item+1)*n*n])
			correction[item] = op.Offset + (before - trace(item))
		}
		c.check()
	}
}

func testSplitSigns(t *testing.T, d kernels.Device) {
	in := newInputs()
	for n := range 20 {
		batch := n % 4
		c := newCall(t, d, "SplitSigns batch=%d n=%d", batch, n)
		op := kernels.SplitSigns{Batch: batch, N: n}
		var shares []float64
		var coefficients, negative []float32
		op.Shares, shares = c.in64("Shares", in.normal64(batch*n*n, 1))
		op.Coefficients, coefficients = c.in32("Coefficients", in.normal(batch*n*n, 1))
		op.Negative, negative = c.out32("Negative", batch*n*n)
		d.SplitSigns(op)
		for item := range batch {
			lo, hi := item*n*n, (item+1)*n*n
			ref.SplitSigns(coefficients[lo:hi], negative[lo:hi], shares[lo:hi], n)
		}
		c.check()
	}
}

package bnn

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// columns runs networks forward as pass does, to the same bits, but keeps the activations of a
// row of the data in a column: out×rows. Vectors then hold rows, of which there are many,
// where in a pass they hold outputs, of which the last layer of a regression has but one or two.
//
// A bias stands behind the weights of its neuron, and a row of ones below the activations, so
// that one more fused multiply-add, fma(b, 1, s) = s + b, adds it.
type columns struct {
	device     kernels.Device
	network    Network
	layers     []layer
	rows       int           // the most rows, and the leading dimension
	w          []kernels.F32 // of each layer, samples × out × (in + 1)
	y          []kernels.F32 // of each layer, samples × (out + 1) × rows
	ones       kernels.F32   // rows
	parameters int           // of a sample
}

func newColumns(s *scratch, n Network, samples, rows int) *columns {
	c := &columns{device: s.device, network: n, layers: n.layers(), rows: rows,
		parameters: n.Parameters()}
	c.setWeights(s, samples)
	c.ones = s.upload(ones(rows))
	for _, l := range c.layers {
		y := s.f32(samples * (l.out + 1) * rows)
		for i := range samples {
			end := (i + 1) * (l.out + 1) * rows
			y.Slice(end-rows, end).Upload(ones(rows))
		}
		c.y = append(c.y, y)
	}
	return c
}

func ones(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// setWeights makes room for weights of its own.
func (c *columns) setWeights(s *scratch, samples int) {
	c.w = nil
	for _, l := range c.layers {
		c.w = append(c.w, s.f32(samples*l.out*(l.in+1)))
	}
}

// load takes the weights of so many samples from w, where they are in the order of Network.
func (c *columns) load(w kernels.F32, samples int) {
	for i, l := range c.layers {
		weights := kernels.Copy2D{Batch: samples, Rows: l.out, Cols: l.in,
			Src: w.Slice(l.weight, w.Len()), StrideSrc: c.parameters, SrcRow: l.in, SrcCol: 1,
			Dst: c.w[i], StrideDst: l.out * (l.in + 1), DstRow: l.in + 1, DstCol: 1}
		c.device.Copy2D(weights)
		biases := weights
		biases.Cols, biases.Src, biases.SrcRow = 1, w.Slice(l.bias, w.Len()), 1
		biases.Dst = c.w[i].Slice(l.in, c.w[i].Len())
		c.device.Copy2D(biases)
	}
}

// joined reports whether a layer with so many inputs may add its bias as one more term: where
// that does not come between the last panel of terms and its addition to those before.
func joined(in int) bool { return in < ref.KC || in%ref.KC == 0 }

// forward computes the activations of rows inputs x, each followed by a 1.
func (c *columns) forward(x kernels.F32, samples, rows int) {
	for i, l := range c.layers {
		g := kernels.Gemm{Transpose: kernels.NT, Batch: samples, M: l.out, N: rows, K: l.in,
			A: c.w[i], LDA: l.in + 1, StrideA: l.out * (l.in + 1), B: x, LDB: l.in + 1,
			C: c.y[i], LDC: c.rows, StrideC: (l.out + 1) * c.rows}
		if i > 0 {
			g.Transpose, g.B, g.LDB, g.StrideB = kernels.NN, c.y[i-1], c.rows, (l.in+1)*c.rows
		}
		if joined(l.in) {
			g.K++
		} else {
			c.device.Gemm(g)
			g.A, g.K, g.Accumulate = c.w[i].Slice(l.in, c.w[i].Len()), 1, true
			g.Transpose, g.B, g.LDB, g.StrideB = kernels.NN, c.ones, c.rows, 0
		}
		if i < len(c.layers)-1 {
			g.Activation = c.network.Activation
		}
		c.device.Gemm(g)
	}
}

// output is the last layer's activations: for each sample (outputs + 1) × rows.
func (c *columns) output() kernels.F32 { return c.y[len(c.y)-1] }

package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// neuronLayouts are a hidden layer between input and output, one above the input only, one with
// nothing but biases, and one without neurons.
func neuronLayouts() []kernels.NeuronBlocks {
	var list []kernels.NeuronBlocks
	for _, s := range [][3]int{{1, 1, 1}, {7, 30, 10}, {20, 33, 3}, {64, 5, 40}, {3, 300, 2}} {
		in, n, out := s[0], s[1], s[2]
		both := kernels.NeuronBlocks{N: n, D: in + 1 + out, Parameters: 3 + in*n + n + n*out + 2,
			Blocks: []kernels.NeuronBlock{{At: 3, Row: in, Col: 1, Column: 0, Cols: in},
				{At: 3 + in*n, Row: 1, Col: 1, Column: in, Cols: 1},
				{At: 3 + in*n + n, Row: 1, Col: n, Column: in + 1, Cols: out}}}
		below, bias := both, both
		below.D, below.Blocks = in+1, both.Blocks[:2]
		bias.D, bias.Blocks = 1, []kernels.NeuronBlock{both.Blocks[1]}
		bias.Blocks[0].Column = 0
		list = append(list, both, below, bias)
	}
	return append(list, kernels.NeuronBlocks{Parameters: 4})
}

// each calls f with every element of the matrix and its parameter.
func each(z kernels.NeuronBlocks, f func(element, parameter int)) {
	for _, b := range z.Blocks {
		for i := range z.N {
			for j := range b.Cols {
				f(i*z.D+b.Column+j, b.At+i*b.Row+j*b.Col)
			}
		}
	}
}

// testNeurons is for devices that sort the parameters of neurons at once.
func testNeurons(t *testing.T, d kernels.Device) {
	device, ok := d.(kernels.NeuronSorter)
	if !ok {
		t.Skip("the device does not sort neurons at once")
	}
	in := newInputs()
	for i, z := range neuronLayouts() {
		batch, size := []int{1, 3, 0}[i%3], z.N*z.D
		c := newCall(t, d, "PackNeurons %d×%d of %d batch=%d", z.N, z.D, z.Parameters, batch)
		op := kernels.PackNeurons{NeuronBlocks: z, Batch: batch}
		var w, toW, mu, toMu, inv, toInv []float32
		op.W, w = c.in32("W", in.wild(batch*z.Parameters))
		op.ToW, toW = c.out32("ToW", batch*size)
		if i%4 != 1 {
			op.Mu, mu = c.in32("Mu", in.wild(z.Parameters))
			op.ToMu, toMu = c.out32("ToMu", size)
		}
		if i%4 != 2 {
			op.InvSigma, inv = c.in32("InvSigma", in.wild(z.Parameters))
			op.ToInvSigma, toInv = c.out32("ToInvSigma", size)
		}
		device.PackNeurons(op)
		each(z, func(e, p int) {
			if op.Mu != nil {
				toMu[e] = mu[p]
			}
			if op.InvSigma != nil {
				toInv[e] = inv[p]
			}
			for s := range batch {
				toW[s*size+e] = w[s*z.Parameters+p]
			}
		})
		c.check()

		c = newCall(t, d, "AddNeurons %d×%d of %d batch=%d", z.N, z.D, z.Parameters, batch)
		add := kernels.AddNeurons{NeuronBlocks: z, Batch: batch, Scale: -0.3}
		var src, dw []float32
		add.Src, src = c.in32("Src", in.wild(batch*size))
		add.DW, dw = c.in32("DW", in.wild(batch*z.Parameters))
		device.AddNeurons(add)
		each(z, func(e, p int) {
			for s := range batch {
				ref.AddTo(dw[s*z.Parameters+p:][:1], []float32{float32(add.Scale * src[s*size+e])})
			}
		})
		c.check()
	}
}

// testNeuronPairs is for devices that compare neurons where they lie: it holds them to the other
// operations.
func testNeuronPairs(t *testing.T, d kernels.Device) {
	device, ok := d.(kernels.NeuronPairer)
	if !ok {
		t.Skip("the device does not compare neurons where they lie")
	}
	in := newInputs()
	pairs := 0
	for i, z := range append(neuronLayouts(), wideNeurons()...) {
		batch := []int{1, 3}[i%2]
		if !device.PairsNeurons(z, batch) {
			continue
		}
		pairs++
		size, squares := z.N*z.D, batch*z.N*z.N
		c := newCall(t, d, "NeuronPairs %d×%d of %d batch=%d", z.N, z.D, z.Parameters, batch)
		op := kernels.NeuronPairs{NeuronBlocks: z, Batch: batch}
		var w, mu, inv, dw, coefficients []float32
		var densities []float64
		op.W, w = c.in32("W", in.normal(batch*z.Parameters, 1))
		op.Mu, mu = c.in32("Mu", in.normal(z.Parameters, 1))
		op.InvSigma, inv = c.in32("InvSigma", in.positive(z.Parameters, 2))
		op.C, densities = c.out64("C", squares)
		device.NeuronPairs(op)
		ofMu, ofInv, ofW, ofDW := make([]float32, size), make([]float32, size),
			make([]float32, batch*size), make([]float32, batch*size)
		each(z, func(e, p int) {
			ofMu[e], ofInv[e] = mu[p], inv[p]
			for s := range batch {
				ofW[s*size+e] = w[s*z.Parameters+p]
			}
		})
		pairLogDensities(densities, ofW, ofMu, ofInv, batch, z.N, z.D)
		c.check()

		c = newCall(t, d, "NeuronGrad %d×%d of %d batch=%d", z.N, z.D, z.Parameters, batch)
		grad := kernels.NeuronGrad{NeuronBlocks: z, Batch: batch, Scale: -0.3}
		grad.W, _ = c.in32("W", w)
		grad.Mu, _ = c.in32("Mu", mu)
		grad.InvSigma, _ = c.in32("InvSigma", inv)
		grad.Coefficients, coefficients = c.in32("Coefficients", in.sparse(squares))
		grad.DW, dw = c.in32("DW", in.normal(batch*z.Parameters, 1))
		device.NeuronGrad(grad)
		pairGrads(ofDW, coefficients, ofW, ofMu, ofInv, batch, z.N, z.D)
		each(z, func(e, p int) {
			for s := range batch {
				ref.AddTo(dw[s*z.Parameters+p:][:1], []float32{float32(grad.Scale * ofDW[s*size+e])})
			}
		})
		c.check()
	}
	if pairs == 0 {
		t.Skip("the device sorts all neurons first")
	}
}

// wideNeurons have inputs whose rows begin at multiples of four parameters, and more than a vector
// of them a thread.
func wideNeurons() []kernels.NeuronBlocks {
	var list []kernels.NeuronBlocks
	for _, s := range [][3]int{{784, 30, 10}, {260, 17, 1}, {4, 8, 2}} {
		in, n, out := s[0], s[1], s[2]
		list = append(list, kernels.NeuronBlocks{N: n, D: in + 1 + out,
			Parameters: 4 * (in*n + n + n*out),
			Blocks: []kernels.NeuronBlock{{At: 4, Row: in, Col: 1, Column: 0, Cols: in},
				{At: 4 + in*n, Row: 1, Col: 1, Column: in, Cols: 1},
				{At: 4 + in*n + n, Row: 1, Col: n, Column: in + 1, Cols: out}}})
	}
	return list
}

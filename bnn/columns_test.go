package bnn

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// Activations in columns have the bits of those in rows, for few and for many inputs, for
// whole chunks and for the last ones.
func TestColumnsAgainstPass(t *testing.T) {
	for _, widths := range [][]int{{1, 1}, {20, 50, 1}, {3, 511, 2}, {3, 512, 2}, {5, 513, 1},
		{600, 7, 5, 1}, {1024, 3}} {
		for _, activation := range []kernels.Activation{kernels.ReLU, kernels.Tanh} {
			n := Network{widths, activation}
			q := must.Get(NewPosterior(Model{n, Gaussian(1), Prior{Std: 1}}, 0.3, 1))(t)
			const samples, most = 3, 37
			s := &scratch{device: newCPU(t, cpu.Options{})}
			p, c := newPass(s, n, samples, most, false), newColumns(s, n, samples, most)
			p.sample(q.upload(s, true), kernels.Key{Seed: 4}, samples)
			c.load(p.w, samples)
			for _, rows := range []int{most, 5} {
				in, out := n.inputs(), n.outputs()
				x, withOnes := make([]float32, rows*in), ones(rows*(in+1))
				kernels.Key{Seed: 2}.Normals(x, 0)
				for i := range rows {
					copy(withOnes[i*(in+1):], x[i*in:(i+1)*in])
				}
				p.forward(s.upload(x), samples, rows)
				c.forward(s.upload(withOnes), samples, rows)
				want, err1 := kernels.Read(p.output())
				got, err2 := kernels.Read(c.output())
				if err1 != nil || err2 != nil {
					t.Fatal(err1, err2)
				}
				for i := range samples * rows * out {
					sample, row, j := i/(rows*out), i/out%rows, i%out
					g, w := got[(sample*(out+1)+j)*most+row], want[i]
					if math.Float32bits(g) != math.Float32bits(w) {
						t.Fatalf("%v, %v, %d rows: output %d of row %d and sample %d is %v, in rows %v",
							widths, activation, rows, j, row, sample, g, w)
					}
				}
			}
		}
	}
}

//go:build cuda

package cuda

import (
	"fmt"
	"math"
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// outputCase is one OutputLayer with its inputs.
type outputCase struct {
	batch, rows, in, out int
	activation           kernels.Activation
	labels               bool
	noise                outputNoise
	wild                 bool // some inputs are infinite or not a number
}

// outputNoise is how the noise of real targets is found.
type outputNoise int

const (
	fixed outputNoise = iota
	learned
	ofInputs
)

func (c outputCase) String() string {
	return fmt.Sprintf("%dx%dx%dx%d/%v/labels=%v/noise=%d/wild=%v", c.batch, c.rows, c.in, c.out,
		c.activation, c.labels, c.noise, c.wild)
}

// run returns the bits of everything that the operation writes, in buffers that were full of
// something else.
func (c outputCase) run(t *testing.T, d kernels.Device) map[string][]uint64 {
	t.Helper()
	stride := c.out*c.in + c.out + c.in + 3
	drawn := func(stream uint32, n int) []float32 {
		x := make([]float32, n)
		kernels.Key{Seed: 5, Stream: stream}.Normals(x, 0)
		if c.wild {
			for i := 3; i < n; i += 41 {
				x[i] = []float32{float32(math.Inf(1)), float32(math.NaN()), 0,
					float32(math.Copysign(0, -1)), 1e38}[i%5]
			}
		}
		return x
	}
	var buffers []interface{ Free() }
	defer func() {
		for _, b := range buffers {
			b.Free()
		}
	}()
	f32 := func(x []float32) kernels.F32 {
		b := d.Float32(len(x))
		b.Upload(x)
		buffers = append(buffers, b)
		return b
	}
	sum := d.Float64(1)
	buffers = append(buffers, sum)
	sum.Upload([]float64{0.125})
	x := drawn(1, c.batch*c.rows*c.in)
	for i := range x {
		if c.activation != kernels.Identity {
			x[i] = max(x[i]/4, 0)
		}
	}
	parameters, gradients := f32(drawn(2, c.batch*stride)), f32(drawn(3, c.batch*stride))
	values := c.batch * c.rows * c.out
	o := kernels.OutputLayer{Batch: c.batch, Rows: c.rows, In: c.in, Out: c.out, X: f32(x),
		Activation: c.activation,
		W:          parameters, Bias: parameters.Slice(c.out*c.in, c.batch*stride), Stride: stride,
		Scale: 0.75, SumScale: -1.5, Y: f32(drawn(4, values)), DY: f32(drawn(5, values)),
		Loss: f32(drawn(6, c.batch*c.rows)), Sum: sum,
		DW: gradients, DBias: gradients.Slice(c.out*c.in, c.batch*stride),
		DBiasBelow: gradients.Slice(c.out*c.in+c.out, c.batch*stride),
		DX:         f32(drawn(7, c.batch*c.rows*c.in))}
	if c.labels {
		labels := make([]int32, c.rows)
		for r := range labels {
			labels[r] = int32(r * 7 % c.out)
		}
		o.Labels = d.Int32(c.rows)
		o.Labels.Upload(labels)
		buffers = append(buffers, o.Labels)
	} else {
		o.Noise = 0.3
		o.GradRaw = f32(drawn(9, values))
		switch c.noise {
		case learned:
			o.Raw = f32(drawn(10, c.out))
		case ofInputs:
			o.Raw, o.GradRaw, o.StrideRaw = o.Y.Slice(c.out/2, values), o.DY.Slice(c.out/2, values), c.out
		}
		o.Target = f32(drawn(8, c.rows*o.Targets()))
	}
	kernels.RunOutputLayer(d, o)
	bits := map[string][]uint64{}
	for name, b := range map[string]kernels.F32{"y": o.Y, "dy": o.DY, "loss": o.Loss,
		"gradients": gradients, "dx": o.DX, "gradRaw": o.GradRaw} {
		if b == nil {
			continue
		}
		for _, v := range read(t, b) {
			if v != v {
				v = float32(math.NaN()) // any NaN will do
			}
			bits[name] = append(bits[name], uint64(math.Float32bits(v)))
		}
	}
	total, err := kernels.Read(sum)
	if err != nil {
		t.Fatal(err)
	}
	if total[0] == total[0] {
		bits["sum"] = []uint64{math.Float64bits(total[0])}
	}
	return bits
}

// TestOutputLayer: the bits of the operations one by one, over the ends of blocks, steps and
// panels, with every number of outputs.
func TestOutputLayer(t *testing.T) {
	cases := []outputCase{
		{1, 100, 30, 10, kernels.ReLU, true, fixed, false},
		{3, 33, 65, 10, kernels.Tanh, true, fixed, false},
		{2, 5, 130, 3, kernels.Identity, false, fixed, false},
		{1, 1, 1, 1, kernels.ReLU, false, fixed, false},
		{1, 70, 512, 4, kernels.ReLU, true, fixed, false},
		{2, 32, 513, 12, kernels.ReLU, true, fixed, false},
		{1, 31, 1100, 2, kernels.Tanh, false, fixed, false},
		{1, 513, 20, 5, kernels.ReLU, true, fixed, false},
		{1, 1100, 66, 9, kernels.Tanh, true, fixed, false},
		{5, 900, 3, 2, kernels.ReLU, true, fixed, false}, // more losses than a chunk
		{2, 40, 30, 17, kernels.ReLU, true, fixed, false},
		{1, 40, 30, 6, kernels.ReLU, true, fixed, true},
		{2, 64, 64, 16, kernels.Tanh, false, fixed, true},
		{1, 40, 50, 2, kernels.ReLU, false, ofInputs, false},
		{3, 33, 50, 16, kernels.Tanh, false, ofInputs, false},
		{2, 9, 7, 6, kernels.ReLU, false, ofInputs, true},
		{2, 40, 50, 3, kernels.ReLU, false, learned, false},
		{1, 17, 20, 16, kernels.Tanh, false, learned, true},
	}
	for out := 1; out <= outputMost; out++ {
		cases = append(cases, outputCase{1, 7, 9, out, kernels.Activation(out % 3), out%2 == 0,
			fixed, false})
	}
	host, err := cpu.New(cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	for _, c := range cases {
		t.Run(c.String(), func(t *testing.T) { compare(t, c.run(t, newDevice(t)), c.run(t, host)) })
	}
}

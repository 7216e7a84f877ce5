//go:build cuda

package cuda

import (
	"fmt"

	"github.com/symvi/symvi/kernels"
)

const (
	// outputMost is the number of outputs that output.cu has registers for.
	outputMost = 16
	// outputRows and outputInputs are what a block of output_forward and output_backward owns.
	outputRows   = 8
	outputInputs = 32
)

var _ kernels.OutputLayers = (*Device)(nil)

// OutputLayer implements kernels.OutputLayers: a block for 8 rows forward, then a block for 32
// inputs backward and one for the losses. With more outputs than a thread can hold it goes
// operation by operation.
func (d *Device) OutputLayer(o kernels.OutputLayer) {
	o.Check()
	if o.Out > outputMost || o.Batch*o.Rows*o.In == 0 {
		o.Compose(d)
		return
	}
	var invNoise, constant float32
	switch {
	case o.Raw != nil:
		loss := o.ScaleNLL()
		constant = loss.Constant()
	case o.Target != nil:
		loss := o.NLL()
		invNoise, constant = loss.Constants()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	tiles := blocks(o.Rows, outputRows)
	d.launch(kernel{"output", "output_forward"}, dim3{x: o.Batch * tiles}, dim3{x: 128}, 0,
		ptr(o.Y), ptr(o.DY), ptr(o.Loss), source(o.X), source(o.W), source(o.Bias), source(o.Labels),
		source(o.Target), source(o.Raw), ptr(o.GradRaw), num(o.Stride), num(o.Rows), num(o.In),
		num(o.Out), num(o.Targets()), num(tiles), f32(o.Scale), f32(invNoise), f32(constant),
		replicaStride)
	tiles = blocks(o.In, outputInputs)
	d.launch(outputBackward[(o.Out-1)/4], dim3{x: o.Batch*tiles + 1}, dim3{x: 256}, 0,
		ptr(o.DX), ptr(o.DW), ptr(o.DBias), ptr(o.DBiasBelow), ptr(o.Sum), source(o.X), source(o.W),
		source(o.DY), source(o.Loss), num(o.Stride), num(o.Rows), num(o.In), num(o.Out), num(tiles),
		num(o.Batch), num(int(o.Activation)), f64(o.SumScale), replicaStride, ptr[float64](nil),
		ptr[float32](nil), ptr[float32](nil), ptr[float32](nil), f32(0), num(0))
}

// outputBackward are the kernels for up to 4, 8, 12 and 16 outputs.
var outputBackward = func() (k [outputMost / 4]kernel) {
	for i := range k {
		k[i] = kernel{"output", fmt.Sprintf("output_backward_%d", 4*(i+1))}
	}
	return k
}()

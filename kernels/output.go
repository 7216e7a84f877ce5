package kernels

// OutputLayer is the last layer of a network, its loss and the gradients that go through both,
// for Batch items (samples of the weights) of Rows rows:
//
//	Y      = X·Wᵀ + Bias                       Loss[item, r] and DY = Scale·∂Loss/∂Y
//	Sum   += SumScale·Σ Loss                   DW = DYᵀ·X,  DBias = Σ_r DY
//	DX     = (DY·W) ⊙ act′(X)                  DBiasBelow = Σ_r DX
//
// It is what Compose makes of it, bit for bit. X are the activations of the layer below, after
// Activation. An item's weights, Out×In, and Out biases begin Stride elements after the item's
// before, and so do their gradients and DBiasBelow, In values. With Labels the loss is
// SoftmaxCrossEntropy, with Target GaussianNLL of the noise standard deviation Noise, or, with Raw,
// GaussianScaleNLL: then Raw is one noise for all rows (StrideRaw 0, Out targets, and GradRaw
// gets a row of Out gradients for each of Y), or the second half of the outputs (StrideRaw Out,
// Out/2 targets: Raw is Y, and GradRaw DY, from element Out/2 on).
type OutputLayer struct {
	Batch, Rows, In, Out  int
	X                     F32
	Activation            Activation
	W, Bias               F32
	Stride                int
	Labels                I32
	Target                F32
	Noise                 float32
	Raw, GradRaw          F32
	StrideRaw             int
	Scale                 float32
	SumScale              float64
	Y, DY, Loss           F32
	Sum                   F64
	DW, DBias, DBiasBelow F32
	DX                    F32
}

// OutputLayers is a Device that has an OutputLayer of its own.
type OutputLayers interface {
	OutputLayer(OutputLayer)
}

// RunOutputLayer runs it on a device, operation by operation where the device knows no better.
func RunOutputLayer(d Device, o OutputLayer) {
	if own, ok := d.(OutputLayers); ok {
		own.OutputLayer(o)
		return
	}
	o.Compose(d)
}

// Compose runs the operations that an OutputLayer consists of.
func (o *OutputLayer) Compose(d Device) {
	rows, in, out := o.Rows, o.In, o.Out
	d.Gemm(Gemm{Transpose: NT, Batch: o.Batch, M: rows, N: out, K: in,
		A: o.X, LDA: in, StrideA: rows * in, B: o.W, LDB: in, StrideB: o.Stride,
		C: o.Y, LDC: out, StrideC: rows * out, Bias: o.Bias, StrideBias: o.Stride})
	switch {
	case o.Labels != nil:
		d.SoftmaxCrossEntropy(o.crossEntropy())
	case o.Raw != nil:
		d.GaussianScaleNLL(o.ScaleNLL())
	default:
		d.GaussianNLL(o.NLL())
	}
	d.Sum(Sum{Batch: 1, N: o.Batch * rows, Src: o.Loss, Dst: o.Sum, Scale: o.SumScale,
		Accumulate: true})
	d.Gemm(Gemm{Transpose: TN, Batch: o.Batch, M: out, N: in, K: rows,
		A: o.DY, LDA: out, StrideA: rows * out, B: o.X, LDB: in, StrideB: rows * in,
		C: o.DW, LDC: in, StrideC: o.Stride})
	d.SumRows(SumRows{Batch: o.Batch, Rows: rows, Cols: out, X: o.DY, Dst: o.DBias,
		StrideDst: o.Stride})
	d.Gemm(Gemm{Transpose: NN, Batch: o.Batch, M: rows, N: in, K: out,
		A: o.DY, LDA: out, StrideA: rows * out, B: o.W, LDB: in, StrideB: o.Stride,
		C: o.DX, LDC: in, StrideC: rows * in})
	d.ActivationGrad(ActivationGrad{Activation: o.Activation, N: o.Batch * rows * in, Y: o.X,
		DY: o.DX, DX: o.DX})
	d.SumRows(SumRows{Batch: o.Batch, Rows: rows, Cols: in, X: o.DX, Dst: o.DBiasBelow,
		StrideDst: o.Stride})
}

func (o *OutputLayer) crossEntropy() SoftmaxCrossEntropy {
	return SoftmaxCrossEntropy{Batch: o.Batch, Rows: o.Rows, Classes: o.Out, Logits: o.Y,
		Labels: o.Labels, Loss: o.Loss, Grad: o.DY, Scale: o.Scale}
}

// NLL is the loss where there is a Target.
func (o *OutputLayer) NLL() GaussianNLL {
	return GaussianNLL{Batch: o.Batch, Rows: o.Rows, Outputs: o.Out, Prediction: o.Y,
		Target: o.Target, Noise: o.Noise, Loss: o.Loss, Grad: o.DY, Scale: o.Scale}
}

// Targets is the number of a row's targets.
func (o *OutputLayer) Targets() int {
	if o.StrideRaw > 0 {
		return o.Out / 2
	}
	return o.Out
}

// ScaleNLL is the loss where there is a Raw.
func (o *OutputLayer) ScaleNLL() GaussianScaleNLL {
	return GaussianScaleNLL{Batch: o.Batch, Rows: o.Rows, Targets: o.Targets(), Mean: o.Y,
		StrideMean: o.Out,
		Raw:        o.Raw, StrideRaw: o.StrideRaw, Target: o.Target, Loss: o.Loss, GradMean: o.DY,
		StrideGradMean: o.Out,
		GradRaw:        o.GradRaw, StrideGradRaw: o.Out, Scale: o.Scale}
}

// Check panics unless the buffers hold the shapes.
func (o *OutputLayer) Check() {
	const op = "OutputLayer"
	checkArg(o.Out > 0 || o.Batch*o.Rows == 0, op, "%d outputs, want at least 1", o.Out)
	checkArg((o.Labels == nil) != (o.Target == nil), op, "labels or targets, not both: %v",
		o.Labels != nil)
	weights, biases := matrices{o.Batch, o.Stride, o.Out, o.In, o.In},
		matrices{o.Batch, o.Stride, 1, o.Out, o.Out}
	below := matrices{o.Batch, o.Stride, 1, o.In, o.In}
	check(op, "X", o.X, dense(o.Batch*o.Rows, o.In))
	check(op, "W", o.W, weights)
	check(op, "Bias", o.Bias, biases)
	check(op, "Y", o.Y, dense(o.Batch*o.Rows, o.Out))
	check(op, "Sum", o.Sum, vector(1))
	checkOutput(op, "DW", o.DW, weights)
	checkOutput(op, "DBias", o.DBias, biases)
	checkOutput(op, "DBiasBelow", o.DBiasBelow, below)
	check(op, "DX", o.DX, dense(o.Batch*o.Rows, o.In))
	if o.Labels != nil {
		loss := o.crossEntropy()
		loss.Check()
		return
	}
	if o.Raw != nil {
		checkArg(o.StrideRaw == 0 || o.StrideRaw == o.Out && o.Out%2 == 0, op,
			"Raw begins %v elements apart, want 0 or an even Out", [2]int{o.StrideRaw, o.Out})
		loss := o.ScaleNLL()
		loss.Check()
		return
	}
	loss := o.NLL()
	loss.Check()
}

package bnn

import "github.com/symvi/symvi/kernels"

// lossSum says where the losses of a gradient go and how they count.
type lossSum struct {
	rows  kernels.F32 // −log p(y|x, ω) of every row of every sample
	total kernels.F64 // += −scale·Σ rows
	scale float64     // of the gradient
}

// gradient runs all samples over rows inputs x, forward and backward: the gradient dw of
// scale times the sum of the losses, but for the first layer's weights.
func (p *pass) gradient(l Likelihood, x kernels.F32, t targets, samples, rows int, loss lossSum) {
	last := len(p.layers) - 1
	if last == 0 {
		p.forward(x, samples, rows)
		p.loss(l, t, samples, rows, loss.rows, p.dout, loss.scale)
		p.device.Sum(kernels.Sum{Batch: 1, N: samples * rows, Src: loss.rows, Dst: loss.total,
			Scale: -loss.scale, Accumulate: true})
		p.backward(x, samples, rows)
		return
	}
	p.forwardTo(last, x, samples, rows)
	kernels.RunOutputLayer(p.device, p.outputLayer(l, t, samples, rows, loss))
	for i := last - 1; i >= 0; i-- {
		if i > 0 {
			p.weightGrad(i, x, samples, rows)
		}
		if i < last-1 { // the output layer has done the one below it
			p.biasGrad(i, samples, rows)
		}
		p.inputGrad(i, samples, rows)
	}
}

// outputLayer is the last layer with its loss, above a hidden one.
func (p *pass) outputLayer(l Likelihood, t targets, samples, rows int,
	loss lossSum) kernels.OutputLayer {
	i := len(p.layers) - 1
	o := kernels.OutputLayer{Batch: samples, Rows: rows, In: p.layers[i].in, Out: p.layers[i].out,
		X: p.y[i-1], Activation: p.network.Activation, W: p.weight[i], Bias: p.bias[i],
		Stride: p.network.Parameters(),
		Labels: t.labels, Target: t.real, Noise: float32(l.noise), Scale: float32(loss.scale),
		SumScale: -loss.scale,
		Y:        p.y[i], DY: p.dy[i], Loss: loss.rows, Sum: loss.total,
		DW: p.dWeight[i], DBias: p.dBias[i], DBiasBelow: p.dBias[i-1], DX: p.dy[i-1]}
	switch l.kind {
	case LikelihoodGaussianLearned:
		o.Raw, o.GradRaw = p.noise, p.noiseGrad
	case LikelihoodGaussianHeteroscedastic:
		o.Raw, o.GradRaw, o.StrideRaw = p.out.scales, p.dout.scales, o.Out
	}
	return o
}

package bnn

import "github.com/symvi/symvi/kernels"

// pass runs networks forward and backward: samples weight vectors at once over
// at most rows inputs. All buffers are allocated once.
type pass struct {
	device        kernels.Device
	network       Network
	layers        []layer
	samples, rows int
	w, dw         kernels.F32   // samples×P weights and, for training, their gradients
	weight, bias  []kernels.F32 // the layers' parts of w, stride P
	dWeight       []kernels.F32
	dBias         []kernels.F32
	y, dy         []kernels.F32 // samples×rows×out activations and gradients of each layer

	out, dout        outputs     // the last of y and dy
	noise, noiseGrad kernels.F32 // of GaussianLearned: T raw values, and samples×rows×T
}

func newPass(s *scratch, n Network, samples, rows int, train bool) *pass {
	p := &pass{device: s.device, network: n, layers: n.layers(), samples: samples, rows: rows}
	size := n.Parameters()
	p.setWeights(s.f32(samples * size))
	if train {
		p.setGradients(s.f32(samples * size))
	}
	for _, l := range p.layers {
		p.y = append(p.y, s.f32(samples*rows*l.out))
		if train {
			p.dy = append(p.dy, s.f32(samples*rows*l.out))
		}
	}
	last, width := len(p.layers)-1, n.outputs()
	p.out = newOutputs(p.y[last], width)
	if train {
		p.dout = newOutputs(p.dy[last], width)
	}
	return p
}

// outputs are rows of a network's outputs, or of their gradients; scales begins at the first
// row's second half, which is a heteroscedastic noise where the likelihood has one.
type outputs struct{ all, scales kernels.F32 }

func newOutputs(all kernels.F32, width int) outputs {
	return outputs{all, all.Slice(width/2, all.Len())}
}

// setWeights takes the weights of all samples from w.
func (p *pass) setWeights(w kernels.F32) {
	p.w, p.weight, p.bias = w, nil, nil
	for _, l := range p.layers {
		p.weight = append(p.weight, w.Slice(l.weight, w.Len()))
		p.bias = append(p.bias, w.Slice(l.bias, w.Len()))
	}
}

// setGradients puts the gradients of all samples' weights into dw.
func (p *pass) setGradients(dw kernels.F32) {
	p.dw, p.dWeight, p.dBias = dw, nil, nil
	for _, l := range p.layers {
		p.dWeight = append(p.dWeight, dw.Slice(l.weight, dw.Len()))
		p.dBias = append(p.dBias, dw.Slice(l.bias, dw.Len()))
	}
}

// passFloats is the memory of a pass, in float32 values per sample.
func passFloats(n Network, rows int) int {
	total := n.Parameters()
	for _, w := range n.Widths[1:] {
		total += w * rows
	}
	return total
}

// sample draws the weights of the given number of samples, starting at key.
func (p *pass) sample(q gaussian, key kernels.Key, samples int) {
	p.draw(q, key, samples, false)
}

// draw is sample; keep is what kernels.SampleGaussian says.
func (p *pass) draw(q gaussian, key kernels.Key, samples int, keep bool) {
	p.device.SampleGaussian(kernels.SampleGaussian{Key: key, Samples: samples,
		N: p.network.Parameters(), Mu: q.mu, Sigma: q.sigma, W: p.w, Keep: keep})
}

// sampleOne draws the weights of sample i alone.
func (p *pass) sampleOne(q gaussian, key kernels.Key, i int) {
	size := p.network.Parameters()
	p.device.SampleGaussian(kernels.SampleGaussian{Key: key, Samples: 1, N: size, Mu: q.mu,
		Sigma: q.sigma, W: p.w.Slice(i*size, (i+1)*size)})
}

// output is the last layer's activations: logits, predicted means, means and scales.
func (p *pass) output() kernels.F32 { return p.out.all }

// forward computes all activations for rows inputs x, shared by all samples.
func (p *pass) forward(x kernels.F32, samples, rows int) {
	p.forwardTo(len(p.layers), x, samples, rows)
}

// forwardTo is forward up to the first n layers.
func (p *pass) forwardTo(n int, x kernels.F32, samples, rows int) {
	size := p.network.Parameters()
	stride := 0
	for i, l := range p.layers[:n] {
		g := kernels.Gemm{Transpose: kernels.NT, Batch: samples, M: rows, N: l.out, K: l.in,
			A: x, LDA: l.in, StrideA: stride, B: p.weight[i], LDB: l.in, StrideB: size,
			C: p.y[i], LDC: l.out, StrideC: rows * l.out, Bias: p.bias[i], StrideBias: size}
		if i < len(p.layers)-1 {
			g.Activation = p.network.Activation
		}
		p.device.Gemm(g)
		x, stride = p.y[i], rows*l.out
	}
}

// backward turns the gradient at the output, in dy, into the gradient dw, but for the first
// layer's weights.
func (p *pass) backward(x kernels.F32, samples, rows int) {
	for i := len(p.layers) - 1; i >= 0; i-- {
		if i > 0 {
			p.weightGrad(i, x, samples, rows)
		}
		p.biasGrad(i, samples, rows)
		p.inputGrad(i, samples, rows)
	}
}

// weightGrad computes the gradient of a layer's weights; x are the network's inputs.
func (p *pass) weightGrad(i int, x kernels.F32, samples, rows int) {
	p.device.Gemm(p.weightProduct(i, x, samples, rows))
}

// weightProduct is the product that is the gradient of a layer's weights.
func (p *pass) weightProduct(i int, x kernels.F32, samples, rows int) kernels.Gemm {
	l, below, stride := p.layers[i], x, 0
	if i > 0 {
		below, stride = p.y[i-1], rows*l.in
	}
	return kernels.Gemm{Transpose: kernels.TN, Batch: samples, M: l.out, N: l.in, K: rows,
		A: p.dy[i], LDA: l.out, StrideA: rows * l.out, B: below, LDB: l.in, StrideB: stride,
		C: p.dWeight[i], LDC: l.in, StrideC: p.network.Parameters()}
}

// biasGrad is the gradient of a layer's biases.
func (p *pass) biasGrad(i, samples, rows int) {
	p.device.SumRows(kernels.SumRows{Batch: samples, Rows: rows, Cols: p.layers[i].out, X: p.dy[i],
		Dst: p.dBias[i], StrideDst: p.network.Parameters()})
}

// inputGrad turns the gradient dy of a layer into that of the layer below, if there is one.
func (p *pass) inputGrad(i, samples, rows int) {
	if i == 0 {
		return
	}
	l := p.layers[i]
	p.device.Gemm(kernels.Gemm{Transpose: kernels.NN, Batch: samples, M: rows, N: l.in, K: l.out,
		A: p.dy[i], LDA: l.out, StrideA: rows * l.out, B: p.weight[i], LDB: l.in,
		StrideB: p.network.Parameters(),
		C:       p.dy[i-1], LDC: l.in, StrideC: rows * l.in})
	p.device.ActivationGrad(kernels.ActivationGrad{Activation: p.network.Activation,
		N: samples * rows * l.in,
		Y: p.y[i-1], DY: p.dy[i-1], DX: p.dy[i-1]})
}

// targets are a minibatch's labels or real targets on the device.
type targets struct {
	labels kernels.I32
	real   kernels.F32
}

// setNoise is called for a likelihood whose noise is learned: raw holds softplus⁻¹ of each
// target's noise.
func (p *pass) setNoise(s *scratch, raw kernels.F32) {
	p.noise, p.noiseGrad = raw, s.f32(p.samples*p.rows*raw.Len())
}

// loss computes −log p(y|x, ω) of every row into loss and scale times its gradient
// with respect to the output into grad, which may be the output itself; and, where the
// noise is learned, with respect to it into noiseGrad, a row for each of the data.
func (p *pass) loss(l Likelihood, t targets, samples, rows int, loss kernels.F32, grad outputs,
	scale float64) {
	out := p.network.outputs()
	switch l.kind {
	case LikelihoodGaussian:
		p.device.GaussianNLL(kernels.GaussianNLL{Batch: samples, Rows: rows, Outputs: out,
			Prediction: p.output(), Target: t.real, Noise: float32(l.noise),
			Loss: loss, Grad: grad.all, Scale: float32(scale)})
	case LikelihoodGaussianLearned:
		p.device.GaussianScaleNLL(kernels.GaussianScaleNLL{Batch: samples, Rows: rows, Targets: out,
			Mean: p.output(), StrideMean: out, Raw: p.noise, Target: t.real, Loss: loss,
			GradMean: grad.all, StrideGradMean: out, GradRaw: p.noiseGrad, StrideGradRaw: out,
			Scale: float32(scale)})
	case LikelihoodGaussianHeteroscedastic:
		n := out / 2
		p.device.GaussianScaleNLL(kernels.GaussianScaleNLL{Batch: samples, Rows: rows, Targets: n,
			Mean: p.output(), StrideMean: out, Raw: p.out.scales, StrideRaw: out, Target: t.real, Loss: loss,
			GradMean: grad.all, StrideGradMean: out, GradRaw: grad.scales, StrideGradRaw: out,
			Scale: float32(scale)})
	default:
		p.device.SoftmaxCrossEntropy(kernels.SoftmaxCrossEntropy{Batch: samples, Rows: rows, Classes: out,
			Logits: p.output(), Labels: t.labels, Loss: loss, Grad: grad.all, Scale: float32(scale)})
	}
}

package bnn

import "github.com/symvi/symvi/kernels"

// step does one step of Adam on −L̂ (docs/math.md, "A training step").
func (t *Trainer) step() {
	dev, o, s := t.device, &t.options, t.options.Samples
	done := t.done()
	key := kernels.Key{Seed: o.Seed, Stream: streamTrain, Step: uint32(done)}
	index := t.batches[t.batch]
	rows := index.Len()

	if !t.gathered {
		t.data.gather(index)
	}
	if !t.sampled {
		t.scale()
		t.pass.sample(t.q, key, s)
		t.sampled = true
	}
	t.pass.gradient(t.model.Likelihood, t.data.batchX, t.data.batch, s, rows,
		lossSum{t.loss, t.logLikelihood, float64(t.n) / float64(rows*s)})

	weight := o.klWeight(done)
	first := t.pass.weightProduct(0, t.data.batchX, s, rows)
	if _, alone := t.estimator.(none); !alone { // it adds to the whole gradient
		dev.Gemm(first)
		first = kernels.Gemm{}
	}
	t.symmetrize(key, weight)
	if t.noise != nil {
		n := t.noise.Len()
		dev.SumRows(kernels.SumRows{Batch: 1, Rows: s * rows, Cols: n, X: t.pass.noiseGrad,
			Dst: t.dNoise, StrideDst: n})
	}
	next := key
	next.Step++
	held := t.held.at(done)
	var ahead kernels.Minibatch
	if t.gathered = t.batch+1 < t.perEpoch; t.gathered { // the next epoch's are not dealt yet
		ahead = t.data.minibatch(t.batches[t.batch+1])
	}
	kernels.RunGaussianStep(dev, kernels.GaussianStep{N: t.size, Extra: t.x.Len() - 2*t.size,
		Samples: s, Product: first, Key: key, DW: t.pass.dw,
		PriorStd: float32(t.model.Prior.Std), InvPrior: t.prior.inverse, Weight: float32(weight), KL: t.kl,
		HeldLo: held.lo, HeldHi: held.hi, X: t.x, M: t.moment1, V: t.moment2, Grad: t.grad,
		LR:    o.LearningRate * o.Schedule.rate(done, t.total),
		Beta1: beta1, Beta2: beta2, Epsilon: epsilon, Step: done + 1,
		Sigma: t.q.sigma, InvSigma: t.q.inv, Next: next, W: t.pass.w, Minibatch: ahead})
	t.batch++
}

// scale computes σ and 1/σ of all parameters.
func (t *Trainer) scale() {
	t.device.GaussianScale(kernels.GaussianScale{N: t.size, Rho: t.rho, Sigma: t.q.sigma,
		InvSigma: t.q.inv})
}

// symmetrize evaluates the information of the step's samples, in the steps of the cadence, and
// adds weight times its gradient to theirs.
func (t *Trainer) symmetrize(key kernels.Key, weight float64) {
	count := t.cadence.weight(t.batch)
	if count == 0 {
		return
	}
	s := t.options.Samples
	key.Stream = streamTrainPermutations
	t.estimator.prepare()
	t.estimator.evaluate(t.pass.w, s, key, true)
	t.estimator.addGradient(t.pass.w, t.pass.dw, s, -weight*float64(count)/float64(s))
	f := t.estimator.found()
	switch {
	case f.bounds != nil:
		t.sum(f.bounds, t.bounds)
	case f.information != nil:
		t.sum(f.information, t.information)
	}
}

// sum adds the means over the step's samples of what was found to sums over steps.
func (t *Trainer) sum(found, sums kernels.F64) {
	s := t.options.Samples
	t.device.Sum(kernels.Sum{Batch: sums.Len(), N: s, Src64: found, Dst: sums, Scale: 1 / float64(s),
		Accumulate: true})
}

// heldScale keeps a heteroscedastic noise constant over inputs during the first steps, by
// taking the gradient from its weights. A noise that is free from the beginning explains
// badly fitted points away before the means have learned them.
type heldScale struct {
	steps   int
	weights span
}

func newHeldScale(m Model, steps int) heldScale {
	weights, _ := m.noiseParameters()
	return heldScale{steps, weights}
}

// at is the range of parameters that the step after done ones holds.
func (h heldScale) at(done int) span {
	if done >= h.steps {
		return span{}
	}
	return h.weights
}

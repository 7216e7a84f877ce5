package bnn

import "github.com/symvi/symvi/kernels"

// stepKind is what tells a step from others, of all that its operations are told by the host.
type stepKind struct {
	rows    int  // of its minibatch
	count   int  // for how many steps the evaluation of the information counts (cadence)
	inverse bool // the next step may evaluate it, which takes 1/σ
	held    bool // see heldScale
}

// kind is that of the step after so many minibatches of the epoch.
func (t *Trainer) kind(batch int) stepKind {
	done := t.epoch*t.perEpoch + batch
	return stepKind{t.batches[batch].Len(), t.cadence.weight(batch), t.inverseAfter(batch),
		t.held.at(done).len() > 0}
}

// inverseAfter reports whether the step after that of a minibatch may evaluate the information. An
// epoch begins with an evaluation, by a cadence that is not known before.
func (t *Trainer) inverseAfter(batch int) bool {
	return t.q.inv != nil && (batch+1 == t.perEpoch || t.cadence.weight(batch+1) > 0)
}

// queuedStep is a step as it is queued. With a state, number and seed are 0, and what
// changes from step to step comes from there.
type queuedStep struct {
	stepKind
	number       int // of steps done
	seed         uint64
	state        kernels.I32
	x            kernels.F32
	targets      targets
	weight, rate float64 // of the divergence; the learning rate
	ahead        kernels.Minibatch
}

// step does one step of Adam on −L̂ (docs/math.md, "A training step").
func (t *Trainer) step() {
	o, done, index := &t.options, t.done(), t.batches[t.batch]
	if !t.gathered {
		t.data.gather(index)
	}
	t.sampleFirst(done)
	q := queuedStep{stepKind: t.kind(t.batch), number: done, seed: t.options.Seed,
		x: t.data.batchX, targets: t.data.batch,
		weight: o.klWeight(done), rate: o.rate(done, t.total)}
	if t.gathered = t.batch+1 < t.perEpoch; t.gathered { // the next epoch's are not dealt yet
		q.ahead = t.data.minibatch(t.batches[t.batch+1])
	}
	t.queue(&q)
	t.batch++
}

// sampleFirst draws the weights of the step after done ones, if no step before has.
func (t *Trainer) sampleFirst(done int) {
	if t.sampled {
		return
	}
	t.scale()
	first := queuedStep{number: done, seed: t.options.Seed}
	t.pass.sample(t.q, first.key(0), t.options.Samples)
	t.sampled = true
}

// key is that of the step so many steps ahead.
func (q *queuedStep) key(ahead int) kernels.Key {
	return kernels.Key{Seed: q.seed, Stream: streamTrain, Step: uint32(q.number + ahead)}
}

// queue queues the operations of a step whose minibatch is gathered.
func (t *Trainer) queue(q *queuedStep) {
	dev, s := t.device, t.options.Samples
	t.pass.gradient(t.model.Likelihood, q.x, q.targets, s, q.rows,
		lossSum{t.loss, t.logLikelihood, float64(t.n) / float64(q.rows*s)})

	first := t.pass.weightProduct(0, q.x, s, q.rows)
	if _, alone := t.estimator.(none); !alone { // it adds to the whole gradient
		dev.Gemm(first)
		first = kernels.Gemm{}
	}
	t.symmetrize(q)
	if t.noise != nil {
		n := t.noise.Len()
		dev.SumRows(kernels.SumRows{Batch: 1, Rows: s * q.rows, Cols: n, X: t.pass.noiseGrad,
			Dst: t.dNoise, StrideDst: n})
	}
	weight := float32(q.weight)
	if q.state != nil {
		weight = 0 // the state's
	}
	var held span
	if q.held {
		held = t.held.weights
	}
	var inverse kernels.F32
	if q.inverse {
		inverse = t.q.inv
	}
	kernels.RunGaussianStep(dev, kernels.GaussianStep{N: t.size, Extra: t.x.Len() - 2*t.size,
		Samples: s, Product: first, Key: q.key(0), DW: t.pass.dw,
		PriorStd: float32(t.model.Prior.Std), InvPrior: t.prior.inverse,
		Weight: weight, KL: t.kl,
		HeldLo: held.lo, HeldHi: held.hi, X: t.x, M: t.moment1, V: t.moment2, Grad: t.grad,
		LR: q.rate, Beta1: beta1, Beta2: beta2, Epsilon: epsilon, Step: q.number + 1,
		Sigma: t.q.sigma, InvSigma: inverse, Next: q.key(1), W: t.pass.w,
		Minibatch: q.ahead, State: q.state})
}

// scale computes σ of all parameters, and 1/σ where an estimator reads it.
func (t *Trainer) scale() {
	t.device.GaussianScale(kernels.GaussianScale{N: t.size, Rho: t.rho, Sigma: t.q.sigma,
		InvSigma: t.q.inv})
}

// symmetrize evaluates the information of the step's samples, in the steps of the cadence, and
// adds weight times its gradient to theirs.
func (t *Trainer) symmetrize(q *queuedStep) {
	if q.count == 0 {
		return
	}
	s, key := t.options.Samples, drawKey{q.key(0), q.state}
	key.Stream = streamTrainPermutations
	t.estimator.prepare()
	t.estimator.evaluate(t.pass.w, s, key, true)
	t.estimator.addGradient(t.pass.w, t.pass.dw, s, -q.weight*float64(q.count)/float64(s))
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

package bnn

import "github.com/symvi/symvi/kernels"

// shardedStep is step for several shards: every process computes the gradients of its shards,
// takes the step with its slice of the parameters and gives the new ones to the others.
func (t *Trainer) shardedStep() {
	z, done := t.sharded, t.done()
	key := kernels.Key{Seed: t.options.Seed, Stream: streamTrain, Step: uint32(done)}
	index := t.batches[t.batch]
	rows := index.Len()
	weight := t.options.klWeight(done)

	t.data.gather(index)
	if !z.scaled {
		t.scale()
	}
	if t.cadence.weight(t.batch) > 0 {
		t.estimator.prepare()
	}
	for i := range z.portions {
		if p := &z.portions[i]; i == 0 || p.samples != z.portions[i-1].samples {
			p.pass.draw(t.q, from(key, p.samples.lo), p.samples.len(), true)
		}
		t.runPortion(&z.portions[i], key, rows, weight)
	}
	z.gradients.Key = key
	t.addShards()
	t.stepSlice(done, float32(weight))
	if z.exchange != nil {
		z.exchange.give()
	}
	z.scaled = z.scales
	t.batch++
}

// addShards adds up the gradients of all shards, first those that other processes wait for.
func (t *Trainer) addShards() {
	z := t.sharded
	t.addShardsOf(z.first)
	if z.exchange != nil {
		z.exchange.begin()
	}
	t.addShardsOf(z.second)
	if z.exchange != nil {
		z.exchange.end()
	}
}

// addShardsOf adds up the gradients of some parameters.
func (t *Trainer) addShardsOf(parameters []span) {
	for _, at := range parameters {
		part := t.sharded.gradients
		part.Lo, part.Hi = at.lo, at.hi
		kernels.RunShardGradients(t.device, part)
	}
}

// from is the key of a sample.
func from(key kernels.Key, sample int) kernels.Key {
	key.Sample += uint32(sample)
	return key
}

// runPortion computes the gradient of a portion of a minibatch of so many rows and adds to the
// statistics of its shards.
func (t *Trainer) runPortion(p *portion, key kernels.Key, rows int, weight float64) {
	z, samples, v := t.sharded, p.samples.len(), p.views[rows]
	scale := float64(t.n) / float64(rows*z.samples)
	p.pass.gradient(t.model.Likelihood, v.x, v.targets, samples, v.rows,
		lossSum{t.loss, z.unused, scale})
	t.device.Gemm(p.pass.weightProduct(0, v.x, samples, v.rows))
	count := t.cadence.weight(t.batch)
	if p.part == 0 && count > 0 { // the information is the samples', whatever the rows
		key.Stream = streamTrainPermutations
		t.estimator.evaluate(p.pass.w, samples, drawKey{Key: from(key, p.samples.lo)}, true)
		t.estimator.addGradient(p.pass.w, p.pass.dw, samples, -weight*float64(count)/float64(z.samples))
	}
	for i := range v.shards {
		s := &v.shards[i]
		t.device.Sum(kernels.Sum{Batch: 1, N: s.loss.Len(), Src: s.loss, Dst: s.logLikelihood,
			Scale: -scale, Accumulate: true})
		if count > 0 {
			t.addMean(s.information)
			t.addMean(s.upper)
			t.addMean(s.spread)
		}
		if z.noises > 0 {
			t.device.SumRows(kernels.SumRows{Batch: 1, Rows: s.samples * v.rows, Cols: z.noises,
				X:   s.noiseGrad,
				Dst: s.dNoise, StrideDst: z.noises})
		}
	}
}

// addMean adds the part of a mean over the step's samples to its sum over steps.
func (t *Trainer) addMean(m partialMean) {
	if m.values != nil {
		t.device.Sum(kernels.Sum{Batch: 1, N: m.values.Len(), Src64: m.values, Dst: m.sum,
			Scale: 1 / float64(t.options.Samples), Accumulate: true})
	}
}

// stepSlice takes the step of Adam with this process's parameters.
func (t *Trainer) stepSlice(done int, weight float32) {
	dev, z := t.device, t.sharded
	rate := t.options.rate(done, t.total)
	for i := range z.steps {
		s := z.steps[i]
		s.Weight, s.LR, s.Step = weight, rate, done+1
		if t.held.at(done).len() == 0 {
			s.HeldLo, s.HeldHi = 0, 0
		}
		if !t.inverseAfter(t.batch) {
			s.InvSigma = nil
		}
		kernels.RunShardStep(dev, s)
	}
	if s := &z.noiseStep; s.x != nil {
		z.sumNoise(dev)
		dev.Adam(kernels.Adam{N: s.x.Len(), X: s.x, M: s.m, V: s.v, Grad: s.gradient,
			LR: rate, Beta1: beta1, Beta2: beta2, Epsilon: epsilon, Step: done + 1})
	}
}

// sumNoise adds up the shards' gradients of the noises in their tree, all pairs of a level at
// once; the sum takes the place of the first.
func (z *sharded) sumNoise(dev kernels.Device) {
	n, half := z.noises, 1
	for _, right := range z.noiseRight {
		dev.Copy2D(kernels.Copy2D{Batch: 1, Rows: z.shards / (2 * half), Cols: n, Accumulate: true,
			Scale: 1,
			Src:   right, SrcRow: 2 * half * n, SrcCol: 1, Dst: z.noise.device, DstRow: 2 * half * n,
			DstCol: 1})
		half *= 2
	}
}

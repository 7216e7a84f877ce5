package bnn

import "github.com/symvi/symvi/kernels"

// sharded is what a Trainer of several shards has beside the others: the part of this process,
// which are contiguous shards and the parameters that belong to them. Adam's moments of
// these alone are here; μ and ρ are whole in every process.
type sharded struct {
	sharding
	own        span // the shards of this process
	parameters span
	noises     int // learned noises, which the process of the last shard takes the step with
	portions   []portion
	gradients  kernels.ShardGradients
	// parameters whose gradients are added up first: those of other processes
	first      []span
	second     []span              // and the others, in the meantime
	noise      mirror              // of every shard, the gradient of the learned noises
	noiseRight []kernels.F32       // from the right half on of the first node of every level
	unused     kernels.F64         // the loss of a portion; it counts by shard
	steps      []kernels.ShardStep // of the parameters of every shard
	noiseStep  noiseStep
	exchange   *exchange // nil for one process
	scales     bool      // a step ends with σ: one process, or the others get it instead of ρ
	scaled     bool      // q has x's σ
}

// noiseStep is the step of the learned noises: what takes it, and its gradient and moments.
type noiseStep struct{ x, gradient, m, v kernels.F32 }

// newSharded prepares the part of this process in a trainer whose parameters are allocated.
func (t *Trainer) newSharded(rows int) *sharded {
	o, s, n := &t.options, t.scratch, t.size
	z := &sharded{sharding: sharding{o.Shards, o.Samples}, noises: t.x.Len() - 2*n}
	z.own = own(o.Processes, o.Shards)
	z.parameters = z.parametersOfAll(z.own, n)
	z.unused = s.f64(1)
	t.stats = s.f64(statistics * z.own.len())
	t.newPortions(z, rows)

	nodes, levels := kernels.Subtrees(z.own.lo, z.own.hi)
	z.gradients.N, z.gradients.First, z.gradients.Shards = n, z.own.lo, z.kernelShards(z.own)
	var sums []mirror
	for range nodes {
		sums = append(sums, t.vector(2*n))
		z.gradients.Sums = append(z.gradients.Sums, sums[len(sums)-1].device)
	}
	z.order(s.device, n)
	if _, own := s.device.(kernels.ShardAdder); !own {
		for range levels {
			z.gradients.Room = append(z.gradients.Room, s.f32(2*n))
		}
	}
	if z.noises > 0 {
		z.noise = t.vector(z.shards * z.noises)
		for half := 1; half < z.shards; half *= 2 {
			z.noiseRight = append(z.noiseRight, z.noise.device.Slice(half*z.noises, z.shards*z.noises))
		}
	}
	_, plain := t.estimator.(none)
	z.scales = plain || alone(o.Processes)
	if !alone(o.Processes) {
		z.exchange = newExchange(t, z, sums)
	}
	t.moment1, t.moment2 = s.f32(z.stepped()), s.f32(z.stepped())
	t.newSteps(z)
	for _, index := range []kernels.I32{t.batches[0], t.batches[len(t.batches)-1]} {
		t.newViews(z, index.Len())
	}
	return z
}

// order decides the order in which gradients of the n parameters are added up.
func (z *sharded) order(device kernels.Device, n int) {
	if _, own := device.(kernels.ShardAdder); !own || z.own.len() == z.shards {
		z.first = []span{{0, n}} // in one go
		return
	}
	add := func(to *[]span, at span) {
		if at.len() > 0 {
			*to = append(*to, at)
		}
	}
	add(&z.first, span{0, z.parameters.lo})
	add(&z.first, span{z.parameters.hi, n})
	add(&z.second, z.parameters)
}

// last reports whether the last shard is this process's, and so the learned noises.
func (z *sharded) last() bool { return z.own.hi == z.shards }

// stepped is the number of values that this process takes the step with: μ, ρ and noises.
func (z *sharded) stepped() int {
	n := 2 * z.parameters.len()
	if z.last() {
		n += z.noises
	}
	return n
}

// newPortions allocates weights, gradients and activations: the gradients of all shards stay
// until they are added up; weights are kept once for each group, activations once.
func (t *Trainer) newPortions(z *sharded, rows int) {
	s, n := t.scratch, t.size
	z.portions = z.sharding.portions(z.own)
	samples, all := 0, 0
	for _, p := range z.portions {
		samples = max(samples, p.samples.len())
		all += p.samples.len()
	}
	rows = z.mostRows(rows)
	t.newEstimator(samples)
	t.pass = newPass(s, t.model.Network, samples, rows, true)
	if t.noise != nil {
		t.pass.setNoise(s, t.noise)
	}
	t.loss = s.f32(samples * rows)
	dw := t.pass.dw
	if len(z.portions) > 1 {
		dw = s.f32(all * n)
	}
	z.gradients.DW = dw
	at := 0
	for i := range z.portions {
		p := &z.portions[i]
		more := *t.pass // shares the activations
		p.pass = &more
		switch {
		case i == 0:
		case p.samples == z.portions[i-1].samples:
			more.setWeights(z.portions[i-1].pass.w)
		default:
			more.setWeights(s.f32(p.samples.len() * n))
		}
		more.setGradients(dw.Slice(at, at+p.samples.len()*n))
		at += p.samples.len() * n
	}
}

// newViews cuts buffers for minibatches of so many rows, of which there are two sizes at most.
func (t *Trainer) newViews(z *sharded, rows int) {
	found := t.estimator.found()
	for i := range z.portions {
		p := &z.portions[i]
		at := z.rowsOf(p.part, rows)
		v := t.data.view(at)
		for k := p.shards.lo; k < p.shards.hi; k++ {
			v.shards = append(v.shards, t.newShardView(z, p, k, at.len(), found))
		}
		if p.views == nil {
			p.views = map[int]*portionView{}
		}
		p.views[rows] = v
	}
}

// newShardView cuts what belongs to shard k of a portion.
func (t *Trainer) newShardView(z *sharded, p *portion, k, rows int, found found) shardView {
	of, _ := z.samplesOf(k)
	of = span{of.lo - p.samples.lo, of.hi - p.samples.lo}
	at := (k - z.own.lo) * statistics
	statistic := func(i int) kernels.F64 { return t.stats.Slice(at+i, at+i+1) }
	v := shardView{samples: of.len(), loss: t.loss.Slice(of.lo*rows, of.hi*rows),
		logLikelihood: statistic(0)}
	if p.part == 0 {
		v.information = newPartialMean(found.information, of, statistic(2))
		v.upper = newPartialMean(found.upper, of, statistic(3))
		v.spread = newPartialMean(found.spread, of, statistic(4))
	}
	if z.noises > 0 {
		v.noiseGrad = p.pass.noiseGrad.Slice(of.lo*rows*z.noises, of.hi*rows*z.noises)
		v.dNoise = z.noise.device.Slice(k*z.noises, (k+1)*z.noises)
	}
	return v
}

// view is the part of a minibatch of the given rows.
func (d *dataset) view(rows span) *portionView {
	v := &portionView{rows: rows.len(), x: d.batchX.Slice(rows.lo*d.in, rows.hi*d.in)}
	if d.batch.labels != nil {
		v.targets.labels = d.batch.labels.Slice(rows.lo, rows.hi)
	} else {
		v.targets.real = d.batch.real.Slice(rows.lo*d.targets, rows.hi*d.targets)
	}
	return v
}

// portionView are a portion's parts of buffers for minibatches of one size, and shardView
// those of one of its shards.
type portionView struct {
	rows    int
	x       kernels.F32
	targets targets
	shards  []shardView
}

type shardView struct {
	samples                    int
	loss                       kernels.F32
	logLikelihood              kernels.F64
	information, upper, spread partialMean
	noiseGrad, dNoise          kernels.F32
}

// partialMean is the part that some samples have in a mean over all, and the sum over steps that
// takes it up.
type partialMean struct{ values, sum kernels.F64 }

// newPartialMean is that of what was found; nothing if nothing was.
func newPartialMean(found kernels.F64, samples span, sum kernels.F64) partialMean {
	if found == nil {
		return partialMean{}
	}
	return partialMean{found.Slice(samples.lo, samples.hi), sum}
}

// newSteps prepares the steps of this process's parameters, those that belong to one shard at a
// time, because its divergence counts by itself.
func (t *Trainer) newSteps(z *sharded) {
	at, n := z.parameters, z.parameters.len()
	for k := z.own.lo; k < z.own.hi; k++ {
		of := z.parametersOf(k, t.size)
		mine := span{of.lo - at.lo, of.hi - at.lo}
		kl := (k-z.own.lo)*statistics + 1
		held := span{max(t.held.weights.lo, of.lo) - of.lo, min(t.held.weights.hi, of.hi) - of.lo}
		if held.len() == 0 {
			held = span{}
		}
		s := kernels.ShardStep{N: of.len(), PriorStd: float32(t.model.Prior.Std),
			KL: t.stats.Slice(kl, kl+1),
			Mu: t.mu.Slice(of.lo, of.hi), Rho: t.rho.Slice(of.lo, of.hi),
			Sigma:  t.q.sigma.Slice(of.lo, of.hi),
			HeldLo: held.lo, HeldHi: held.hi,
			MMu: t.moment1.Slice(mine.lo, mine.hi), VMu: t.moment2.Slice(mine.lo, mine.hi),
			MRho: t.moment1.Slice(n+mine.lo, n+mine.hi), VRho: t.moment2.Slice(n+mine.lo, n+mine.hi),
			Beta1: beta1, Beta2: beta2, Epsilon: epsilon, Scale: z.scales}
		if t.q.inv != nil {
			s.InvSigma = t.q.inv.Slice(of.lo, of.hi)
		}
		if t.prior.inverse != nil {
			s.InvPrior = t.prior.inverse.Slice(of.lo, of.hi)
		}
		if z.exchange != nil {
			s.Sums, s.DMu, s.DSigma = z.exchange.sumsOf(mine)
		} else {
			sum := z.gradients.Sums[0]
			s.DMu, s.DSigma = sum.Slice(of.lo, of.hi), sum.Slice(t.size+of.lo, t.size+of.hi)
		}
		z.steps = append(z.steps, s)
	}
	if z.last() && z.noises > 0 {
		z.noiseStep = noiseStep{t.noise, z.noise.device.Slice(0, z.noises),
			t.moment1.Slice(2*n, 2*n+z.noises), t.moment2.Slice(2*n, 2*n+z.noises)}
	}
}

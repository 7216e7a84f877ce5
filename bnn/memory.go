package bnn

import "github.com/symvi/symvi/kernels"

// Memory is what a job keeps in a device's memory beside its data, in bytes, by purpose.
type Memory struct {
	// Parameters are the posterior, its gradient and Adam's moments; Networks are sampled weights,
	// activations and their gradients; Symmetrization is the estimator's.
	Parameters, Networks, Symmetrization float64
}

// Total is what all of it takes, in bytes.
func (m Memory) Total() float64 { return m.Parameters + m.Networks + m.Symmetrization }

// TrainingMemory is what a Trainer allocates for n data, without them. On a device that runs
// several steps at once it is up to 16 MiB more, for their minibatches; a CPU
// keeps up to 8 MiB of noise.
func TrainingMemory(m Model, n int, o FitOptions) (Memory, error) {
	if err := m.Validate(); err != nil {
		return Memory{}, err
	}
	o, err := o.withDefaults(m, n)
	if err != nil {
		return Memory{}, err
	}
	rows := batchEnds(n, o.Batch)[0]
	p := float64(m.Network.Parameters())
	r := Memory{Parameters: 4 * (9*p + 5*float64(n))}
	if m.Prior.learned() {
		r.Parameters += 4 * p
	}
	if o.Symmetrize.evaluates(m.Network) {
		r.Parameters += 4 * p
	}
	samples := o.Samples
	if o.Shards > 1 {
		samples = o.shardedMemory(&r, p)
	}
	part := sharding{o.Shards, o.Samples}.mostRows(rows)
	r.Networks += linear(samples, func(s *scratch, samples int) {
		newPass(s, m.Network, samples, part, true).setNoise(s, s.f32(m.targets()))
		s.f32(samples * part)
	})
	r.Networks += 4 * float64(rows*(m.Network.inputs()+m.targets()))
	if o.Validation != nil {
		r.Networks += linear(1, func(s *scratch, samples int) {
			newPass(s, m.Network, samples, min(validatorRows, n), false)
		})
	}
	r.Symmetrization = o.Symmetrize.memory(m.Network, samples)
	return r, nil
}

// shardedMemory adds what the shards of a process take beside one portion of them, for so many
// parameters, and returns the samples of a portion.
func (o *FitOptions) shardedMemory(r *Memory, parameters float64) (samples int) {
	z := sharding{o.Shards, o.Samples}
	shards := own(o.Processes, o.Shards)
	all := 0
	for _, p := range z.portions(shards) {
		samples = max(samples, p.samples.len())
		all += p.samples.len()
	}
	if all > samples { // gradients of all portions, weights of all groups
		r.Networks += 4 * parameters * float64(all+min(all, o.Samples))
	}
	nodes, levels := kernels.Subtrees(shards.lo, shards.hi)
	r.Parameters += 4 * parameters * float64(2*(nodes+levels))
	if !alone(o.Processes) { // this process's slice of the others' sums
		others := -nodes
		for i := range o.Processes.Size() {
			others += len(nodesOf(blockOf(i, o.Processes.Size(), o.Shards)))
		}
		r.Parameters += 4 * parameters * float64(2*others*shards.len()) / float64(o.Shards)
	}
	return samples
}

// ELBOMemory is what ELBO allocates for n data, without them.
func ELBOMemory(m Model, n int, o ELBOOptions) Memory {
	set(&o.Symmetrize.Estimator, EstimatorNone)
	set(&o.Samples, 1000)
	set(&o.Batch, 1000)
	rows := min(o.Batch, n)
	return Memory{
		Parameters: 4*7*float64(m.Network.Parameters()) + 16*float64(n) + 32*float64(o.Samples),
		Networks: linear(1, func(s *scratch, samples int) {
			newPass(s, m.Network, samples, rows, false)
			s.f32(rows * (1 + m.Network.inputs() + m.targets()))
		}),
		Symmetrization: o.Symmetrize.memory(m.Network, 1),
	}
}

// memory is what the estimator allocates, and what the device does for it.
func (s Symmetrization) memory(n Network, samples int) float64 {
	y, _ := s.resolve(n)
	if y.Estimator == EstimatorNone {
		return 0
	}
	total := linear(samples, func(x *scratch, samples int) {
		p := n.Parameters()
		q := gaussian{nothing[float32](p), nothing[float32](p), nothing[float32](p)}
		newEstimator(x, n, q, y, samples)
	})
	widest := 0
	for _, w := range n.Hidden() {
		widest = max(widest, w)
	}
	switch {
	case y.Estimator == EstimatorImportance: // a proposal a sample, of the first layer
		op := kernels.ProposePermutations{N: widest, Sweep: y.Resweep, Batch: samples}
		if len(n.Hidden()) > 1 {
			op.Components = components
		}
		total += float64(op.Scratch())
	case y.Estimator == EstimatorExact && len(n.Hidden()) == 1:
		op := kernels.Permanent{N: widest}
		total += float64(op.Scratch())
	}
	return total
}

// linear is the memory that allocate takes for so many samples, which is linear in them; it is
// tried with few, because what it lists on the host grows as well.
func linear(samples int, allocate func(s *scratch, samples int)) float64 {
	of := func(samples int) float64 {
		c := &counter{}
		allocate(&scratch{device: c}, samples)
		return c.bytes
	}
	one := of(1)
	if samples == 1 {
		return one
	}
	return one + float64(samples-1)*(of(2)-one)
}

// counter is a device that counts what it is asked to allocate and has no memory; operations
// are no part of an allocation.
type counter struct {
	kernels.Device
	bytes float64
}

func (c *counter) Float32(n int) kernels.F32 {
	c.bytes += 4 * float64(n)
	return nothing[float32](n)
}
func (c *counter) Float64(n int) kernels.F64 {
	c.bytes += 8 * float64(n)
	return nothing[float64](n)
}
func (c *counter) Int32(n int) kernels.I32 { c.bytes += 4 * float64(n); return nothing[int32](n) }

// nothing is a buffer of so many elements without contents.
type nothing[T kernels.Element] int

func (b nothing[T]) Len() int                           { return int(b) }
func (b nothing[T]) Slice(lo, hi int) kernels.Buffer[T] { return nothing[T](hi - lo) }
func (b nothing[T]) Upload([]T)                         {}
func (b nothing[T]) Download([]T) error                 { return nil }
func (b nothing[T]) Free()                              {}

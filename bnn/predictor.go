package bnn

import (
	"context"
	"runtime"

	"github.com/symvi/symvi/kernels"
)

// Predictor predicts a long series of inputs chunk after chunk, in the memory that
// PredictOptions allows and with the same bits as all at once. One goroutine at a time may use
// it: a call while another has not returned, or after Close, is an error that wraps ErrInUse or
// ErrClosed.
type Predictor struct {
	turn    turn
	scratch *scratch
	model   Model
	options PredictOptions
	// samples and rows go through the network at once; block rows share a look at all
	// posterior samples.
	samples, rows, block int
	members              []gaussian
	passes               []*pass    // one for each chunk of samples, if kept, or one for all in turn
	columns              []*columns // of real targets, as many; the one pass then only draws weights
	staging              []float32  // inputs on their way to the device
	kept                 bool
	x                    kernels.F32
	labels               kernels.I32
	loss                 kernels.F32
	grad                 outputs     // the losses' by-product, unused
	output, losses       []float32   // what the device gave for a chunk
	held                 []float32   // block×outputs×Samples outputs of the network
	noise                [][]float64 // of every member and target, nil where it depends on the input
	workers              int
	mixtures             []*mixtures // one per worker
	next                 int         // rows predicted so far, which place the draws
}

// Predictor prepares predictions from q. Close must be called.
func (q *Posterior) Predictor(device kernels.Device, o PredictOptions) (*Predictor, error) {
	return Mixture{q}.Predictor(device, o)
}

// newPredictor prepares for calls of at most so many rows; more are no mistake.
func (m Mixture) newPredictor(device kernels.Device, o PredictOptions,
	most int) (*Predictor, error) {
	if err := usable(context.Background(), device); err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	o, err := o.withDefaults(m[0].Model)
	if err != nil {
		return nil, err
	}
	p := &Predictor{scratch: &scratch{device: device}, model: m[0].Model, options: o,
		workers: runtime.GOMAXPROCS(0)}
	for _, q := range m {
		p.noise = append(p.noise, q.NoiseStds())
	}
	p.plan(most)
	p.allocate(m)
	return p, nil
}

// Close returns the memory. Closing again does nothing.
func (p *Predictor) Close() { p.turn.close(p.scratch.release) }

// Predict predicts the next inputs. Targets in d, in the model's own scale, are optional.
// Several processes predict contiguous parts of the inputs, each with all samples, and all
// get the whole prediction.
func (p *Predictor) Predict(ctx context.Context, d Data) (*Prediction, error) {
	if err := p.turn.take("predictor"); err != nil {
		return nil, err
	}
	defer p.turn.give(p.scratch.release)
	if err := usable(ctx, p.scratch.device); err != nil {
		return nil, err
	}
	withTargets := len(d.Labels)+len(d.Targets) > 0
	n, err := p.model.check(d, withTargets)
	if err != nil {
		return nil, err
	}
	mine := own(p.options.Processes, n)
	r := p.room(mine.len(), withTargets)
	in := p.model.Network.inputs()
	for lo := mine.lo; lo < mine.hi; lo += p.block {
		b := rowBlock{lo: lo - mine.lo, rows: min(p.block, mine.hi-lo), first: p.next + lo,
			of: mine.len()}
		b.inputs = d.inputRows(lo, b.rows, in)
		if withTargets && p.model.Likelihood.IsSoftmax() {
			b.labels = d.Labels[lo : lo+b.rows]
		} else if withTargets {
			t := p.model.targets()
			b.targets = d.Targets[lo*t : (lo+b.rows)*t]
		}
		if err := p.predictBlock(ctx, b, r); err != nil {
			return nil, err
		}
	}
	p.next += n
	if r, err = r.join(p.options.Processes); err != nil {
		return nil, err
	}
	return r, r.check()
}

// cached is a device on which a chunk is fastest when its activations stay in a cache that
// holds so many floats.
type cached interface{ CacheFloats() int }

// plan divides the memory: a quarter for weights and activations of a chunk, a quarter for
// the weights of all samples, if they fit, and a quarter each for a block's inputs and outputs.
func (p *Predictor) plan(most int) {
	n, o := p.model.Network, p.options
	quarter := o.Memory / 4 / 4 // floats
	p.block = max(1, min(most, quarter/n.inputs(), quarter/p.heldPerRow()))
	cache := quarter
	if d, ok := p.scratch.device.(cached); ok {
		cache = d.CacheFloats()
	}
	p.samples, p.rows = chunkSizes(n, p.block, o.Samples, quarter, cache)
	p.kept = n.Parameters()*o.Samples <= quarter
}

// chunkSizes chooses how many samples and rows go together: in the given number of floats, and
// with activations that fit the cache, of 256 rows for one sample if more do not.
func chunkSizes(n Network, inputs, samples, floats, cache int) (chunkSamples, chunkRows int) {
	const mostRows, leastRows = 1024, 256
	activations := func(rows int) int { return passFloats(n, rows) - n.Parameters() }
	chunkRows = min(inputs, mostRows)
	for chunkRows > 1 && (passFloats(n, chunkRows) > floats || chunkRows > leastRows &&
		16*activations(chunkRows) > cache) {
		chunkRows /= 2
	}
	return max(1, min(samples, floats/passFloats(n, chunkRows), cache/activations(chunkRows))),
		chunkRows
}

// heldPerRow is how many floats of a row are kept until all samples have come.
func (p *Predictor) heldPerRow() int {
	if p.model.Likelihood.IsSoftmax() {
		return p.model.Network.outputs()
	}
	return p.model.Network.outputs() * p.options.Samples
}

func (p *Predictor) allocate(m Mixture) {
	s, n := p.scratch, p.model.Network
	for _, q := range m {
		p.members = append(p.members, q.upload(s, false))
	}
	if !p.model.Likelihood.IsSoftmax() {
		p.allocateReal()
		return
	}
	p.x = s.f32(p.block * n.inputs())
	first := newPass(s, n, p.samples, p.rows, false)
	p.passes = []*pass{first}
	if p.kept {
		for done := p.samples; done < p.options.Samples; done += p.samples {
			more := *first // shares the activations
			more.setWeights(s.f32(p.samples * n.Parameters()))
			p.passes = append(p.passes, &more)
		}
		for turn := range p.passes {
			p.draw(turn, turn*p.samples)
		}
	}
	chunk := p.samples * p.rows * n.outputs()
	p.output = make([]float32, chunk)
	p.labels = s.i32(p.rows)
	p.loss, p.grad = s.f32(p.samples*p.rows), newOutputs(s.f32(chunk), n.outputs())
	p.losses = make([]float32, p.samples*p.rows)
}

// draw draws the weights of the chunk of samples that begins at first for its turn.
func (p *Predictor) draw(turn, first int) {
	if p.columns == nil {
		p.sample(p.passes[turn], first)
		return
	}
	p.sample(p.passes[0], first)
	p.columns[turn].load(p.passes[0].w, min(p.samples, p.options.Samples-first))
}

// sample draws a pass's weights, the first of which are those of sample first.
func (p *Predictor) sample(pass *pass, first int) {
	key := kernels.Key{Seed: p.options.Seed, Stream: streamPredict, Sample: uint32(first)}
	samples := min(p.samples, p.options.Samples-first)
	if len(p.members) == 1 {
		pass.sample(p.members[0], key, samples)
		return
	}
	for i := range samples {
		pass.sampleOne(p.members[p.member(first+i)], key, i)
		key.Sample++
	}
}

// member is the number of the member that a sample is drawn from.
func (p *Predictor) member(sample int) int { return sample % len(p.members) }

// rowBlock is a part of the rows of a call.
type rowBlock struct {
	inputs   Data
	labels   []int32
	targets  []float32
	lo, rows int // its place in the call
	first    int // its place in the series
	of       int // rows of the call
}

// predictBlock runs all samples over a block and fills in its rows of r.
func (p *Predictor) predictBlock(ctx context.Context, b rowBlock, r *Prediction) error {
	var classes *classBlock
	if p.model.Likelihood.IsSoftmax() {
		classes = p.newClassBlock(b, r)
		p.uploadInputs(b)
	} else {
		p.uploadWithOnes(b)
	}
	for first := 0; first < p.options.Samples; first += p.samples {
		turn := 0
		if p.kept {
			turn = first / p.samples
		} else {
			p.draw(turn, first)
		}
		samples := min(p.samples, p.options.Samples-first)
		for lo := 0; lo < b.rows; lo += p.rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			c := chunk{lo: lo, rows: min(p.rows, b.rows-lo), first: first, samples: samples}
			var err error
			if classes != nil {
				err = p.forwardClasses(p.passes[turn], c, b, classes)
			} else {
				err = p.forwardReal(p.columns[turn], c)
			}
			if err != nil {
				return err
			}
		}
		if p.options.OnSample != nil {
			blocks := (b.of + p.block - 1) / p.block
			p.options.OnSample(b.lo/p.block*p.options.Samples+first+samples, blocks*p.options.Samples)
		}
	}
	if classes != nil {
		classes.finish()
		return nil
	}
	p.finishReal(b, r)
	return nil
}

// uploadInputs uploads the inputs of a block, in pieces where they have to be made of bytes.
func (p *Predictor) uploadInputs(b rowBlock) {
	if x := b.inputs.X; x != nil {
		p.x.Slice(0, len(x)).Upload(x)
		return
	}
	size := p.rows * p.model.Network.inputs()
	if p.staging == nil {
		p.staging = make([]float32, size)
	}
	for lo := 0; lo < len(b.inputs.Bytes); lo += size {
		part := p.staging[:min(size, len(b.inputs.Bytes)-lo)]
		b.inputs.copyInputs(part, lo)
		p.x.Slice(lo, lo+len(part)).Upload(part)
	}
}

// chunk is a part of a block's rows and of the samples.
type chunk struct{ lo, rows, first, samples int }

// forwardClasses computes the probabilities of a chunk and adds them to classes.
func (p *Predictor) forwardClasses(pass *pass, c chunk, b rowBlock, classes *classBlock) error {
	n, dev := p.model.Network, p.scratch.device
	pass.forward(p.x.Slice(c.lo*n.inputs(), (c.lo+c.rows)*n.inputs()), c.samples, c.rows)
	size := c.samples * c.rows * n.outputs()
	y, output := pass.output().Slice(0, size), p.output[:size]
	var losses []float32
	if b.labels != nil {
		losses = p.losses[:c.samples*c.rows]
		p.labels.Slice(0, c.rows).Upload(b.labels[c.lo : c.lo+c.rows])
		pass.loss(p.model.Likelihood, targets{labels: p.labels}, c.samples, c.rows, p.loss, p.grad, 1)
	}
	dev.Softmax(kernels.Softmax{Rows: c.samples * c.rows, Classes: n.outputs(), Src: y, Dst: y})
	err := y.Download(output)
	if losses != nil && err == nil {
		err = p.loss.Slice(0, len(losses)).Download(losses)
	}
	if err := deviceError(dev, err); err != nil {
		return err
	}
	classes.add(c, output, losses)
	return nil
}

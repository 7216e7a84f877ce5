package bnn

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/internal/score"
	"github.com/symvi/symvi/kernels"
)

// allocateReal makes room for the chunks and blocks of real targets.
func (p *Predictor) allocateReal() {
	s, n := p.scratch, p.model.Network
	p.x = s.f32(p.block * (n.inputs() + 1))
	p.staging = make([]float32, p.block*(n.inputs()+1))
	p.passes = []*pass{newPass(s, n, p.samples, 1, false)}
	first := newColumns(s, n, p.samples, p.rows)
	p.columns = []*columns{first}
	if p.kept {
		for done := p.samples; done < p.options.Samples; done += p.samples {
			more := *first // shares the activations
			more.setWeights(s, p.samples)
			p.columns = append(p.columns, &more)
		}
		for turn := range p.columns {
			p.draw(turn, turn*p.samples)
		}
	}
	p.output = make([]float32, first.output().Len())
	p.held = make([]float32, p.block*p.heldPerRow())
	for range p.workers {
		p.mixtures = append(p.mixtures, p.newMixtures())
	}
}

// uploadWithOnes uploads the inputs of a block as columns takes them.
func (p *Predictor) uploadWithOnes(b rowBlock) {
	in := p.model.Network.inputs()
	for i := range b.rows {
		row := p.staging[i*(in+1):][:in+1]
		b.inputs.copyInputs(row[:in], i*in)
		row[in] = 1
	}
	size := b.rows * (in + 1)
	p.x.Slice(0, size).Upload(p.staging[:size])
}

// forwardReal computes the outputs of a chunk and keeps them.
func (p *Predictor) forwardReal(columns *columns, c chunk) error {
	width := p.model.Network.inputs() + 1
	columns.forward(p.x.Slice(c.lo*width, (c.lo+c.rows)*width), c.samples, c.rows)
	if p.noise[0] == nil {
		p.noiseScales(columns.output(), c.samples)
	}
	if err := deviceError(p.scratch.device, columns.output().Download(p.output)); err != nil {
		return err
	}
	p.hold(c)
	return nil
}

// noiseScales makes softplus of the outputs y that are scales of a heteroscedastic noise.
func (p *Predictor) noiseScales(y kernels.F32, samples int) {
	targets, out := p.model.targets(), p.model.Network.outputs()
	for s := range samples {
		scales := y.Slice((s*(out+1)+targets)*p.rows, (s*(out+1)+out)*p.rows)
		p.scratch.device.Unary(kernels.Unary{Function: kernels.Softplus, N: scales.Len(), Src: scales,
			Dst: scales})
	}
}

// hold keeps the outputs of a chunk until all samples of its block have come: those of one
// row and output side by side.
func (p *Predictor) hold(c chunk) {
	out, samples := p.model.Network.outputs(), p.options.Samples
	p.eachRow(c.rows, c.samples*out, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			for j := range out {
				held := p.held[((c.lo+i)*out+j)*samples+c.first:][:c.samples]
				for s := range held {
					held[s] = p.output[(s*(out+1)+j)*p.rows+i]
				}
			}
		}
	})
}

// mixtures are the predictive distributions of a row's targets, in the model's scale, with
// the memory of one goroutine.
type mixtures struct {
	p       *Predictor
	targets []score.Mixture
	joint   []float64 // log-densities of all targets under each sample
	// quantiles knows their levels.
	quantiles *score.Quantiles
}

func (p *Predictor) newMixtures() *mixtures {
	samples := p.options.Samples
	m := &mixtures{p: p, joint: make([]float64, samples),
		quantiles: score.NewQuantiles(p.options.Quantiles)}
	for range p.model.targets() {
		of := score.Mixture{Mean: make([]float64, samples), SD: make([]float64, samples)}
		m.targets = append(m.targets, of)
	}
	return m
}

// load takes the outputs of a row of the block: means, and scales of a heteroscedastic noise.
func (m *mixtures) load(row int) {
	p := m.p
	out, samples := p.model.Network.outputs(), p.options.Samples
	output := func(j int) []float32 { return p.held[(row*out+j)*samples:][:samples] }
	for j, of := range m.targets {
		for s, f := range output(j) {
			of.Mean[s] = float64(f)
		}
		if p.noise[0] != nil {
			for s := range of.SD {
				of.SD[s] = p.noise[p.member(s)][j]
			}
			continue
		}
		for s, scale := range output(len(m.targets) + j) {
			of.SD[s] = max(float64(scale), ref.SigmaMin)
		}
	}
}

// finishReal summarises the predictive distribution of every row of a block.
func (p *Predictor) finishReal(b rowBlock, r *Prediction) {
	work := p.options.Samples * mixtureWork * (1 + len(p.options.Quantiles))
	p.eachRow(b.rows, work, func(worker, lo, hi int) {
		m := p.mixtures[worker]
		for i := lo; i < hi; i++ {
			m.load(i)
			m.summarize(b.lo+i, r)
			if b.targets != nil {
				m.score(b.lo+i, b.targets[i*len(m.targets):][:len(m.targets)], r)
			}
			m.draw(b.lo+i, b.first+i, r)
		}
	})
}

// summarize fills in moments and quantiles of a row of the prediction.
func (m *mixtures) summarize(row int, r *Prediction) {
	o := &m.p.options
	for j, of := range m.targets {
		mean, modelSD, noiseSD := of.Moments()
		at := row*len(m.targets) + j
		r.Mean[at] = o.inUnits(j, mean)
		r.ModelSD[at], r.NoiseSD[at] = modelSD*o.TargetStd[j], noiseSD*o.TargetStd[j]
		quantiles := r.Quantiles[at*len(o.Quantiles):][:len(o.Quantiles)]
		m.quantiles.Of(of, quantiles)
		for k, value := range quantiles {
			quantiles[k] = o.inUnits(j, value)
		}
	}
}

// inUnits brings a value of target j to its own units.
func (o *PredictOptions) inUnits(j int, value float64) float64 {
	return o.TargetMean[j] + float64(o.TargetStd[j]*value)
}

// score holds a row of the prediction against its targets.
func (m *mixtures) score(row int, targets []float32, r *Prediction) {
	o := &m.p.options
	clear(m.joint)
	units := 0.0 // of the density: the Jacobian of the targets' scale
	for j, of := range m.targets {
		y := float64(targets[j])
		of.AddLogDensities(m.joint, y)
		units += ref.Log64(o.TargetStd[j])
		at := row*len(m.targets) + j
		r.Error[at] = r.Mean[at] - o.inUnits(j, y)
		if o.Scores {
			r.PIT[at], r.CRPS[at] = of.CDF(y), of.CRPS(y)*o.TargetStd[j]
		}
	}
	r.LogDensity[row] = score.LogMeanExp(m.joint) - units
}

// draw takes the first samples as draws; place is the row's in the series.
func (m *mixtures) draw(row, place int, r *Prediction) {
	o, width := &m.p.options, len(m.targets)
	for d := range o.Draws {
		key := kernels.Key{Seed: o.Seed, Stream: streamPredictTargets, Sample: uint32(d)}
		for j, of := range m.targets {
			at := (row*width+j)*o.Draws + d
			noise := float64(of.SD[d] * float64(key.Normal(place*width+j)))
			r.DrawsOfF[at] = o.inUnits(j, of.Mean[d])
			r.DrawsOfY[at] = o.inUnits(j, of.Mean[d]+noise)
		}
	}
}

package bnn

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// PredictOptions says how predictions are averaged over the posterior. Zero values
// take the defaults given with the fields.
type PredictOptions struct {
	// Samples is the number of posterior samples (1000).
	Samples int
	// Seed decides the samples.
	Seed uint64
	// Memory bounds the working memory in bytes (64 MiB), at least one sample's
	// weights and one input's activations. It never changes the result.
	Memory int
	// OnSample, if set, is called with the samples done and to do.
	OnSample func(done, total int)
}

func (o PredictOptions) withDefaults() (PredictOptions, error) {
	set(&o.Samples, 1000)
	set(&o.Memory, 64<<20)
	if o.Samples < 1 || o.Samples > 1<<30 {
		return o, fmt.Errorf("posterior samples: %d, want at least 1", o.Samples)
	}
	if o.Memory < 0 {
		return o, fmt.Errorf("prediction memory: %d bytes, want at least 0", o.Memory)
	}
	return o, nil
}

// Prediction is the posterior predictive distribution at N inputs.
type Prediction struct {
	// Mean is N×outputs: the class probabilities, or the mean of the targets,
	// averaged over the posterior samples.
	Mean []float64
	// LogDensity, when the targets were given, is log (1/S) Σ_s p(y|x, ω_s) of every
	// input: for a Gaussian likelihood a mixture of S Gaussians (nats).
	LogDensity []float64
}

// Predict averages the predictions of samples from q. Symmetrising q would not
// change them: q and q^G give the same distribution over functions (paper,
// Appendix C). Targets in d are optional. The result does not depend on how the
// samples and inputs are split into chunks, bit for bit.
func (q *Posterior) Predict(ctx context.Context, device kernels.Device, d Data, o PredictOptions) (*Prediction, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	m := q.Model
	withTargets := len(d.Labels)+len(d.Targets) > 0
	n, err := m.check(d, withTargets)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(); err != nil {
		return nil, err
	}
	p := newPredictor(&scratch{device: device}, q, d, n, withTargets, o)
	defer p.scratch.release()
	for first := 0; first < o.Samples; first += p.samples {
		if err := p.chunk(ctx, first, min(p.samples, o.Samples-first)); err != nil {
			return nil, err
		}
	}
	return p.result()
}

// predictor accumulates over chunks of samples, and within them of rows.
type predictor struct {
	scratch       *scratch
	model         Model
	options       PredictOptions
	n, out        int
	samples, rows int
	q             gaussian
	x             kernels.F32
	all           targets
	pass          *pass
	loss          kernels.F32
	grad          outputs // the losses' by-product, unused
	means         []kernels.F64
	densities     []kernels.F64
}

func newPredictor(s *scratch, q *Posterior, d Data, n int, withTargets bool, o PredictOptions) *predictor {
	m := q.Model
	p := &predictor{scratch: s, model: m, options: o, n: n, out: m.Network.Widths[len(m.Network.Widths)-1]}
	p.samples, p.rows = chunkSizes(m.Network, n, o.Samples, o.Memory/4)
	p.q = q.upload(s)
	p.x = s.upload(d.X)
	p.pass = newPass(s, m.Network, p.samples, p.rows, false)
	if q.Noise != nil {
		p.pass.setNoise(s, s.upload(q.Noise))
	}
	if withTargets {
		p.loss = s.f32(p.samples * p.rows)
		p.grad = newOutputs(s.f32(p.samples*p.rows*p.out), p.out)
		if m.Likelihood.IsSoftmax() {
			p.all.labels = s.i32(n)
			p.all.labels.Upload(d.Labels)
		} else {
			p.all.real = s.upload(d.Targets)
		}
	}
	for lo := 0; lo < n; lo += p.rows {
		rows := min(p.rows, n-lo)
		p.means = append(p.means, s.f64(rows*p.out))
		if withTargets {
			p.densities = append(p.densities, s.f64(2*rows))
		}
	}
	return p
}

// chunkSizes chooses how many samples and rows go together in the given number of floats.
func chunkSizes(n Network, inputs, samples, floats int) (chunkSamples, chunkRows int) {
	chunkRows = min(inputs, 1000)
	for chunkRows > 1 && passFloats(n, chunkRows) > floats {
		chunkRows /= 2
	}
	return max(1, min(samples, 64, floats/passFloats(n, chunkRows))), chunkRows
}

func (p *predictor) chunk(ctx context.Context, first, samples int) error {
	dev, in := p.scratch.device, p.model.Network.Widths[0]
	p.pass.sample(p.q, kernels.Key{Seed: p.options.Seed, Stream: streamPredict, Sample: uint32(first)}, samples)
	for b, mean := range p.means {
		if err := ctx.Err(); err != nil {
			return err
		}
		lo := b * p.rows
		rows := min(p.rows, p.n-lo)
		p.pass.forward(p.x.Slice(lo*in, (lo+rows)*in), samples, rows)
		if p.densities != nil {
			p.pass.loss(p.model.Likelihood, p.targets(lo, rows), samples, rows, p.loss, p.grad, 1)
			dev.Accumulate(kernels.Accumulate{Kind: kernels.LogSumExpOfNegated, Samples: samples, N: rows, Src: p.loss, State: p.densities[b], First: first == 0})
		}
		y := p.pass.output()
		if p.model.Likelihood.IsSoftmax() {
			dev.Softmax(kernels.Softmax{Rows: samples * rows, Classes: p.out, Src: y, Dst: y})
		}
		dev.Accumulate(kernels.Accumulate{Kind: kernels.SumOfSamples, Samples: samples, N: rows * p.out, Src: y, State: mean, First: first == 0})
	}
	if p.options.OnSample != nil {
		p.options.OnSample(first+samples, p.options.Samples)
	}
	return nil
}

func (p *predictor) targets(lo, rows int) targets {
	if p.all.labels != nil {
		return targets{labels: p.all.labels.Slice(lo, lo+rows)}
	}
	return targets{real: p.all.real.Slice(lo*p.model.targets(), (lo+rows)*p.model.targets())}
}

func (p *predictor) result() (*Prediction, error) {
	r := &Prediction{Mean: make([]float64, p.n*p.out)}
	s := float64(p.options.Samples)
	var errs []error
	for b, mean := range p.means {
		lo := b * p.rows * p.out
		errs = append(errs, mean.Download(r.Mean[lo:lo+mean.Len()]))
	}
	for i := range r.Mean {
		r.Mean[i] /= s
	}
	for _, density := range p.densities {
		state, err := kernels.Read(density)
		errs = append(errs, err)
		rows := len(state) / 2
		for i := range rows {
			r.LogDensity = append(r.LogDensity, state[i]+ref.Log64(state[rows+i]/s))
		}
	}
	if err := deviceError(p.scratch.device, errs...); err != nil {
		return nil, err
	}
	for i, v := range r.Mean {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("prediction: output %d of input %d is %v; the posterior or the inputs are not usable", i%p.out, i/p.out, v)
		}
	}
	r.Mean = p.withoutScales(r.Mean)
	return r, nil
}

// withoutScales takes the outputs that are a heteroscedastic noise from the rows.
func (p *predictor) withoutScales(rows []float64) []float64 {
	n := p.model.targets()
	if n == 0 || n == p.out {
		return rows
	}
	var means []float64
	for row := range slices.Chunk(rows, p.out) {
		means = append(means, row[:n]...)
	}
	return means
}

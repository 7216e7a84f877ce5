package bnn

import (
	"context"
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/score"
	"github.com/symvi/symvi/kernels"
)

// ELBOOptions says how Posterior.ELBO samples. Zero values take the defaults given
// with the fields.
type ELBOOptions struct {
	// Symmetrize is the estimator of the information; EstimatorNone skips it.
	Symmetrize Symmetrization
	// Samples is the number of posterior samples (1000).
	Samples int
	// Batch is the number of data each sample's likelihood is estimated from (1000),
	// taken in turn from one random order of the data and scaled to all of them; cut to N.
	Batch int
	// Seed decides samples, order and permutations.
	Seed uint64
	// Processes, if set, share out the samples: all make the same call.
	Processes Communicator
	// OnSample, if set, is called with the samples done and to do.
	OnSample func(done, total int)
}

// Estimate is a mean over posterior samples, or a score over inputs, and its standard error.
type Estimate struct {
	Value float64 `json:"value"`
	SE    float64 `json:"stderr"`
}

// ELBO measures a posterior against the training data, in nats for the whole data set. What
// the model learns by maximum likelihood, a noise or the prior's standard deviations, is given:
// all bounds are those of the evidence for these.
type ELBO struct {
	// N is the number of data.
	N int
	// LogLikelihood is E_q[log p(Y|X, ω)].
	LogLikelihood Estimate
	// KL is KL(q ‖ p), in closed form.
	KL float64
	// LVI is the ELBO L_VI (paper, eq. 3).
	LVI Estimate
	// Information estimates E_q[I(ω)]: unbiased for EstimatorExact, from below for
	// EstimatorUniform and EstimatorImportance.
	Information Estimate
	// InformationUpper estimates it from above: for EstimatorImportance by the draws without the
	// identity; it is Information for EstimatorExact, and log |G| for EstimatorUniform and
	// EstimatorNone.
	InformationUpper Estimate
	// Lower and Upper bound L^G_VI = L_VI + E_q[I(ω)] in expectation, by Information and
	// InformationUpper.
	Lower, Upper Estimate
	// LogGroupOrder is log |G|, the most that symmetrisation can add.
	LogGroupOrder float64
	// LogPermutations is log K, the most that EstimatorUniform can find; 0 for the others.
	LogPermutations float64
	// Permutations is the number K of draws per sample of EstimatorImportance, and ESS how
	// many independent draws from the posterior over permutations they are worth; 0 for the
	// others.
	Permutations int
	ESS          float64
	// Warning is set when EstimatorAuto would have needed more permutations than it may draw.
	Warning string
	// Used counts, for every hidden layer, the neurons that the next layer listens to.
	Used   []int
	silent int // how many are not
}

// ELBO estimates L_VI and, if asked to, both bounds of the symmetrised ELBO of any
// mean-field posterior, however it was trained.
func (q *Posterior) ELBO(ctx context.Context, device kernels.Device, d Data,
	o ELBOOptions) (*ELBO, error) {
	if err := usable(ctx, device); err != nil {
		return nil, err
	}
	if err := q.check(); err != nil {
		return nil, err
	}
	m := q.Model
	n, err := m.check(d, true)
	if err != nil {
		return nil, err
	}
	set(&o.Symmetrize.Estimator, EstimatorNone)
	set(&o.Samples, 1000)
	set(&o.Batch, 1000)
	if o.Samples < 2 || o.Samples > 1<<30 {
		return nil, fmt.Errorf("ELBO: %d samples, want 2 to %d", o.Samples, 1<<30)
	}
	if o.Batch < 1 {
		return nil, fmt.Errorf("ELBO: batch size %d, want at least 1", o.Batch)
	}
	if err := o.Symmetrize.Validate(m.Network); err != nil {
		return nil, err
	}
	if err := o.Symmetrize.runsOn(device, m.Network); err != nil {
		return nil, err
	}
	o.Batch = min(o.Batch, n)
	s := &scratch{device: device}
	defer s.release()
	e := newELBOEstimator(s, q, newRows(s, m, d, n), o)
	if err := e.pilot(ctx); err != nil {
		return nil, err
	}
	mine := own(o.Processes, o.Samples)
	for s := mine.lo; s < mine.hi; s++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e.sample(s)
		if o.OnSample != nil {
			o.OnSample(s+1-mine.lo, mine.len())
		}
	}
	if err := e.join(mine); err != nil {
		return nil, err
	}
	r, err := e.result()
	if err != nil {
		return nil, err
	}
	if r.Used, err = q.Used(); err != nil {
		return nil, err
	}
	for i, n := range m.Network.Hidden() {
		r.silent += n - r.Used[i]
	}
	return r, nil
}

type elboEstimator struct {
	scratch       *scratch
	model         Model
	options       ELBOOptions
	n             int
	q             gaussian
	data          *dataset
	order         kernels.I32
	pass          *pass
	estimator     estimator
	drawn         drawn // nil unless the estimator draws from a proposal
	loss          kernels.F32
	kl            kernels.F64
	logLikelihood kernels.F64 // one a sample
	information   kernels.F64
	upper, spread kernels.F64
}

func newELBOEstimator(s *scratch, q *Posterior, r *rows, o ELBOOptions) *elboEstimator {
	m, n := q.Model, r.n
	e := &elboEstimator{scratch: s, model: m, options: o, n: n,
		q: q.upload(s, o.Symmetrize.evaluates(m.Network))}
	e.data = newDataset(s, m, r, o.Batch)
	e.pass = newPass(s, m.Network, 1, o.Batch, false)
	if q.Noise != nil {
		e.pass.setNoise(s, s.upload(q.Noise))
	}
	e.estimator = newEstimator(s, m.Network, e.q, o.Symmetrize, 1)
	e.estimator.prepare()
	e.drawn, _ = e.estimator.(drawn)
	e.loss, e.kl = s.f32(o.Batch), s.f64(1)
	e.logLikelihood, e.information = s.f64(o.Samples), s.f64(o.Samples)
	if e.drawn != nil {
		e.upper, e.spread = s.f64(o.Samples), s.f64(o.Samples)
	}

	// The order is stored twice, so that a batch may run over its end.
	order := make([]int32, n)
	kernels.Key{Seed: o.Seed, Stream: streamELBOBatch}.Permutation(order, 0)
	e.order = s.i32(2 * n)
	e.order.Upload(append(order[:n:n], order...))

	size := m.Network.Parameters()
	unused := s.f32(2 * size)
	kl := kernels.KLGaussian{N: size, Mu: e.q.mu, Sigma: e.q.sigma, PriorStd: float32(m.Prior.Std),
		Weight: 1, KL: e.kl, DMu: unused.Slice(0, size), DSigma: unused.Slice(size, 2*size)}
	if inverse := q.inversePrior(); inverse != nil {
		kl.InvPrior = s.upload(inverse)
	}
	s.device.KLGaussian(kl)
	return e
}

// pilot lets Auto choose the number of draws from a few samples of their own.
func (e *elboEstimator) pilot(ctx context.Context) error {
	if e.drawn == nil || !e.drawn.follows() {
		return nil
	}
	const rounds, samples = 3, 16
	for round := range rounds {
		for s := range samples {
			if err := ctx.Err(); err != nil {
				return err
			}
			key := kernels.Key{Seed: e.options.Seed, Stream: streamELBOPilot, Step: uint32(round),
				Sample: uint32(s)}
			e.pass.sample(e.q, key, 1)
			key.Stream = streamELBOPilotPermutations
			e.estimator.evaluate(e.pass.w, 1, drawKey{Key: key}, false)
			e.copy(e.estimator.found().spread, e.spread, s%e.options.Samples)
		}
		p, err := e.precision(min(samples, e.options.Samples))
		if err != nil {
			return err
		}
		e.drawn.adapt(p)
	}
	return nil
}

// copy copies the one value of src to element s of dst.
func (e *elboEstimator) copy(src, dst kernels.F64, s int) {
	e.scratch.device.Sum(kernels.Sum{Batch: 1, N: 1, Src64: src, Dst: dst.Slice(s, s+1), Scale: 1})
}

// precision of the draws of the first samples.
func (e *elboEstimator) precision(samples int) (precision, error) {
	spread, err := kernels.Read(e.spread.Slice(0, samples))
	if err != nil {
		return precision{}, deviceError(e.scratch.device, err)
	}
	return precision{e.drawn.draws(), estimate(spread).Value}, nil
}

func (e *elboEstimator) sample(s int) {
	dev, rows := e.scratch.device, e.options.Batch
	key := kernels.Key{Seed: e.options.Seed, Stream: streamELBO, Sample: uint32(s)}
	lo := s * rows % e.n
	e.data.gather(e.order.Slice(lo, lo+rows))
	e.pass.sample(e.q, key, 1)
	e.pass.forward(e.data.batchX, 1, rows)
	e.pass.loss(e.model.Likelihood, e.data.batch, 1, rows, e.loss, e.pass.out, 1)
	dev.Sum(kernels.Sum{Batch: 1, N: rows, Src: e.loss, Dst: e.logLikelihood.Slice(s, s+1),
		Scale: -float64(e.n) / float64(rows)})
	key.Stream = streamELBOPermutations
	e.estimator.evaluate(e.pass.w, 1, drawKey{Key: key}, false)
	f := e.estimator.found()
	if f.information != nil {
		e.copy(f.information, e.information, s)
	}
	if f.upper != nil {
		e.copy(f.upper, e.upper, s)
		e.copy(f.spread, e.spread, s)
	}
}

func (e *elboEstimator) result() (*ELBO, error) {
	logLikelihood, err1 := kernels.Read(e.logLikelihood)
	information, err2 := kernels.Read(e.information)
	kl, err3 := kernels.Read(e.kl)
	if err := deviceError(e.scratch.device, err1, err2, err3); err != nil {
		return nil, err
	}
	y := e.options.Symmetrize
	r := &ELBO{N: e.n, KL: kl[0],
		LogLikelihood: estimate(logLikelihood), Information: estimate(information),
		LogGroupOrder: y.LogGroupOrder(e.model.Network), LogPermutations: y.logPermutations()}
	r.LVI = Estimate{r.LogLikelihood.Value - r.KL, r.LogLikelihood.SE}
	r.Lower = plus(logLikelihood, information, r.KL)
	r.InformationUpper = Estimate{Value: r.LogGroupOrder}
	r.Upper = Estimate{r.LVI.Value + r.LogGroupOrder, r.LVI.SE}
	switch {
	case e.drawn != nil:
		if err := e.bounds(r, logLikelihood); err != nil {
			return nil, err
		}
	case e.estimator.found().exact:
		r.InformationUpper, r.Upper = r.Information, r.Lower
	}
	if math.IsNaN(r.Lower.Value) || math.IsInf(r.Lower.Value, 0) || math.IsNaN(r.Upper.Value) {
		return nil, fmt.Errorf("ELBO: the estimate is %v; the posterior or the data are not usable",
			r.Lower.Value)
	}
	return r, nil
}

// bounds fills in what only the draws of Importance tell.
func (e *elboEstimator) bounds(r *ELBO, logLikelihood []float64) error {
	upper, err := kernels.Read(e.upper)
	if err != nil {
		return deviceError(e.scratch.device, err)
	}
	p, err := e.precision(e.options.Samples)
	if err != nil {
		return err
	}
	r.InformationUpper, r.Upper = estimate(upper), plus(logLikelihood, upper, r.KL)
	r.Permutations, r.ESS, r.Warning = p.draws, p.ess(), e.drawn.warning(p)
	return nil
}

// plus estimates the mean of x + y − kl.
func plus(x, y []float64, kl float64) Estimate {
	both := make([]float64, len(x))
	for i := range both {
		both[i] = x[i] + y[i]
	}
	mean, se := score.Mean(both)
	return Estimate{mean - kl, se}
}

func estimate(x []float64) Estimate { return estimated(score.Mean(x)) }

func estimated(value, se float64) Estimate { return Estimate{value, se} }

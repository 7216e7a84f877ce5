package bnn

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/symvi/symvi/kernels"
)

// Trainer is a training under way, for callers who checkpoint. One goroutine at a time may use
// it: a call while another has not returned, or after Close, is an error that wraps ErrInUse or
// ErrClosed and changes nothing. Steps, Epoch, Finished, Best and Rising may be called at any
// time, and all methods in the callbacks of FitOptions.
type Trainer struct {
	turn  turn
	steps atomic.Int64 // done, for others than the one whose turn it is

	model     Model
	options   FitOptions
	device    kernels.Device
	scratch   *scratch
	data      *dataset
	pass      *pass
	estimator estimator
	drawn     drawn // nil unless the estimator draws from a proposal
	cadence   cadence
	saturated bool // the last epoch's information was, see cadence
	n, size   int
	perEpoch  int
	total     int // steps
	epoch     int // epochs done
	batch     int // minibatches done in this epoch

	x, moment1, moment2, grad kernels.F32 // (μ, ρ, noise), moments, gradient: 2P + T
	mu, rho, noise            kernels.F32 // parts of x; noise is nil if none is learned
	mirrors                   parameterMirrors
	dNoise                    kernels.F32 // the gradient's end
	q                         gaussian
	sampled                   bool // q has x's σ, the pass the next step's weights
	gathered                  bool // data has the next step's minibatch
	prior                     learnedPrior
	held                      heldScale
	order                     []int32
	index                     kernels.I32
	batches                   []kernels.I32
	window                    *window // nil where steps are queued one by one
	loss                      kernels.F32
	stats                     kernels.F64         // sums over the epoch's steps, see State.Sums
	glanced                   []float64           // what glance sees of them
	sums                      [statistics]float64 // all shards' together
	sharded                   *sharded            // nil for one shard
	logLikelihood             kernels.F64
	information               kernels.F64
	kl                        kernels.F64
	bounds                    kernels.F64 // information, upper bound, spread

	history    history
	validator  *validator // nil without validation rows
	best       *Best
	validation float64 // NLL of the latest check
}

// NewTrainer checks the arguments and puts everything on the device.
func NewTrainer(device kernels.Device, m Model, d Data, o FitOptions) (*Trainer, error) {
	return newTrainer(device, m, d, nil, o)
}

// newTrainer is NewTrainer with the data on the device, nil if they are not there.
func newTrainer(device kernels.Device, m Model, d Data, r *rows, o FitOptions) (*Trainer, error) {
	if err := usable(context.Background(), device); err != nil {
		return nil, err
	}
	n, err := m.checkRows(d, r)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(m, n); err != nil {
		return nil, err
	}
	if err := o.Symmetrize.Validate(m.Network); err != nil {
		return nil, err
	}
	if err := o.Symmetrize.runsOn(device, m.Network); err != nil {
		return nil, err
	}
	start, err := o.start(m)
	if err != nil {
		return nil, err
	}
	if r, ok := device.(kernels.Recorder); ok {
		device = r.Fork() // others may use it meanwhile
	}
	t := &Trainer{model: m, options: o, device: device, scratch: &scratch{device: device}, n: n,
		size: m.Network.Parameters(), order: make([]int32, n)}
	if r == nil {
		r = newRows(t.scratch, m, d, n)
	}
	err = t.allocate(r, start)
	if err == nil {
		t.upload(start)
		t.shuffle()
		err = deviceError(device, device.Sync()) // too little memory, say
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// checkRows reports a model, or data that are not on the device yet, that make no sense; it returns
// the number of data.
func (m Model) checkRows(d Data, r *rows) (n int, err error) {
	if r != nil {
		return r.n, nil
	}
	if err := m.Validate(); err != nil {
		return 0, err
	}
	return m.check(d, true)
}

// start is the posterior that training starts from.
func (o *FitOptions) start(m Model) (*Posterior, error) {
	q, err := NewPosterior(m, o.InitStd, o.Seed)
	if err != nil || o.Start == nil {
		return q, err
	}
	from := o.Start
	if err := from.check(); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	if other := (Model{m.Network, from.Model.Likelihood, from.Model.Prior}); !from.Model.Equal(other) {
		return nil, fmt.Errorf("start: the posterior is of a network of widths %v with %v, the "+
			"model's has %v with %v",
			from.Model.Network.Widths, from.Model.Network.Activation, m.Network.Widths, m.Network.Activation)
	}
	if mine, its := m.targets(), from.Model.targets(); mine != its {
		return nil, fmt.Errorf("start: the posterior's outputs are read by the likelihood %v, those "+
			"of the model by %v",
			from.Model.Likelihood, m.Likelihood)
	}
	q.Mu, q.Rho = from.Mu, from.Rho
	if len(from.Noise) == len(q.Noise) {
		q.Noise = from.Noise
	}
	if len(from.PriorStds) == len(q.PriorStds) {
		q.PriorStds = from.PriorStds
	}
	return q, nil
}

func (t *Trainer) allocate(r *rows, start *Posterior) error {
	s, o, p := t.scratch, t.options, t.size
	ends := batchEnds(t.n, o.Batch)
	rows := ends[0] // of the largest
	t.perEpoch, t.total = len(ends), o.Steps
	if t.total == 0 {
		t.total = o.Epochs * t.perEpoch
	}
	room := 1
	if _, ok := t.device.(kernels.Recorder); ok {
		room = windowSteps(rows, 4*(t.model.Network.inputs()+t.model.targets()), t.perEpoch)
	}
	t.data = newDataset(s, t.model, r, ends[room-1])
	t.allocateParameters(len(start.Noise))
	if inverse := start.inversePrior(); inverse != nil {
		t.prior.inverse = s.f32(p)
	}
	t.held = newHeldScale(t.model, o.scaleWarmup(t.total))
	t.index = s.i32(t.n)
	first := 0
	for _, end := range ends {
		t.batches = append(t.batches, t.index.Slice(first, end))
		first = end
	}
	t.window = t.newWindow(room)
	if o.Shards > 1 {
		t.sharded = t.newSharded(rows)
	} else {
		t.allocateWhole(rows)
	}
	t.glanced = t.newGlance()
	var err error
	if o.Validation != nil {
		t.validator, err = newValidator(s, t.model, t.noise, o)
	}
	return err
}

// allocateParameters allocates what a step updates, for so many learned noises.
func (t *Trainer) allocateParameters(noises int) {
	s, p := t.scratch, t.size
	t.mirrors = parameterMirrors{p, t.vector(2*p + noises), t.vector(p)}
	t.x, t.q.sigma = t.mirrors.x.device, t.mirrors.sigma.device
	t.mu, t.rho = t.x.Slice(0, p), t.x.Slice(p, 2*p)
	if noises > 0 {
		t.noise = t.x.Slice(2*p, 2*p+noises)
	}
	t.q.mu = t.mu
	if t.options.Symmetrize.evaluates(t.model.Network) {
		t.q.inv = s.f32(p)
	}
}

// vector allocates what other processes read and write, if there are others.
func (t *Trainer) vector(n int) mirror {
	if alone(t.options.Processes) {
		return mirror{device: t.scratch.f32(n)}
	}
	return t.scratch.mirror(n)
}

// allocateWhole allocates what a step of one shard works with, for minibatches of at most so
// many rows.
func (t *Trainer) allocateWhole(rows int) {
	s, o, all := t.scratch, &t.options, t.x.Len()
	t.pass = newPass(s, t.model.Network, o.Samples, rows, true)
	t.moment1, t.moment2, t.grad = s.f32(all), s.f32(all), s.f32(all)
	if t.noise != nil {
		t.dNoise = t.grad.Slice(2*t.size, all)
		t.pass.setNoise(s, t.noise)
	}
	t.newEstimator(o.Samples)
	t.loss = s.f32(o.Samples * rows)
	t.stats = s.f64(statistics)
	t.logLikelihood, t.kl = t.stats.Slice(0, 1), t.stats.Slice(1, 2)
	t.information, t.bounds = t.stats.Slice(2, 3), t.stats.Slice(2, 5)
}

// newEstimator makes the estimator for so many samples at a time.
func (t *Trainer) newEstimator(samples int) {
	t.estimator = newEstimator(t.scratch, t.model.Network, t.q, t.options.Symmetrize, samples)
	t.drawn, _ = t.estimator.(drawn)
	t.setCadence()
}

// upload puts a posterior where Adam works.
func (t *Trainer) upload(q *Posterior) {
	t.sampled, t.gathered = false, false
	if t.sharded != nil {
		t.sharded.scaled = false
	}
	t.mu.Upload(q.Mu)
	t.rho.Upload(q.Rho)
	if t.noise != nil {
		t.noise.Upload(q.Noise)
	}
	t.prior.upload(q)
}

// shuffle orders the data for the current epoch: a function of seed and epoch only.
func (t *Trainer) shuffle() {
	key := kernels.Key{Seed: t.options.Seed, Stream: streamShuffle, Step: uint32(t.epoch)}
	key.Permutation(t.order, 0)
	t.index.Upload(t.order)
	t.planEpoch()
}

// Steps is the number of optimizer steps done, and of all that the options ask for.
func (t *Trainer) Steps() (done, total int) { return int(t.steps.Load()), t.total }

func (t *Trainer) done() int { return t.epoch*t.perEpoch + t.batch }

// Epoch is the number of whole epochs done.
func (t *Trainer) Epoch() int { return int(t.steps.Load()) / t.perEpoch }

// Finished reports whether there is nothing left to do: all steps are done, or the validation
// rows have lost their patience.
func (t *Trainer) Finished() bool {
	if !t.quiet() {
		return int(t.steps.Load()) >= t.total
	}
	defer t.give()
	return t.finished()
}

func (t *Trainer) finished() bool { return t.done() >= t.total || t.impatient() }

// take begins a method's use of the trainer, give ends it.
func (t *Trainer) take() error { return t.turn.take("trainer") }

func (t *Trainer) give() { t.turn.give(t.scratch.release) }

// quiet takes the turn, or reports that a call is under way. What is on the host may be read
// after Close.
func (t *Trainer) quiet() bool { return t.take() == nil || t.turn.state.Load() == turnClosed }

// Run trains until Finished. When ctx is cancelled it stops between two
// steps and returns the context's error; the trainer can then be saved, or run on. Of several
// processes all stop after the same step when the context of one is cancelled.
func (t *Trainer) Run(ctx context.Context) error {
	if err := t.take(); err != nil {
		return err
	}
	defer t.give()
	if err := usable(ctx, t.device); err != nil { // closed since
		return err
	}
	step := t.oneStep()
	for !t.finished() {
		if err := t.stopped(ctx); err != nil {
			return err
		}
		if t.turn.ending() {
			return fmt.Errorf("trainer: %w", ErrClosed)
		}
		t.advance(step)
		if err := t.afterStep(); err != nil {
			return err
		}
	}
	return nil
}

// oneStep is what queues one step.
func (t *Trainer) oneStep() func() {
	if t.sharded != nil {
		return t.shardedStep
	}
	return t.step
}

// advance queues the next steps: a window of them, or one.
func (t *Trainer) advance(step func()) {
	if !t.runWindow() {
		kernels.Repeat(t.device, step)
	}
}

// stopped is the reason to stop before the next step.
func (t *Trainer) stopped(ctx context.Context) error {
	if t.sharded == nil || t.sharded.exchange == nil {
		return ctx.Err()
	}
	t.sharded.exchange.wish(ctx.Err() != nil)
	return t.sharded.exchange.stopped()
}

// afterStep does what is due between two steps.
func (t *Trainer) afterStep() error {
	t.steps.Store(int64(t.done()))
	if err := t.glance(); err != nil {
		return err
	}
	if err := t.refitPrior(); err != nil {
		return err
	}
	if err := t.validate(); err != nil {
		return err
	}
	if t.options.OnStep != nil {
		t.give()
		t.options.OnStep(int(t.steps.Load()), t.total)
		if err := t.turn.retake("trainer"); err != nil {
			return err
		}
	}
	if t.batch == t.perEpoch || t.finished() {
		return t.endEpoch()
	}
	return nil
}

// endEpoch reports an epoch, the last of which may be cut short by the number of steps. The
// epoch's sums are the only values that every training reads back.
func (t *Trainer) endEpoch() error {
	if _, err := t.readSums(); err != nil {
		return err
	}
	stats := t.epochStats()
	if err := t.checkObjective(stats); err != nil {
		return err
	}
	if t.batch == t.perEpoch {
		if t.drawn != nil {
			t.drawn.adapt(t.precision())
			full := t.options.Symmetrize.LogGroupOrder(t.model.Network)
			t.saturated = stats.Information >= full-saturatedMargin
			t.setCadence()
		}
		t.history.add(stats.LogLikelihood - t.options.KLWeight*(stats.KL-stats.Information))
		t.epoch++
		t.batch = 0
		t.setSums(make([]float64, statistics*t.options.Shards))
		if t.done() < t.total {
			t.shuffle()
		}
	}
	if t.options.OnEpoch == nil {
		return nil
	}
	t.give()
	err := t.options.OnEpoch(stats)
	return errors.Join(err, t.turn.retake("trainer"))
}

// epochStats are those of the epoch's sums.
func (t *Trainer) epochStats() EpochStats {
	sums, steps := &t.sums, float64(t.batch)
	evaluations := float64(t.cadence.evaluations(t.batch))
	e := EpochStats{Epoch: t.epoch + 1, Steps: t.done(), LogLikelihood: sums[0] / steps,
		Information: sums[1] / evaluations, KL: sums[2] / steps, ValidationNLL: t.validation}
	if t.best != nil {
		e.Best = t.best.NLL
	}
	switch {
	case t.drawn != nil:
		p := t.precision()
		e.InformationUpper, e.Permutations, e.ESS = sums[3]/evaluations, p.draws, p.ess()
		if t.drawn.limit() >= DefaultPermutations { // fewer are no attempt at narrow bounds
			e.Warning = t.drawn.warning(p)
		}
	case t.estimator.found().exact:
		e.InformationUpper = e.Information
	case t.estimator.found().information != nil:
		e.InformationUpper = t.options.Symmetrize.LogGroupOrder(t.model.Network)
	}
	return e
}

// precision of the epoch's draws.
func (t *Trainer) precision() precision {
	return precision{t.drawn.draws(), t.sums[4] / float64(t.cadence.evaluations(t.batch))}
}

// Rising reports whether the objective was still rising when the training ended, by more than
// its noise: then more steps would have helped. While Run has not returned it is false.
func (t *Trainer) Rising() bool {
	if !t.quiet() {
		return false
	}
	defer t.give()
	return t.history.rising(t.options.Schedule, t.n)
}

// Posterior reads the current posterior. Of several processes, all must call it.
func (t *Trainer) Posterior() (*Posterior, error) {
	if err := t.take(); err != nil {
		return nil, err
	}
	defer t.give()
	return t.posterior()
}

func (t *Trainer) posterior() (*Posterior, error) {
	if err := t.completeRho(); err != nil {
		return nil, err
	}
	x, err := kernels.Read(t.x)
	if err != nil {
		return nil, deviceError(t.device, err)
	}
	p := t.size
	q := &Posterior{Model: t.model, Mu: x[:p:p], Rho: x[p : 2*p : 2*p], PriorStds: t.prior.stds}
	if t.noise != nil {
		q.Noise = x[2*p:]
	}
	return q, nil
}

// Result is the posterior that the training has found: the best one by the validation rows
// if there are any, else the current one. Of several processes, all must call it.
func (t *Trainer) Result() (*Posterior, error) {
	if err := t.take(); err != nil {
		return nil, err
	}
	defer t.give()
	if t.best != nil {
		return t.best.Posterior, nil
	}
	return t.posterior()
}

// Close returns the trainer's buffers. A Run under way ends after its step, with an error.
// Closing again does nothing.
func (t *Trainer) Close() { t.turn.close(t.scratch.release) }

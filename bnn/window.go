package bnn

import "github.com/symvi/symvi/kernels"

// maxWindow is the most steps that a device runs without hearing from the host.
const maxWindow = 20

const (
	// windowWork bounds the work of a window, in float32 multiply-adds (see stepWork): a few
	// hundredths of a second of a small GPU, after which a training can be stopped.
	windowWork = 6e9
	// windowBytes bounds the minibatches of a window.
	windowBytes = 16 << 20
)

// window runs several steps of a training as one recording. What changes from step to step is in
// the device's memory: the plan of an epoch has a state for every step, of which the window takes
// the next ones. Its minibatches are gathered together.
type window struct {
	device       kernels.Recorder
	room         int           // steps
	most         int           // steps, at most room
	words        []int32       // the host's copy of what is uploaded
	all          kernels.I32   // next, in a state's room, and the plan
	next         kernels.I32   // where the device is in the plan
	plan, states kernels.I32   // of an epoch, of the window
	state        []kernels.I32 // the parts of states
	at           int           // where next is by the uploads and runs so far
	direct       int           // steps still to be queued one by one
	eager        bool          // to record a window of a new shape at once
	kept         map[windowShape]kernels.Recording
}

// windowShape is what tells the recording of a window from others.
type windowShape struct {
	steps, draws int
	kinds        [maxWindow]stepKind
}

// keptWindows bounds the recordings that are kept: an epoch takes few shapes.
const keptWindows = 16

// windowSteps is how many steps of minibatches of at most so many rows of so many bytes there can
// be in a window; at least 1.
func windowSteps(rows, bytes, perEpoch int) int {
	return max(1, min(maxWindow, perEpoch, windowBytes/max(rows*bytes, 1)))
}

// newWindow allocates for windows of at most so many steps; nil where the device has none, or
// where processes must meet in every step.
func (t *Trainer) newWindow(steps int) *window {
	device, ok := t.device.(kernels.Recorder)
	if !ok || t.options.Shards > 1 {
		return nil
	}
	const size = kernels.StepWords
	s := t.scratch
	w := &window{device: device, room: steps, kept: map[windowShape]kernels.Recording{}}
	w.words = make([]int32, (1+t.perEpoch)*size)
	w.all = s.i32(len(w.words))
	w.next, w.plan = w.all.Slice(0, 1), w.all.Slice(size, w.all.Len())
	w.states = s.i32(steps * size)
	for i := range steps {
		w.state = append(w.state, w.states.Slice(i*size, (i+1)*size))
	}
	s.free = append(s.free, w.forget)
	return w
}

// forget frees the recordings.
func (w *window) forget() {
	for _, r := range w.kept {
		if r != nil {
			r.Free()
		}
	}
	clear(w.kept)
}

// setWindow bounds the steps of a window by the work of one, and by the cadence, so that windows
// begin with an evaluation of the information.
func (t *Trainer) setWindow() {
	w := t.window
	if w == nil {
		return
	}
	n, samples := t.model.Network, t.options.Samples
	work := stepWork(n, samples, t.batches[0].Len())
	switch {
	case t.drawn != nil:
		work += float64(samples) * drawnWork(n, t.drawn.draws()) / float64(t.cadence.every)
	case t.estimator.found().exact:
		work += float64(samples) * exactWork(n)
	}
	w.most = max(1, min(w.room, int(windowWork/work)))
	if every := t.cadence.every; every <= w.most {
		w.most -= w.most % every
	}
}

// planEpoch puts an epoch's states on the device.
func (t *Trainer) planEpoch() {
	w, o := t.window, &t.options
	if w == nil {
		return
	}
	first := 0
	for b, index := range t.batches {
		done := t.epoch*t.perEpoch + b
		if done >= t.total {
			break
		}
		adam := kernels.Adam{LR: o.rate(done, t.total), Beta1: beta1, Beta2: beta2, Step: done + 1}
		c := adam.Constants()
		kernels.StepState{Step: uint32(done), First: int32(first), LR: c.LR, Correct1: c.Correct1,
			Correct2: c.Correct2, Weight: float32(o.klWeight(done)),
			Seed: o.Seed}.Put(w.words[(1+b)*kernels.StepWords:])
		first += index.Len()
	}
	w.words[0] = int32(t.batch)
	w.all.Upload(w.words)
	w.at, w.direct = t.batch, 0
}

// runWindow queues the next steps as a window. It reports false if they are to be queued one by
// one: a window of a new shape, which may never come again, is not recorded unless asked for.
func (t *Trainer) runWindow() bool {
	w := t.window
	if w == nil {
		return false
	}
	if w.direct > 0 {
		w.direct--
		return false
	}
	shape, ok := t.nextWindow()
	if !ok {
		return false
	}
	r, seen := w.kept[shape]
	if !seen {
		if len(w.kept) == keptWindows {
			w.forget()
		}
		w.kept[shape] = nil
		if !w.eager {
			w.direct = shape.steps - 1
			return false
		}
	}
	if r == nil {
		r = w.device.Record(func() { t.queueWindow(&shape) })
		w.kept[shape] = r
	}
	t.sampleFirst(t.done())
	if w.at != t.batch { // steps were queued one by one
		w.next.Upload([]int32{int32(t.batch)})
	}
	r.Run()
	t.batch += shape.steps
	w.at, t.gathered = t.batch, false
	return true
}

// nextWindow is the shape of the next window, which ends where the host has something to do. While
// the weight of the information's gradient rises there is none.
func (t *Trainer) nextWindow() (s windowShape, ok bool) {
	done := t.done()
	if _, alone := t.estimator.(none); !alone && done+1 < t.options.KLWarmup {
		return s, false
	}
	s.steps = min(t.window.most, t.perEpoch-t.batch, t.total-done)
	if t.model.Prior.learned() {
		s.steps = min(s.steps, refitEvery-done%refitEvery)
	}
	if v := t.validator; v != nil {
		s.steps = min(s.steps, v.Every-done%v.Every)
	}
	for i := range s.steps {
		s.kinds[i] = t.kind(t.batch + i)
	}
	if t.drawn != nil {
		s.draws = t.drawn.draws()
	}
	return s, true
}

// queueWindow queues a window: nothing in it depends on when it is run.
func (t *Trainer) queueWindow(s *windowShape) {
	w, d := t.window, t.data
	w.device.StepWindow(kernels.StepWindow{Rows: s.steps, PlanRows: t.perEpoch, Window: w.states,
		Plan: w.plan, Next: w.next})
	rows := 0
	for i := range s.steps {
		rows += s.kinds[i].rows
	}
	m := d.minibatch(t.index)
	m.Rows, m.State = rows, w.state[0]
	kernels.RunMinibatch(t.device, m)
	first := 0
	for i := range s.steps {
		x, targets := d.from(first)
		q := queuedStep{stepKind: s.kinds[i], state: w.state[i], x: x, targets: targets,
			weight: t.options.KLWeight}
		kernels.Repeat(t.device, func() { t.queue(&q) })
		first += q.rows
	}
}

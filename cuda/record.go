//go:build cuda

package cuda

import (
	"fmt"

	"github.com/symvi/symvi/cuda/driver"
	"github.com/symvi/symvi/kernels"
)

var _ kernels.Recorder = (*Device)(nil)

// Record implements kernels.Recorder: the first time f is called, from then on a graph is launched,
// with which the host has nothing more to do. f is called every time if it allocates, uploads or
// downloads, and once again when the operations' scratch memory has moved.
func (d *Device) Record(f func()) kernels.Recording { return &recording{device: d, f: f} }

// recording is a series of launches that stay as they are.
type recording struct {
	device     *Device
	f          func()
	batch      *batch // what the worker knows, nil before the first run
	generation int    // of the scratch memory
	unfit      bool   // no graph can hold what f does
}

// Run implements kernels.Recording.
func (r *recording) Run() {
	d := r.device
	d.mu.Lock()
	switch {
	case r.unfit || d.recording != nil: // a part of another
		d.mu.Unlock()
		r.f()
	case r.batch != nil && r.generation == d.generation():
		d.rerun(r)
		d.mu.Unlock()
	default:
		r.drop()
		b, generation := &batch{}, d.generation()
		d.startRecording(b)
		d.mu.Unlock()
		whole := false
		defer func() { r.end(b, generation, whole) }()
		r.f()
		whole = true
	}
}

// end queues what has been recorded, to be kept if it is whole and can run again.
func (r *recording) end(b *batch, generation int, whole bool) {
	d := r.device
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopRecording()
	r.unfit = whole && (b.flushed || !b.repeatable())
	if whole && !r.unfit && generation == d.generation() {
		r.batch, r.generation = b, generation
		d.rerun(r)
		return
	}
	d.single.append(b)
	d.submit(&d.single)
}

// Free implements kernels.Recording.
func (r *recording) Free() {
	r.device.mu.Lock()
	defer r.device.mu.Unlock()
	r.drop()
	r.f = nil
}

// drop makes the worker forget the batch. The caller holds d.mu.
func (r *recording) drop() {
	if r.batch != nil && !r.device.closed {
		r.device.letGo()
		r.device.queueCommand(command{kind: forget, recorded: r.batch})
	}
	r.batch = nil
}

// rerun runs a batch that stays as it is.
func (w *worker) rerun(b *batch) error {
	if w.graphless {
		w.execute(b)
		return nil
	}
	g := w.kept[b]
	if g == nil {
		launches, err := w.launches(b)
		if err != nil {
			return err
		}
		order := after(b.commands)
		b.levels = levels(order)
		if g, err = driver.NewGraph(launches, order); err != nil {
			return b.failed(err)
		}
		w.kept[b] = g
	}
	if err := g.Launch(w.streamHandle()); err != nil {
		return b.failed(err)
	}
	w.last = b.commands[len(b.commands)-1]
	w.device.replays.Add(int64(b.steps))
	w.device.reruns.Add(int64(b.steps))
	w.device.nodes.Add(int64(len(b.commands)))
	w.device.levels.Add(int64(b.levels))
	return w.pace(fewAhead)
}

// failed adds to an error which graph it is of.
func (b *batch) failed(err error) error {
	n := len(b.commands)
	return fmt.Errorf("a graph of %d kernels from %s to %s: %w", n, b.commands[0].kernel.name,
		b.commands[n-1].kernel.name, err)
}

// forget frees the graph of a batch.
func (w *worker) forget(b *batch) error {
	g := w.kept[b]
	delete(w.kept, b)
	if g == nil {
		return nil
	}
	return g.Destroy()
}

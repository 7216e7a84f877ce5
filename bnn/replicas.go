package bnn

import (
	"context"
	"errors"
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// Replicas are trainings of one model on the same data that differ in what their options say as
// numbers: seeds, starts, learning rates, weights of the divergence, lengths. Where a GPU runs the
// steps of a training without hearing from the host, it runs those of all replicas in the launches
// of one, so that many small networks fill it, also where one draws more permutations than another.
// Each finds what it finds alone, bit for bit; what replicas cannot share, such as the evaluation
// of an information that not all have found saturated, some do by themselves. On a processor they
// take turns, and separate trainings, one to a core, are faster.
//
// One goroutine at a time may use them, as it may a Trainer.
type Replicas struct {
	turn     turn
	trainers []*Trainer
	scratch  *scratch // the data
	group    kernels.Replicas
}

// NewReplicas checks the arguments and puts a training for each of the options on the device. Its
// memory there is that of as many trainers, but for the data.
func NewReplicas(device kernels.Device, m Model, d Data, options []FitOptions) (*Replicas, error) {
	if len(options) == 0 {
		return nil, errors.New("replicas: none, want options for at least one")
	}
	for i, o := range options {
		if o.Processes != nil {
			return nil, fmt.Errorf("replica %d: several processes train it, want one: replicas share "+
				"a device", i)
		}
	}
	if err := usable(context.Background(), device); err != nil {
		return nil, err
	}
	n, err := m.checkRows(d, nil)
	if err != nil {
		return nil, err
	}
	r := &Replicas{scratch: &scratch{device: device}}
	if err := r.allocate(device, m, d, n, options); err != nil {
		r.release()
		return nil, err
	}
	return r, nil
}

// allocate makes the trainers; n is the number of data.
func (r *Replicas) allocate(device kernels.Device, m Model, d Data, n int,
	options []FitOptions) error {
	data := newRows(r.scratch, m, d, n)
	var err error
	r.group = kernels.NewReplicas(device, len(options), func(own kernels.Device) {
		var t *Trainer
		if t, err = newTrainer(own, m, d, data, options[0]); err == nil {
			t.rehearse()
			t.Close()
		}
	})
	if err != nil {
		return replicaError(0, err)
	}
	for i, o := range options {
		t, err := newTrainer(r.group.Device(i), m, d, data, o)
		if err != nil {
			return replicaError(i, err)
		}
		if t.window != nil {
			t.window.eager = true // only recorded steps share launches
		}
		r.trainers = append(r.trainers, t)
	}
	return nil
}

// rehearse does a step that needs as much memory as one can.
func (t *Trainer) rehearse() {
	if t.drawn != nil {
		t.drawn.setDraws(t.drawn.limit())
	}
	t.step()
}

func replicaError(i int, err error) error { return fmt.Errorf("replica %d: %w", i, err) }

const (
	// mostReplicas is how many trainings share launches: beyond it even small ones fill a GPU.
	mostReplicas = 64
	// replicasMemory bounds what they take of the device's memory, in bytes.
	replicasMemory = 4 << 30
)

// ReplicasAtOnce is how many trainings on n data are to be Replicas at a time: one where the device
// does not run several as one, or where processes work together.
func ReplicasAtOnce(device kernels.Device, m Model, n int, o FitOptions) int {
	if _, ok := device.(kernels.Replicator); !ok || o.Processes != nil {
		return 1
	}
	one, err := TrainingMemory(m, n, o)
	if err != nil {
		return 1 // which says so as well
	}
	return max(1, min(mostReplicas, int(replicasMemory/(one.Total()+windowBytes))))
}

// FitAll is Fit for each of the options, as Replicas where the device runs several as one.
func FitAll(ctx context.Context, device kernels.Device, m Model, d Data,
	options []FitOptions) ([]*Posterior, error) {
	var all []*Posterior
	for len(options) > 0 {
		n := min(len(options), ReplicasAtOnce(device, m, d.inputValues()/max(1, m.Network.inputs()),
			options[0]))
		found, err := fitReplicas(ctx, device, m, d, options[:n])
		if err != nil {
			return nil, err
		}
		all, options = append(all, found...), options[n:]
	}
	return all, nil
}

// fitReplicas fits all at once, or half of them after the other where the device has too little
// memory.
func fitReplicas(ctx context.Context, device kernels.Device, m Model, d Data,
	options []FitOptions) ([]*Posterior, error) {
	if len(options) == 1 {
		q, err := Fit(ctx, device, m, d, options[0])
		return []*Posterior{q}, err
	}
	r, err := NewReplicas(device, m, d, options)
	if err != nil { // what else is wrong, fewer say as well
		half := len(options) / 2
		first, err := fitReplicas(ctx, device, m, d, options[:half])
		if err != nil {
			return nil, err
		}
		second, err := fitReplicas(ctx, device, m, d, options[half:])
		return append(first, second...), err
	}
	defer r.Close()
	if err := r.Run(ctx); err != nil {
		return nil, err
	}
	found := make([]*Posterior, len(r.trainers))
	for i, t := range r.trainers {
		if found[i], err = t.Result(); err != nil {
			return nil, replicaError(i, err)
		}
	}
	return found, nil
}

// Trainers are those of the options, in their order: to resume them, to save them and for their
// results. Each may be run by itself.
func (r *Replicas) Trainers() []*Trainer { return r.trainers }

// Run trains all of them until they are Finished. It ends early as Trainer.Run does, after a
// step of each, and with the first error of one.
func (r *Replicas) Run(ctx context.Context) error {
	if ctx == nil {
		return errors.New("context: nil, want one")
	}
	if err := r.turn.take("replicas"); err != nil {
		return err
	}
	defer r.turn.give(r.release)
	steps := make([]func(), len(r.trainers))
	for i, t := range r.trainers {
		if err := t.take(); err != nil {
			return replicaError(i, err)
		}
		defer t.give()
		steps[i] = t.oneStep()
	}
	active := make([]bool, len(r.trainers))
	advance := func(i int) {
		if active[i] {
			r.trainers[i].advance(steps[i])
		}
	}
	for r.unfinished(active) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.turn.ending() {
			return fmt.Errorf("replicas: %w", ErrClosed)
		}
		r.group.Together(advance)
		if err := r.afterStep(active); err != nil {
			return err
		}
	}
	return nil
}

// unfinished says which trainings go on, and whether any does.
func (r *Replicas) unfinished(active []bool) bool {
	some := false
	for i, t := range r.trainers {
		active[i] = !t.finished()
		some = some || active[i]
	}
	return some
}

// afterStep does what is due in the active ones, all of which have taken their steps.
func (r *Replicas) afterStep(active []bool) error {
	for i, t := range r.trainers {
		if !active[i] {
			continue
		}
		if err := t.afterStep(); err != nil {
			return replicaError(i, err)
		}
	}
	return nil
}

// Close returns the trainers' buffers. A Run under way ends after its step, with an error. Closing
// again does nothing.
func (r *Replicas) Close() { r.turn.close(r.release) }

func (r *Replicas) release() {
	for _, t := range r.trainers {
		t.Close()
	}
	if r.group != nil {
		r.group.Free()
	}
	r.scratch.release()
}

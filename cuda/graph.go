//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"slices"

	"github.com/symvi/symvi/cuda/driver"
	"github.com/symvi/symvi/kernels"
)

var _ kernels.Repeater = (*Device)(nil)

// Repeat runs f, which queues the operations of one step of many, and gives the step's
// kernels to the GPU as one graph: the host then pays for one launch, not for each.
//
// f runs every time. What it queues is recorded; the second time that the same kernels
// come in the same order they become a graph, and from then on only the arguments that
// changed are written into it. A step in which f allocates, uploads or downloads runs
// without a graph, with the same results.
func (d *Device) Repeat(f func()) {
	d.mu.Lock()
	if d.recording != nil {
		d.recording.mark()
		d.mu.Unlock()
		f()
		return
	}
	b := d.queue.recycle()
	d.startRecording(b)
	d.mu.Unlock()
	defer d.endRepeat(b)
	f()
}

func (d *Device) endRepeat(b *batch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopRecording()
	d.queueCommand(command{kind: replay, recorded: b})
}

// startRecording takes the launches from here on into a batch. The caller holds d.mu.
func (d *Device) startRecording(b *batch) {
	d.recording = b
	d.recorders = append(d.recorders, d)
	d.memory.startRecording()
}

func (d *Device) stopRecording() {
	d.recording = nil
	d.recorders = slices.DeleteFunc(d.recorders, func(r *Device) bool { return r == d })
	d.memory.stopRecording()
}

// maxGraphs bounds the graphs that are kept; training needs one, and a second for the
// last, smaller minibatch of an epoch if that takes other kernels.
const maxGraphs = 8

// smallestGraph is the number of kernels from which a graph pays.
const smallestGraph = 3

// graphs are the sequences of kernels seen last, the latest first.
type graphs []*sequence

// sequence is a series of kernels and, from its second time on, their graph.
type sequence struct {
	kernels  []place
	graph    *driver.Graph
	launches []driver.Launch // as the graph has them
}

// place is a kernel's in a sequence.
type place struct {
	kernel
	aside bool
}

func (c *command) place() place { return place{c.kernel, c.aside} }

// replay runs a recorded batch.
func (w *worker) replay(b *batch) error {
	defer w.device.queue.giveBack(b)
	if w.graphless || !b.repeatable() {
		w.execute(b)
		return nil
	}
	s := w.graphs.find(b)
	if s == nil {
		w.execute(b)
		return w.graphs.remember(b)
	}
	err := w.update(s, b)
	if err == nil {
		err = s.graph.Launch(w.streamHandle())
	}
	if err != nil {
		err = fmt.Errorf("a graph of %d kernels from %s to %s: %w", len(s.kernels),
			s.kernels[0].name, s.kernels[len(s.kernels)-1].name, err)
		return errors.Join(err, s.destroy())
	}
	w.last = b.commands[len(b.commands)-1]
	w.device.replays.Add(1)
	return w.pace(mostAhead)
}

// repeatable reports whether a batch can be a graph: some kernels and nothing else.
func (b *batch) repeatable() bool {
	return len(b.commands) >= smallestGraph &&
		!slices.ContainsFunc(b.commands, func(c command) bool { return c.kind != launchKernel })
}

// find returns the sequence of a batch if it has come before, and puts it in front.
func (g *graphs) find(b *batch) *sequence {
	for i, s := range *g {
		if s.matches(b) {
			copy((*g)[1:i+1], (*g)[:i])
			(*g)[0] = s
			return s
		}
	}
	return nil
}

func (s *sequence) matches(b *batch) bool {
	if len(s.kernels) != len(b.commands) {
		return false
	}
	for i := range b.commands {
		if s.kernels[i] != b.commands[i].place() {
			return false
		}
	}
	return true
}

// remember puts a batch's sequence in front and forgets the one not used for longest.
func (g *graphs) remember(b *batch) error {
	s := &sequence{kernels: make([]place, len(b.commands))}
	for i := range b.commands {
		s.kernels[i] = b.commands[i].place()
	}
	*g = slices.Insert(*g, 0, s)
	if len(*g) <= maxGraphs {
		return nil
	}
	last := (*g)[maxGraphs]
	*g = (*g)[:maxGraphs]
	return last.destroy()
}

// update makes the sequence's graph, or writes what has changed into it.
func (w *worker) update(s *sequence, b *batch) error {
	if s.graph == nil {
		return w.build(s, b)
	}
	for i := range b.commands {
		c := &b.commands[i]
		l := &s.launches[i]
		if !take(l, c, b.cells[c.lo:c.hi]) {
			continue
		}
		if _, err := w.prepare(c); err != nil {
			return c.failed(err)
		}
		if err := s.graph.Set(i, l); err != nil {
			return c.failed(err)
		}
	}
	return nil
}

func (w *worker) build(s *sequence, b *batch) error {
	launches, err := w.launches(b)
	if err != nil {
		return err
	}
	s.launches = launches
	s.graph, err = driver.NewGraph(launches, after(b.commands))
	return err
}

// launches describes the kernels of a batch, and loads them.
func (w *worker) launches(b *batch) ([]driver.Launch, error) {
	launches := make([]driver.Launch, len(b.commands))
	for i := range b.commands {
		c := &b.commands[i]
		f, err := w.prepare(c)
		if err != nil {
			return nil, c.failed(err)
		}
		launches[i].Function = f.handle()
		take(&launches[i], c, b.cells[c.lo:c.hi])
	}
	return launches, nil
}

// take copies a command's shape and arguments and reports whether anything changed.
func take(l *driver.Launch, c *command, cells []uint64) bool {
	grid, block := [3]int{c.grid.x, c.grid.y, c.grid.z}, [3]int{c.block.x, c.block.y, c.block.z}
	if l.Grid == grid && l.Block == block && l.Shared == c.shared && slices.Equal(l.Arguments, cells) {
		return false
	}
	l.Grid, l.Block, l.Shared, l.Arguments = grid, block, c.shared, append(l.Arguments[:0], cells...)
	return true
}

// destroy frees the sequence's graph; the next step makes a new one.
func (s *sequence) destroy() error {
	if s.graph == nil {
		return nil
	}
	g := s.graph
	s.graph = nil
	return g.Destroy()
}

func (g graphs) destroy() error {
	var errs []error
	for _, s := range g {
		errs = append(errs, s.destroy())
	}
	return errors.Join(errs...)
}

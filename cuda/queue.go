//go:build cuda

package cuda

import "sync"

// commandKind says what a command does.
type commandKind int

const (
	launchKernel commandKind = iota
	// fillZero clears size bytes at address.
	fillZero
	// copyIn copies the host's bytes to address, copyOut copies those at address to the
	// host and waits for everything before.
	copyIn
	copyOut
	// replay runs a recorded batch, as a graph where it can.
	replay
	// rerun runs one that stays as it is, and forget ends that.
	rerun
	forget
	// call runs a function of the worker.
	call
)

// command is one piece of work for the stream.
type command struct {
	kind        commandKind
	kernel      kernel
	grid, block dim3
	shared      int
	lo, hi      int // the arguments in the batch's cells
	// which of them point to memory that is each replica's own, and which are numbers that they may
	// differ in, a bit each; whether and which of them is the stride of replicas, and their counts
	moves, varies      uint64
	strides            bool
	strideAt, countsAt int
	step               int // of those that a recording marks
	// whose the launch is: the first replica, from 1, and how many after it; 0: of all
	replica, others int
	// a launch that waits for no launch of its step but those aside before it (aside.go)
	aside    bool
	address  uint64
	size     int
	host     []byte
	recorded *batch
	run      func()
	done     chan<- struct{} // closed when the command has been carried out, if anybody waits
}

// batch is a list of commands with the arguments of its kernels.
type batch struct {
	commands []command
	cells    []uint64
	// while it is recorded
	touched []span // by the step's launches that are not aside
	steps   int    // marked so far
	flushed bool   // a part has been queued already
	levels  int    // of its graph
}

// clear leaves a batch without commands.
func (b *batch) clear() {
	clear(b.commands) // drops references to the host's memory
	b.commands, b.cells, b.touched = b.commands[:0], b.cells[:0], b.touched[:0]
}

// reset makes it as new.
func (b *batch) reset() {
	b.clear()
	b.steps, b.flushed = 0, false
}

// mark begins a step of a recording.
func (b *batch) mark() {
	b.steps++
	b.touched = b.touched[:0]
}

// append copies another batch's commands to the end.
func (b *batch) append(other *batch) {
	shift := len(b.cells)
	b.cells = append(b.cells, other.cells...)
	for _, c := range other.commands {
		c.lo, c.hi = c.lo+shift, c.hi+shift
		b.commands = append(b.commands, c)
	}
}

// maxQueued bounds how many commands may wait for the driver: steps and recordings of them are
// few, so that who stops a training does not wait for long.
const maxQueued = 1024

// weight is what a command counts against maxQueued.
func (c *command) weight() int {
	switch c.kind {
	case replay:
		return max(len(c.recorded.commands), maxQueued/mostAhead)
	case rerun:
		return maxQueued / fewAhead
	}
	return 1
}

// queue hands commands from the callers to the worker, in order.
type queue struct {
	mu       sync.Mutex
	arrived  sync.Cond // for the worker: there is work, or the queue is closed
	taken    sync.Cond // for callers: there is room
	waiting  batch
	weight   int // of what waits
	closed   bool
	recycled []*batch
}

func newQueue() *queue {
	q := &queue{}
	q.arrived.L, q.taken.L = &q.mu, &q.mu
	return q
}

// put adds a batch's commands and empties the batch.
func (q *queue) put(b *batch) {
	q.mu.Lock()
	for q.weight >= maxQueued {
		q.taken.Wait()
	}
	q.waiting.append(b)
	for i := range b.commands {
		q.weight += b.commands[i].weight()
	}
	q.mu.Unlock()
	q.arrived.Signal()
	b.reset()
}

// take waits for commands and exchanges them for the empty batch b; it reports false
// when the queue has been closed and is empty.
func (q *queue) take(b *batch) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting.commands) == 0 {
		if q.closed {
			return false
		}
		q.arrived.Wait()
	}
	*b, q.waiting, q.weight = q.waiting, *b, 0
	q.taken.Broadcast()
	return true
}

// close lets the worker end when it has done what waits.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.arrived.Signal()
}

// recycle returns an empty batch for a recording, giveBack takes it back.
func (q *queue) recycle() *batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := len(q.recycled); n > 0 {
		b := q.recycled[n-1]
		q.recycled = q.recycled[:n-1]
		return b
	}
	return &batch{}
}

func (q *queue) giveBack(b *batch) {
	b.reset()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.recycled = append(q.recycled, b)
}

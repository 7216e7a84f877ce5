//go:build cuda

package cuda

import (
	"slices"

	"github.com/symvi/symvi/kernels"
)

// Replicas of a training have their buffers in one block of memory, every replica's at the same
// places of its part. So a launch of one can be a launch of all: along the grid's z, where the
// kernel moves its pointers by a stride (ofReplica in common.cuh). A recording of each, alike
// but for that, becomes one graph. Kernels without a stride are launched for each, side by side.

var _ kernels.Replicator = (*Device)(nil)

// replicas implements kernels.Replicas.
type replicas struct {
	base     *Device
	memory   *block
	stride   int // bytes from one replica's memory to the next
	devices  []*Device
	together bool
	joined   map[*recording]*joined // by the first replica's recording
}

// replica is what tells the device of one, and its forks, from others.
type replica struct {
	of        *replicas
	number    int
	used      int // bytes of its memory
	scratches scratches
	held      *recording // to be run by Together
}

// joined is a recording of each replica, and what all of them are together: nil where they are not
// alike.
type joined struct {
	parts []*batch
	batch *batch
}

// replicaScratch is the room in a replica's memory for what operations need beside its buffers.
const replicaScratch = 1 << 20

// Replicas implements kernels.Replicator.
func (d *Device) Replicas(n, bytes int) kernels.Replicas {
	base := &Device{gpu: d.gpu}
	r := &replicas{base: base, stride: sizeClass(bytes + replicaScratch),
		joined: map[*recording]*joined{}}
	for i := range n {
		r.devices = append(r.devices, &Device{gpu: d.gpu, replica: &replica{of: r, number: i}})
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r.memory = d.memory.allocate(n * r.stride)
	return r
}

// Device implements kernels.Replicas.
func (r *replicas) Device(i int) kernels.Device { return r.devices[i] }

// Together implements kernels.Replicas.
func (r *replicas) Together(f func(i int)) {
	r.base.mu.Lock()
	r.together = true
	r.base.mu.Unlock()
	defer r.run()
	for i := range r.devices {
		f(i)
	}
}

// Free implements kernels.Replicas.
func (r *replicas) Free() {
	r.base.mu.Lock()
	defer r.base.mu.Unlock()
	r.forget()
	for _, d := range r.devices {
		d.replica.scratches.free(d.gpu)
	}
	if r.memory != nil {
		r.base.memory.free(r.memory)
		r.memory = nil
	}
}

// allocateBlock takes memory from a replica's part of the block, or from the pool. The caller
// holds d.mu.
func (d *Device) allocateBlock(bytes int) *block {
	if p := d.replica; p != nil && p.of.memory != nil && p.used+bytes <= p.of.stride {
		b := &block{address: p.of.memory.address + uint64(p.number*p.of.stride+p.used), size: bytes,
			part: true}
		p.used += (bytes + smallestBlock - 1) / smallestBlock * smallestBlock
		return b
	}
	return d.memory.allocate(bytes)
}

// processors is the number of multiprocessors that a launch has for itself.
func (d *Device) processors() int {
	if d.replica == nil {
		return d.multiprocessors
	}
	return max(1, d.multiprocessors/len(d.replica.of.devices))
}

// rerun queues a recording, or holds a replica's back. The caller holds d.mu.
func (d *Device) rerun(r *recording) {
	if p := d.replica; p != nil && p.of.together {
		d.letGo()
		p.held = r
		return
	}
	d.queueCommand(command{kind: rerun, recorded: r.batch})
}

// letGo queues the recording that a replica has been made to hold back. The caller holds d.mu.
func (d *Device) letGo() {
	if d.replica == nil || d.replica.held == nil {
		return
	}
	held := d.replica.held
	d.replica.held = nil
	d.put(held.batch)
}

// put queues a recorded batch before everything that has not been submitted. The caller holds d.mu.
func (d *Device) put(b *batch) {
	if !d.closed {
		d.queue.put(&batch{commands: []command{{kind: rerun, recorded: b}}})
	}
}

// run queues what the replicas hold back, as one where it is alike.
func (r *replicas) run() {
	r.base.mu.Lock()
	defer r.base.mu.Unlock()
	r.together = false
	if b := r.join(); b != nil {
		for _, d := range r.devices {
			d.replica.held = nil
		}
		r.base.put(b)
		return
	}
	for _, d := range r.devices {
		d.letGo()
	}
}

// keptJoined bounds the joined recordings that are kept.
const keptJoined = 16

// join is what the replicas hold back as one batch, or nil.
func (r *replicas) join() *batch {
	parts := make([]*batch, len(r.devices))
	for i, d := range r.devices {
		if d.replica.held == nil {
			return nil
		}
		parts[i] = d.replica.held.batch
	}
	if len(parts) < 2 {
		return nil
	}
	first := r.devices[0].replica.held
	j := r.joined[first]
	if j != nil && slices.Equal(j.parts, parts) {
		return j.batch
	}
	if len(r.joined) == keptJoined || j != nil {
		r.forget()
	}
	j = &joined{parts, joinBatches(parts, r.stride)}
	r.joined[first] = j
	return j.batch
}

// forget makes the worker forget what has been joined. The caller holds the device's mu.
func (r *replicas) forget() {
	for _, j := range r.joined {
		if j.batch != nil && !r.base.closed {
			r.base.queueCommand(command{kind: forget, recorded: j.batch})
		}
	}
	clear(r.joined)
}

// joinBatches is one batch of the replicas' launches, nil where they are not of the same kernels in
// the same order.
func joinBatches(parts []*batch, stride int) *batch {
	first := parts[0]
	for _, b := range parts[1:] {
		if !slices.EqualFunc(b.commands, first.commands, func(x, y command) bool {
			return x.kind == launchKernel && x.place() == y.place() && x.step == y.step
		}) {
			return nil
		}
	}
	all := &batch{steps: first.steps * len(parts)}
	for i := range first.commands {
		shared := shareLaunch(parts, i, stride)
		for r, b := range parts {
			c := b.commands[i]
			cells := b.cells[c.lo:c.hi]
			c.lo, c.hi = len(all.cells), len(all.cells)+len(cells)
			all.cells = append(all.cells, cells...)
			if shared {
				c.grid.z = len(parts)
				all.cells[c.lo+c.strideAt] = uint64(stride / 8)
				all.commands = append(all.commands, c)
				break
			}
			c.replica = r + 1
			all.commands = append(all.commands, c)
		}
	}
	return all
}

// shareLaunch reports whether launch i of all replicas can be one: whether they differ in nothing
// but the memory that the kernel moves to.
func shareLaunch(parts []*batch, i, stride int) bool {
	c := &parts[0].commands[i]
	if !c.strides || c.grid.z != 1 {
		return false
	}
	for r, b := range parts[1:] {
		other := &b.commands[i]
		if other.grid != c.grid || other.block != c.block || other.shared != c.shared ||
			other.hi-other.lo != c.hi-c.lo {
			return false
		}
		for k, mine := range parts[0].cells[c.lo:c.hi] {
			if mine != 0 && c.moves>>k&1 == 1 {
				mine += uint64((r + 1) * stride)
			}
			if b.cells[other.lo+k] != mine {
				return false
			}
		}
	}
	return true
}

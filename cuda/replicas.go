//go:build cuda

package cuda

import (
	"slices"

	"github.com/symvi/symvi/kernels"
)

// Replicas of a training have their buffers in one block of memory, every replica's at the same
// places of its part, and there, at the end, what operations need beside. So a launch of one can be
// a launch of all: along the grid's z, where the kernel moves its pointers by a stride (ofReplica
// in common.cuh). A recording of each, alike but for that and for numbers such as that of draws
// (varies), becomes one graph; where only some are alike, those do, and of a launch that differs
// those share it that lie equally far apart. What cannot be shared is launched for each, side by
// side.

var _ kernels.Replicator = (*Device)(nil)

// replicas implements kernels.Replicas.
type replicas struct {
	base       *Device
	memory     *block // nil during the rehearsal
	stride     int    // bytes from one replica's memory to the next
	places     [scratchSlots]room
	top        int // where the places begin
	generation int // of the places
	devices    []*Device
	together   bool
	joined     map[*recording]*joined // by the first recording held back
}

// room is where the memory of a slot is in every replica's.
type room struct{ at, size int }

// replica is what tells the device of one, and its forks, from others.
type replica struct {
	of        *replicas
	number    int
	used      int        // bytes of its memory, from its beginning
	scratches scratches  // what has no place there
	held      *recording // to be run by Together
}

// replicaSpare is the room in a replica's memory for more than the rehearsal needs.
const replicaSpare = 1 << 20

// Replicas implements kernels.Replicator.
func (d *Device) Replicas(n int, rehearse func(kernels.Device)) kernels.Replicas {
	r := &replicas{base: &Device{gpu: d.gpu}, joined: map[*recording]*joined{}}
	for i := range n {
		r.devices = append(r.devices, &Device{gpu: d.gpu, replica: &replica{of: r, number: i}})
	}
	first := &replica{of: r}
	rehearse(&Device{gpu: d.gpu, replica: first})
	d.mu.Lock()
	defer d.mu.Unlock()
	r.stride = first.used + replicaSpare
	var sizes [scratchSlots]int
	for slot, b := range first.scratches.blocks {
		if b != nil {
			sizes[slot] = b.size
			r.stride += aligned(b.size)
		}
	}
	first.scratches.free(d.gpu)
	r.stride = sizeClass(r.stride)
	r.top = r.stride
	r.memory = d.memory.allocate(n * r.stride)
	for slot, bytes := range sizes {
		r.place(slot, bytes)
	}
	return r
}

// place is where every replica has so much memory for a slot; false where there is no room. The
// caller holds the device's mu.
func (r *replicas) place(slot, bytes int) (at int, ok bool) {
	if r.memory == nil {
		return 0, false
	}
	p := &r.places[slot]
	if p.size < bytes {
		size := aligned(bytes)
		if slices.ContainsFunc(r.devices, func(d *Device) bool { return d.replica.used > r.top-size }) {
			return 0, false
		}
		r.top -= size
		*p = room{r.top, size}
		r.generation++
	}
	return p.at, true
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
	p := d.replica
	if p == nil {
		return d.memory.allocate(bytes)
	}
	at, rehearsal := p.used, p.of.memory == nil
	if rehearsal || at+aligned(bytes) <= p.of.top {
		p.used += aligned(bytes)
	}
	if rehearsal || at == p.used {
		return d.memory.allocate(bytes)
	}
	return &block{address: p.address(at), size: bytes, part: true}
}

// address is that of a place in the replica's memory.
func (p *replica) address(at int) uint64 {
	return p.of.memory.address + uint64(p.number*p.of.stride+at)
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

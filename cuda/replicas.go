//go:build cuda

package cuda

import (
	"math/bits"
	"slices"

	"github.com/symvi/symvi/kernels"
)

// Replicas of a training have their buffers in one block of memory, every replica's at the same
// places of its part, and there, at the end, what operations need beside. So a launch of one can be
// a launch of all: along the grid's z, where the kernel moves its pointers by a stride (ofReplica in
// common.cuh). A recording of each, alike but for that and for numbers such as that of draws
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
	joined     map[*recording]*joined // by the first replica's recording
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

// joined is a recording of some replicas each, and what they are together.
type joined struct {
	parts  []*batch
	batch  *batch
	counts *block // numbers in which they differ, nil for none
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

// run queues what the replicas hold back, as one where it is alike.
func (r *replicas) run() {
	r.base.mu.Lock()
	defer r.base.mu.Unlock()
	r.together = false
	for _, members := range r.alike() {
		b := members[0].held.batch
		if len(members) > 1 {
			b = r.join(members)
		}
		for _, m := range members {
			m.held = nil
		}
		r.base.put(b)
	}
}

// alike are the replicas that hold something back, those together that hold back the same kernels
// in the same order.
func (r *replicas) alike() (groups [][]*replica) {
	for _, d := range r.devices {
		m := d.replica
		if m.held == nil {
			continue
		}
		i := slices.IndexFunc(groups, func(g []*replica) bool {
			return g[0].held.batch.alike(m.held.batch)
		})
		if i < 0 {
			groups, i = append(groups, nil), len(groups)
		}
		groups[i] = append(groups[i], m)
	}
	return groups
}

// alike reports whether two batches are of the same kernels in the same order.
func (b *batch) alike(o *batch) bool {
	return slices.EqualFunc(b.commands, o.commands, func(x, y command) bool {
		return x.kind == launchKernel && y.kind == launchKernel && x.place() == y.place() &&
			x.step == y.step
	})
}

// keptJoined bounds the joined recordings that are kept.
const keptJoined = 16

// join is what alike replicas hold back as one batch.
func (r *replicas) join(members []*replica) *batch {
	parts := make([]*batch, len(members))
	for i, m := range members {
		parts[i] = m.held.batch
	}
	first := members[0].held
	j := r.joined[first]
	if j != nil && slices.Equal(j.parts, parts) {
		return j.batch
	}
	if len(r.joined) == keptJoined || j != nil {
		r.forget()
	}
	j = r.joinBatches(members, parts)
	r.joined[first] = j
	return j.batch
}

// forget makes the worker forget what has been joined. The caller holds the device's mu.
func (r *replicas) forget() {
	for _, j := range r.joined {
		if !r.base.closed {
			r.base.queueCommand(command{kind: forget, recorded: j.batch})
		}
		if j.counts != nil {
			r.base.memory.free(j.counts)
		}
	}
	clear(r.joined)
}

// joinBatches is one batch of alike replicas' launches. The caller holds the device's mu.
func (r *replicas) joinBatches(members []*replica, parts []*batch) *joined {
	j := &joined{parts: parts, batch: &batch{steps: parts[0].steps * len(parts)}}
	var t tables
	for i := range parts[0].commands {
		for lo := 0; lo < len(parts); {
			hi := r.sharing(members, parts, i, lo)
			j.batch.appendShared(parts[lo:hi], i, members[lo:hi], r.stride, &t)
			c := &j.batch.commands[len(j.batch.commands)-1]
			if hi-lo < len(parts) {
				c.replica, c.others = lo+1, hi-lo-1
			}
			lo = hi
		}
	}
	if len(t.values) > 0 {
		if j.counts = r.base.upload32(t.values); j.counts != nil {
			t.place(j)
		}
	}
	return j
}

// sharing is the end of the longest series of replicas from lo on that can share launch i: they lie
// equally far apart and differ in nothing but the memory that the kernel moves to, and in numbers
// that may vary.
func (r *replicas) sharing(members []*replica, parts []*batch, i, lo int) int {
	first, hi := parts[lo], lo+1
	for hi < len(parts) && first.commands[i].strides && first.commands[i].grid.z == 1 {
		apart := members[hi].number - members[lo].number
		if apart != (hi-lo)*(members[lo+1].number-members[lo].number) ||
			!first.shares(parts[hi], i, uint64(apart*r.stride)) {
			break
		}
		hi++
	}
	return hi
}

// shares reports whether launch i of another batch is that of this one, moved by so many bytes.
func (b *batch) shares(o *batch, i int, bytes uint64) bool {
	x, y := b.commands[i], o.commands[i]
	if x.varies != 0 { // the largest serves all
		y.grid.x, y.block.x = x.grid.x, x.block.x
	}
	if x.grid != y.grid || x.block != y.block || x.shared != y.shared || x.varies != y.varies ||
		x.hi-x.lo != y.hi-y.lo {
		return false
	}
	for k, mine := range b.cells[x.lo:x.hi] {
		if mine != 0 && x.moves>>k&1 == 1 {
			mine += bytes
		}
		if o.cells[y.lo+k] != mine && x.varies>>k&1 == 0 {
			return false
		}
	}
	return true
}

// appendShared adds launch i of replicas that can share it.
func (b *batch) appendShared(parts []*batch, i int, members []*replica, stride int, t *tables) {
	c := parts[0].commands[i]
	cells := parts[0].cells[c.lo:c.hi]
	c.lo, c.hi = len(b.cells), len(b.cells)+len(cells)
	b.cells = append(b.cells, cells...)
	if len(parts) > 1 {
		c.grid.z = len(parts)
		apart := (members[1].number - members[0].number) * stride
		b.cells[c.lo+c.strideAt] = uint64(apart / 8)
		for _, p := range parts[1:] {
			c.grid.x, c.block.x = max(c.grid.x, p.commands[i].grid.x), max(c.block.x, p.commands[i].block.x)
		}
		if c.varies != 0 {
			t.add(parts, i, c.lo+c.countsAt)
		}
	}
	b.commands = append(b.commands, c)
}

// tables collects the numbers in which replicas differ, and the cells that are to point to them.
type tables struct {
	values []int32
	cells  []int
	at     []int // in values
}

// add notes the first number of launch i that may vary, where it does.
func (t *tables) add(parts []*batch, i, at int) {
	counts := make([]int32, len(parts))
	for r, p := range parts {
		c := &p.commands[i]
		counts[r] = int32(p.cells[c.lo+bits.TrailingZeros64(c.varies)])
	}
	if slices.Max(counts) == slices.Min(counts) {
		return
	}
	from, end := 0, len(t.values)
	for from < end && !slices.Equal(t.values[from:min(from+len(counts), end)], counts) {
		from++
	}
	if from == end {
		t.values = append(t.values, counts...)
	}
	t.cells, t.at = append(t.cells, at), append(t.at, from)
}

// place writes the addresses.
func (t *tables) place(j *joined) {
	for i, cell := range t.cells {
		j.batch.cells[cell] = j.counts.address + uint64(4*t.at[i])
	}
}

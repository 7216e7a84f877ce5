//go:build cuda

package cuda

import (
	"math/bits"
	"slices"
)

// joined is what some replicas hold back, and what runs instead.
type joined struct {
	parts   []*batch // each replica's, nil for none
	batches []*batch // a part, or several as one
	counts  []*block // numbers in which these differ
}

// keptJoined bounds the joined recordings that are kept.
const keptJoined = 16

// run queues what the replicas hold back, as one where it is alike.
func (r *replicas) run() {
	r.base.mu.Lock()
	defer r.base.mu.Unlock()
	r.together = false
	j := r.join()
	for _, d := range r.devices {
		d.replica.held = nil
	}
	for _, b := range j.batches {
		r.base.put(b)
	}
}

// join is what the replicas hold back.
func (r *replicas) join() *joined {
	var first *recording
	parts := make([]*batch, len(r.devices))
	for i, d := range r.devices {
		if h := d.replica.held; h != nil {
			parts[i] = h.batch
			if first == nil {
				first = h
			}
		}
	}
	if first == nil {
		return &joined{}
	}
	j := r.joined[first]
	if j != nil && slices.Equal(j.parts, parts) {
		return j
	}
	if len(r.joined) == keptJoined || j != nil {
		r.forget()
	}
	j = &joined{parts: parts}
	for _, members := range r.alike() {
		r.joinMembers(j, members)
	}
	r.joined[first] = j
	return j
}

// forget makes the worker forget what has been joined. The caller holds the device's mu.
func (r *replicas) forget() {
	for _, j := range r.joined {
		for _, b := range j.batches {
			if !r.base.closed && !slices.Contains(j.parts, b) {
				r.base.queueCommand(command{kind: forget, recorded: b})
			}
		}
		for _, b := range j.counts {
			r.base.memory.free(b)
		}
	}
	clear(r.joined)
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

// joinMembers adds what alike replicas hold back. The caller holds the device's mu.
func (r *replicas) joinMembers(j *joined, members []*replica) {
	first := members[0].held.batch
	if len(members) == 1 {
		j.batches = append(j.batches, first)
		return
	}
	all := &batch{steps: first.steps * len(members)}
	j.batches = append(j.batches, all)
	var t tables
	for i := range first.commands {
		for lo := 0; lo < len(members); {
			hi := r.sharing(members, i, lo)
			all.appendShared(members[lo:hi], i, &t)
			if c := &all.commands[len(all.commands)-1]; hi-lo < len(members) {
				c.replica, c.others = lo+1, hi-lo-1
			}
			lo = hi
		}
	}
	if len(t.values) == 0 {
		return
	}
	if counts := r.base.upload32(t.values); counts != nil {
		j.counts = append(j.counts, counts)
		for i, cell := range t.cells {
			all.cells[cell] = counts.address + uint64(4*t.at[i])
		}
	}
}

// sharing is the end of the longest series of replicas from lo on that can share launch i: they lie
// equally far apart and differ in nothing but the memory that the kernel moves to, and in numbers
// that may vary.
func (r *replicas) sharing(members []*replica, i, lo int) int {
	first, hi := members[lo].held.batch, lo+1
	for hi < len(members) && first.commands[i].strides && first.commands[i].grid.z == 1 {
		apart := members[hi].number - members[lo].number
		if apart != (hi-lo)*(members[lo+1].number-members[lo].number) ||
			!first.shares(members[hi].held.batch, i, uint64(apart*r.stride)) {
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
func (b *batch) appendShared(members []*replica, i int, t *tables) {
	from := members[0].held.batch
	c := from.commands[i]
	lo, hi := c.lo, c.hi
	c.lo, c.hi = len(b.cells), len(b.cells)+hi-lo
	b.cells = append(b.cells, from.cells[lo:hi]...)
	if len(members) > 1 {
		c.grid.z = len(members)
		apart := (members[1].number - members[0].number) * members[0].of.stride
		b.cells[c.lo+c.strideAt] = uint64(apart / 8)
		for _, m := range members[1:] {
			o := &m.held.batch.commands[i]
			c.grid.x, c.block.x = max(c.grid.x, o.grid.x), max(c.block.x, o.block.x)
		}
		if c.varies != 0 {
			t.add(members, i, c.lo+c.countsAt)
		}
	}
	b.commands = append(b.commands, c)
}

// tables collects the numbers in which replicas differ, and the cells that are to point to them.
type tables struct {
	values []int32
	cells  []int // of a batch
	at     []int // in values, what each is to point to
}

// add notes the first number of launch i that may vary, where it does.
func (t *tables) add(members []*replica, i, at int) {
	counts := make([]int32, len(members))
	for r, m := range members {
		b := m.held.batch
		c := &b.commands[i]
		counts[r] = int32(b.cells[c.lo+bits.TrailingZeros64(c.varies)])
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

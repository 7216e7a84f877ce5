//go:build cuda

package cuda

import "slices"

// Launches aside of a recorded step need nothing that the step has computed: in a graph they run
// beside it, from its beginning on, and the next launch waits for them. In a recording of several
// steps a step's are those since its mark.

// aside queues the launches of f as such where that is safe. The caller holds d.mu.
func (d *Device) aside(f func()) {
	d.besides = true
	f()
	d.besides = false
}

// estimating are the modules of the symmetrised posterior's estimators: these need the weights and
// the posterior, but nothing of the network's passes, and run aside where that is safe.
var estimating = map[string]bool{"conditional": true, "importance": true, "importance_layer": true,
	"neurons": true, "pair": true, "permanent": true, "permutation": true, "signs": true, "sum": true}

// span is a range of a GPU's memory that a launch has to do with; source: it only reads it.
type span struct {
	from, until uint64
	source      bool
}

// conflicts reports whether the order of two launches matters to what they share.
func (s span) conflicts(o span) bool {
	return s.from < o.until && o.from < s.until && !(s.source && o.source)
}

// record notes the memory of a launch, and reports whether it can run aside, as is wished: that is,
// whether the launches before it that do not have nothing to do with its memory.
func (b *batch) record(args []cell, wish bool) bool {
	wish = wish && b.apart(args)
	if wish {
		return true
	}
	for _, a := range args {
		if a.owner != nil && a.bytes > 0 {
			b.touched = append(b.touched, a.span())
		}
	}
	return false
}

// span is the memory that a pointer is for.
func (c cell) span() span { return span{c.bits, c.bits + uint64(c.bytes), c.source} }

// apart reports whether the launches so far that are not aside have nothing to do with the
// memory of these arguments.
func (b *batch) apart(args []cell) bool {
	for _, a := range args {
		if a.owner != nil && a.bytes > 0 && slices.ContainsFunc(b.touched, a.span().conflicts) {
			return false
		}
	}
	return true
}

// host is the step's last recorded launch with blocks to spare for a divergence, nil if there is
// none.
func (b *batch) host() *command {
	for i := len(b.commands) - 1; i >= 0 && b.commands[i].step == b.steps; i-- {
		c := &b.commands[i]
		if c.kind == launchKernel && slices.Contains(outputBackward[:], c.kernel) {
			return c
		}
	}
	return nil
}

// chain is where the launches of a replica have come to, −1 for nowhere: the last one and the last
// aside since then, in a step before which that one was, and that step's last aside.
type chain struct{ main, side, before, beside, step int }

// after lists what each launch of a batch waits for: the one before it on its side, and those
// aside since then; the first aside of a step for all before the step. Those aside are in order
// even where others are between them, as they use the same scratch memory. Launches of some
// replicas wait for theirs only.
func after(commands []command) [][]int {
	lists := make([][]int, len(commands))
	chains := []chain{{-1, -1, -1, -1, 0}}
	for i := range commands {
		for len(chains) < commands[i].replica+commands[i].others {
			chains = append(chains, chains[0])
		}
	}
	for i := range commands {
		c, of := &commands[i], chains
		if c.replica > 0 {
			of = chains[c.replica-1 : c.replica+c.others]
		}
		for k := range of {
			lists[i] = of[k].add(i, c, lists[i])
		}
	}
	return lists
}

// levels is the number of launches in the longest series in which each waits for the one before.
func levels(after [][]int) (most int) {
	level := make([]int, len(after))
	for i, list := range after {
		level[i] = 1
		for _, k := range list {
			level[i] = max(level[i], level[k]+1)
		}
		most = max(most, level[i])
	}
	return most
}

// add puts launch i at the end of the chain, and what it waits for there at that of a list.
func (h *chain) add(i int, c *command, list []int) []int {
	if c.step != h.step {
		h.step, h.before, h.beside = c.step, h.main, h.side
	}
	last, side := h.main, h.side
	if c.aside {
		last, side = h.before, h.beside
		h.side, h.beside = i, i
	} else {
		h.main, h.side = i, -1
	}
	for _, l := range [...]int{last, side} {
		if l >= 0 && !slices.Contains(list, l) {
			list = append(list, l)
		}
	}
	return list
}

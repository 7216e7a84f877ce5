package bnn

import (
	"context"

	"github.com/symvi/symvi/kernels"
)

// exchange is what the processes of a training do together in a step. Values go through the
// host's memory; all buffers and their parts are laid out once.
type exchange struct {
	processes Communicator
	device    kernels.Device

	// Sums of gradients: every process gets its slice of the others' nodes.
	gradientsOut, gradientsIn []transfer
	send, recv                []float32
	sendCounts, recvCounts    []int
	nodes, stack              []node
	sum                       node

	// New parameters: every process gives its slice to the others, and a wish.
	parameterParts [][]transfer // of every process
	x              []float32
	counts         []int
	wishes         [][]float32 // parts of x: 1 for stop
	rank           int

	err  error // the device's first, which ends the training after the step
	stop bool  // somebody wished it
}

// transfer copies a part of a device's memory to the host or back.
type transfer struct {
	device kernels.F32
	host   []float32
}

// node is a slice of the sum of a node of the tree over shards.
type node struct {
	first, leaves int
	mu, sigma     kernels.F32
}

// newExchange lays out the exchange of a trainer.
func newExchange(t *Trainer, z *sharded) *exchange {
	c := t.options.Processes
	e := &exchange{processes: c, device: t.device, rank: c.Rank()}
	for r := range c.Size() {
		shards := blockOf(r, c.Size(), z.shards)
		e.addOutgoing(z, r, shards, t.size)
		e.addIncoming(t, z, r, shards)
		e.addParameters(t, z, r, shards)
	}
	e.send = lay(e.gradientsOut)
	e.recv = lay(e.gradientsIn)
	e.layParameters()
	e.stack = make([]node, 0, len(e.nodes))
	e.sum = node{mu: e.nodes[0].mu, sigma: e.nodes[0].sigma} // the leftmost takes the others up
	return e
}

// lay gives transfers contiguous host memory.
func lay(all []transfer) []float32 {
	total := 0
	for _, c := range all {
		total += c.device.Len()
	}
	memory := make([]float32, total)
	rest := memory
	for i := range all {
		n := all[i].device.Len()
		all[i].host, rest = rest[:n:n], rest[n:]
	}
	return memory
}

// addOutgoing lays out what process r, of the given shards, gets of this one's sums.
func (e *exchange) addOutgoing(z *sharded, r int, shards span, n int) {
	before := len(e.gradientsOut)
	if r != e.rank {
		to := z.parametersOfAll(shards, n)
		for _, sum := range z.gradients.Sums {
			e.gradientsOut = append(e.gradientsOut, transfer{device: sum.Slice(to.lo, to.hi)},
				transfer{device: sum.Slice(n+to.lo, n+to.hi)})
		}
		if shards.hi == z.shards && z.noises > 0 {
			e.gradientsOut = append(e.gradientsOut,
				transfer{device: z.noise.Slice(z.own.lo*z.noises, z.own.hi*z.noises)})
		}
	}
	e.sendCounts = append(e.sendCounts, length(e.gradientsOut[before:]))
}

// addIncoming lays out what this process gets of the sums of process r.
func (e *exchange) addIncoming(t *Trainer, z *sharded, r int, shards span) {
	before, at := len(e.gradientsIn), z.parameters
	for first, i := shards.lo, 0; first < shards.hi; i++ {
		n := node{first: first, leaves: kernels.Subtree(first, shards.hi)}
		if r == e.rank {
			sum := z.gradients.Sums[i]
			n.mu, n.sigma = sum.Slice(at.lo, at.hi), sum.Slice(t.size+at.lo, t.size+at.hi)
		} else {
			n.mu, n.sigma = t.scratch.f32(at.len()), t.scratch.f32(at.len())
			e.gradientsIn = append(e.gradientsIn, transfer{device: n.mu}, transfer{device: n.sigma})
		}
		e.nodes = append(e.nodes, n)
		first += n.leaves
	}
	if r != e.rank && z.last() && z.noises > 0 {
		e.gradientsIn = append(e.gradientsIn,
			transfer{device: z.noise.Slice(shards.lo*z.noises, shards.hi*z.noises)})
	}
	e.recvCounts = append(e.recvCounts, length(e.gradientsIn[before:]))
}

// addParameters lays out the parameters that process r gives to the others, and its wish.
func (e *exchange) addParameters(t *Trainer, z *sharded, r int, shards span) {
	at := z.parametersOfAll(shards, t.size)
	parts := []transfer{{device: t.mu.Slice(at.lo, at.hi)}, {device: t.rho.Slice(at.lo, at.hi)}}
	if shards.hi == z.shards && z.noises > 0 {
		parts = append(parts, transfer{device: t.noise})
	}
	e.parameterParts = append(e.parameterParts, parts)
	e.counts = append(e.counts, length(parts)+1)
}

// layParameters gives the parameters contiguous host memory, each process's followed by its wish.
func (e *exchange) layParameters() {
	for _, n := range e.counts {
		e.x = append(e.x, make([]float32, n)...)
	}
	rest := e.x
	for r, parts := range e.parameterParts {
		mine := rest[:e.counts[r]]
		rest = rest[e.counts[r]:]
		for i := range parts {
			n := parts[i].device.Len()
			parts[i].host, mine = mine[:n:n], mine[n:]
		}
		e.wishes = append(e.wishes, mine)
	}
}

func length(all []transfer) int {
	total := 0
	for _, c := range all {
		total += c.device.Len()
	}
	return total
}

// gradients exchanges slices of the sums and adds them up: e.sum is the gradient of this
// process's slice.
func (e *exchange) gradients() {
	e.download(e.gradientsOut)
	e.processes.AllToAll(e.send, e.sendCounts, e.recv, e.recvCounts)
	upload(e.gradientsIn)
	stack := e.stack
	for _, n := range e.nodes {
		for len(stack) > 0 {
			left := stack[len(stack)-1]
			if left.leaves != n.leaves || left.first%(2*n.leaves) != 0 {
				break
			}
			kernels.Add(e.device, left.mu, n.mu)
			kernels.Add(e.device, left.sigma, n.sigma)
			n, stack = node{left.first, 2 * left.leaves, left.mu, left.sigma}, stack[:len(stack)-1]
		}
		stack = append(stack, n)
	}
}

// parameters gives the new parameters of this process's slice to the others and takes theirs.
func (e *exchange) parameters() {
	e.download(e.parameterParts[e.rank])
	if e.err != nil {
		e.wishes[e.rank][0] = 1
	}
	e.processes.AllGather(e.x, e.counts)
	for r, parts := range e.parameterParts {
		if r != e.rank {
			upload(parts)
		}
		e.stop = e.stop || e.wishes[r][0] != 0
	}
}

// wish says whether this process wants all to stop after the next step.
func (e *exchange) wish(stop bool) {
	e.wishes[e.rank][0] = 0
	if stop {
		e.wishes[e.rank][0] = 1
	}
}

// stopped is the reason to stop, if a process wished it at the last step: all do so together.
func (e *exchange) stopped() error {
	stop := e.stop
	e.stop = false
	switch {
	case e.err != nil:
		return deviceError(e.device, e.err)
	case stop:
		return context.Canceled
	}
	return nil
}

func (e *exchange) download(all []transfer) {
	for _, c := range all {
		if err := c.device.Download(c.host); err != nil && e.err == nil {
			e.err = err
		}
	}
}

func upload(all []transfer) {
	for _, c := range all {
		c.device.Upload(c.host)
	}
}

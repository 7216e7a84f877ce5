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
	rank      int

	// Sums of gradients: every process gets its slice of the others' nodes.
	sums     []allToAll
	sent     mirrors
	received mirrors
	nodes    []node

	// New parameters: every process gives its slice to the others, and a wish.
	parameters []allGather
	given      mirrors
	taken      mirrors
	wishes     []float32 // of every process: 1 for stop
	rho        allGather // the values ρ, where the others do not need them in every step
	rhoOut     mirrors
	rhoIn      mirrors

	err  error // the device's first, which ends the training after the step
	stop bool  // somebody wished it
}

// allToAll and allGather are the arguments of calls of the Communicator.
type allToAll struct {
	send []float32
	to   [][2]int
	recv []float32
	from [][2]int
}

type allGather struct {
	x     []float32
	parts [][2]int
}

// node is a slice of the sum of a node of the tree over shards.
type node struct {
	first, leaves int
	mu, sigma     kernels.F32
}

// newExchange lays out the exchange of a trainer. sums are those of this process's nodes.
func newExchange(t *Trainer, z *sharded, sums []mirror) *exchange {
	c := t.options.Processes
	e := &exchange{processes: c, device: t.device, rank: c.Rank()}
	e.addSums(t, z, sums)
	e.addNoise(t, z)
	second := t.mirrors.sigma
	if !z.scales { // the estimator needs 1/σ as well, which everybody computes from ρ
		second = t.mirrors.rho()
	}
	e.rho = e.gather(z, t.mirrors.rho(), &e.rhoOut, &e.rhoIn)
	e.parameters = append(e.parameters, e.gather(z, t.mirrors.mu(), &e.given, &e.taken),
		e.gather(z, second, &e.given, &e.taken))
	e.wishes = make([]float32, c.Size())
	e.parameters = append(e.parameters, allGather{e.wishes, e.everybody(func(r int) span {
		return span{r, r + 1}
	})})
	return e
}

// shardsOf are those of a process.
func (e *exchange) shardsOf(z *sharded, r int) span {
	return blockOf(r, e.processes.Size(), z.shards)
}

// everybody lists a range for every process.
func (e *exchange) everybody(of func(r int) span) [][2]int {
	var all [][2]int
	for r := range e.processes.Size() {
		at := of(r)
		all = append(all, [2]int{at.lo, at.hi})
	}
	return all
}

// addSums lays out the exchange of the sums of all nodes: of the first node of every process, then
// of the second, because processes may have different numbers of them.
func (e *exchange) addSums(t *Trainer, z *sharded, sums []mirror) {
	n, size := t.size, e.processes.Size()
	places := make([][]node, size) // by process
	most := 0
	for r := range size {
		places[r] = nodesOf(e.shardsOf(z, r))
		most = max(most, len(places[r]))
	}
	for i := range most {
		var mine mirror
		if i < len(sums) {
			mine = sums[i]
		}
		has := func(r int) bool { return r != e.rank && i < len(places[r]) }
		var ofMu, ofSigma mirror
		if mine.device != nil {
			ofMu, ofSigma = mine.part(span{0, n}), mine.part(span{n, 2 * n})
		}
		mu, sigma := e.addSum(t, z, ofMu, has), e.addSum(t, z, ofSigma, has)
		for r := range size {
			if i >= len(places[r]) {
				continue
			}
			at := &places[r][i]
			if r == e.rank {
				at.mu = mine.device.Slice(z.parameters.lo, z.parameters.hi)
				at.sigma = mine.device.Slice(n+z.parameters.lo, n+z.parameters.hi)
			} else {
				at.mu, at.sigma = mu[r], sigma[r]
			}
		}
	}
	for _, of := range places {
		e.nodes = append(e.nodes, of...)
	}
}

// nodesOf are the largest nodes that shards fill.
func nodesOf(shards span) []node {
	var all []node
	for first := shards.lo; first < shards.hi; first += all[len(all)-1].leaves {
		all = append(all, node{first: first, leaves: kernels.Subtree(first, shards.hi)})
	}
	return all
}

// addSum lays out the exchange of one half of the sums of a node of every process that has one,
// and returns where this process's slices of the others' will be. mine is its own, if it has one.
func (e *exchange) addSum(t *Trainer, z *sharded, mine mirror, has func(int) bool) []kernels.F32 {
	slice, end := z.parameters.len(), 0
	x := allToAll{send: mine.host}
	x.to = e.everybody(func(r int) span {
		if r == e.rank || mine.host == nil {
			return span{}
		}
		to := z.parametersOfAll(e.shardsOf(z, r), t.size)
		e.sent.add(mine, to)
		return to
	})
	x.from = e.everybody(func(r int) span {
		if !has(r) {
			return span{}
		}
		end += slice
		return span{end - slice, end}
	})
	others := t.scratch.mirror(end)
	x.recv = others.host
	e.received.add(others, span{0, end})
	e.sums = append(e.sums, x)
	var parts []kernels.F32
	for _, from := range x.from {
		parts = append(parts, others.device.Slice(from[0], from[1]))
	}
	return parts
}

// addNoise lays out the exchange of what belongs to learned noises: the last process gets their
// gradients of all shards, and gives the new ones.
func (e *exchange) addNoise(t *Trainer, z *sharded) {
	if z.noises == 0 {
		return
	}
	last := e.processes.Size() - 1
	ofShards := func(shards span) span { return span{shards.lo * z.noises, shards.hi * z.noises} }
	x := allToAll{send: z.noise.host}
	if e.rank == last { // not both: MPI libraries take that for an exchange in place
		x = allToAll{recv: z.noise.host}
	}
	x.to = e.everybody(func(r int) span {
		if r != last || e.rank == last {
			return span{}
		}
		e.sent.add(z.noise, ofShards(z.own))
		return ofShards(z.own)
	})
	x.from = e.everybody(func(r int) span {
		if r == last || e.rank != last {
			return span{}
		}
		e.received.add(z.noise, ofShards(e.shardsOf(z, r)))
		return ofShards(e.shardsOf(z, r))
	})
	e.sums = append(e.sums, x)
	noise := t.mirrors.noise()
	all := span{0, len(noise.host)}
	e.parameters = append(e.parameters, allGather{noise.host, e.everybody(func(r int) span {
		if r != last {
			return span{}
		}
		return all
	})})
	if e.rank == last {
		e.given.add(noise, all)
	} else {
		e.taken.add(noise, all)
	}
}

// gather lays out that every process gives its slice of a vector of all parameters to the others.
func (e *exchange) gather(z *sharded, x mirror, given, taken *mirrors) allGather {
	n := len(x.host)
	given.add(x, z.parameters)
	taken.add(x, span{0, z.parameters.lo})
	taken.add(x, span{z.parameters.hi, n})
	return allGather{x.host, e.everybody(func(r int) span {
		return z.parametersOfAll(e.shardsOf(z, r), n)
	})}
}

// begin begins to exchange slices of the sums.
func (e *exchange) begin() {
	e.check(e.sent.download())
	for i := range e.sums {
		x := &e.sums[i]
		e.processes.AllToAll(x.send, x.to, x.recv, x.from)
	}
}

// sumsOf are the additions that make the tree's sum of a part of this process's slice, and where
// that is then: in the first node, which takes the others up.
func (e *exchange) sumsOf(at span) (sums [][2]kernels.F32, dMu, dSigma kernels.F32) {
	part := func(x kernels.F32) kernels.F32 { return x.Slice(at.lo, at.hi) }
	var stack []node
	for _, n := range e.nodes {
		for len(stack) > 0 {
			left := stack[len(stack)-1]
			if left.leaves != n.leaves || left.first%(2*n.leaves) != 0 {
				break
			}
			sums = append(sums, [2]kernels.F32{part(left.mu), part(n.mu)},
				[2]kernels.F32{part(left.sigma), part(n.sigma)})
			n, stack = node{left.first, 2 * left.leaves, left.mu, left.sigma}, stack[:len(stack)-1]
		}
		stack = append(stack, n)
	}
	return sums, part(e.nodes[0].mu), part(e.nodes[0].sigma)
}

// end waits for what begin has begun.
func (e *exchange) end() {
	e.processes.Wait()
	e.received.upload()
}

// give gives the new parameters of this process's slice to the others and takes theirs.
func (e *exchange) give() {
	e.check(e.given.download())
	if e.err != nil {
		e.wishes[e.rank] = 1
	}
	for _, x := range e.parameters {
		e.processes.AllGather(x.x, x.parts)
	}
	e.processes.Wait()
	e.taken.upload()
	for _, wish := range e.wishes {
		e.stop = e.stop || wish != 0
	}
}

// giveRho completes ρ in every process.
func (e *exchange) giveRho() error {
	err := e.rhoOut.download()
	e.processes.AllGather(e.rho.x, e.rho.parts)
	e.processes.Wait()
	e.rhoIn.upload()
	return err
}

// wish says whether this process wants all to stop after the next step.
func (e *exchange) wish(stop bool) {
	e.wishes[e.rank] = 0
	if stop {
		e.wishes[e.rank] = 1
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

// check keeps the device's first error.
func (e *exchange) check(err error) {
	if e.err == nil {
		e.err = err
	}
}

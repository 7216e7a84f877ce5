// Package inprocess connects goroutines as internal/mpi connects processes, to test what several
// processes do without MPI.
package inprocess

import "sync"

// Process is one of a group. It implements bnn.Communicator.
type Process struct {
	rank  int
	group *group
}

// group meets at barriers: everybody lays something down, then everybody may look at it.
type group struct {
	size    int
	mu      sync.Mutex
	arrived *sync.Cond
	waiting int
	round   int
	table   []any
}

// Group returns so many connected processes, each for a goroutine of its own.
func Group(size int) []*Process {
	g := &group{size: size, table: make([]any, size)}
	g.arrived = sync.NewCond(&g.mu)
	processes := make([]*Process, size)
	for i := range processes {
		processes[i] = &Process{i, g}
	}
	return processes
}

// Run runs work in every process of a new group and waits for all of them.
func Run(size int, work func(*Process)) {
	var running sync.WaitGroup
	for _, p := range Group(size) {
		running.Go(func() { work(p) })
	}
	running.Wait()
}

func (p *Process) Rank() int { return p.rank }
func (p *Process) Size() int { return p.group.size }

// exchange lays mine down and returns what everybody has.
func (p *Process) exchange(mine any) []any {
	g := p.group
	g.mu.Lock()
	g.table[p.rank] = mine
	g.mu.Unlock()
	g.barrier()
	all := append([]any(nil), g.table...)
	g.barrier()
	return all
}

// barrier waits for all processes.
func (g *group) barrier() {
	g.mu.Lock()
	defer g.mu.Unlock()
	round := g.round
	if g.waiting++; g.waiting == g.size {
		g.waiting = 0
		g.round++
		g.arrived.Broadcast()
	}
	for round == g.round {
		g.arrived.Wait()
	}
}

// AllToAll implements bnn.Communicator.
func (p *Process) AllToAll(send []float32, sendCounts []int, recv []float32, recvCounts []int) {
	type parcel struct {
		values []float32
		counts []int
	}
	for r, x := range p.exchange(parcel{append([]float32(nil), send...), sendCounts}) {
		from := x.(parcel)
		at := 0
		for _, n := range from.counts[:p.rank] {
			at += n
		}
		if from.counts[p.rank] != recvCounts[r] {
			panic("inprocess: the receiver expects another number of values")
		}
		recv = recv[copy(recv[:recvCounts[r]], from.values[at:]):]
	}
}

// AllGather implements bnn.Communicator.
func (p *Process) AllGather(x []float32, counts []int) {
	mine := append([]float32(nil), x...)
	at := 0
	for r, other := range p.exchange(mine) {
		copy(x[at:at+counts[r]], other.([]float32)[at:])
		at += counts[r]
	}
}

// Share implements bnn.Communicator.
func (p *Process) Share(mine []byte) [][]byte {
	var all [][]byte
	for _, x := range p.exchange(append([]byte(nil), mine...)) {
		all = append(all, x.([]byte))
	}
	return all
}

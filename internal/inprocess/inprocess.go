// Package inprocess connects goroutines as internal/mpi connects processes, to test what several
// processes do without MPI.
package inprocess

import "sync"

// Process is one of a group. It implements bnn.Communicator. What is begun is done in Wait, as late
// as can be, so that a test sees whether anybody relies on it before.
type Process struct {
	rank    int
	group   *group
	pending []func()
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
		processes[i] = &Process{rank: i, group: g}
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
func (p *Process) AllToAll(send []float32, to [][2]int, recv []float32, from [][2]int) {
	p.pending = append(p.pending, func() { p.allToAll(send, to, recv, from) })
}

func (p *Process) allToAll(send []float32, to [][2]int, recv []float32, from [][2]int) {
	parcels := make([][]float32, len(to))
	for r, at := range to {
		parcels[r] = append(parcels[r], send[at[0]:at[1]]...)
	}
	for r, x := range p.exchange(parcels) {
		sent, room := x.([][]float32)[p.rank], recv[from[r][0]:from[r][1]]
		if len(sent) != len(room) {
			panic("inprocess: the receiver expects another number of values")
		}
		copy(room, sent)
	}
}

// AllGather implements bnn.Communicator.
func (p *Process) AllGather(x []float32, parts [][2]int) {
	p.pending = append(p.pending, func() { p.allGather(x, parts) })
}

func (p *Process) allGather(x []float32, parts [][2]int) {
	mine := append([]float32(nil), x[parts[p.rank][0]:parts[p.rank][1]]...)
	for r, other := range p.exchange(mine) {
		copy(x[parts[r][0]:parts[r][1]], other.([]float32))
	}
}

// Wait implements bnn.Communicator.
func (p *Process) Wait() {
	for _, do := range p.pending {
		do()
	}
	p.pending = p.pending[:0]
}

// Share implements bnn.Communicator.
func (p *Process) Share(mine []byte) [][]byte {
	var all [][]byte
	for _, x := range p.exchange(append([]byte(nil), mine...)) {
		all = append(all, x.([]byte))
	}
	return all
}

package cpu

import (
	"sync"
	"sync/atomic"
)

// job is one operation split into independent tasks. A worker runs tasks until
// none is left; worker numbers its private scratch. Jobs are fields of the
// device, so that starting one allocates nothing.
type job interface{ task(worker, i int) }

// pool runs the tasks of one job at a time on a fixed number of goroutines, the
// caller's among them. Which worker runs a task never shows in a result.
type pool struct {
	workers int
	wake    chan struct{}
	current job
	tasks   int64
	next    atomic.Int64
	running sync.WaitGroup
}

func newPool(workers int) *pool {
	p := &pool{workers: workers, wake: make(chan struct{})}
	for w := 1; w < workers; w++ {
		go func() {
			for range p.wake {
				p.work(w)
				p.running.Done()
			}
		}()
	}
	return p
}

// run executes tasks 0 … n−1 and returns when all are done.
func (p *pool) run(j job, n int) {
	helpers := min(p.workers, n) - 1
	if helpers <= 0 {
		for i := range n {
			j.task(0, i)
		}
		return
	}
	p.current, p.tasks = j, int64(n)
	p.next.Store(0)
	p.running.Add(helpers)
	for range helpers {
		p.wake <- struct{}{}
	}
	p.work(0)
	p.running.Wait()
}

// smallWork is the number of elements below which waking threads does not pay.
const smallWork = 1 << 13

// runIf is run for tasks whose elements number work in all; little work stays on the caller.
func (p *pool) runIf(work int, j job, n int) {
	if work > smallWork {
		p.run(j, n)
		return
	}
	for i := range n {
		j.task(0, i)
	}
}

func (p *pool) work(worker int) {
	for {
		i := p.next.Add(1) - 1
		if i >= p.tasks {
			return
		}
		p.current.task(worker, int(i))
	}
}

func (p *pool) close() { close(p.wake) }

package cpu

import (
	"sync/atomic"
	"time"

	"github.com/symvi/symvi/asm/pause"
)

// job is one operation split into independent tasks. A worker runs tasks until
// none is left; worker numbers its private scratch. Jobs are fields of the
// device, so that starting one allocates nothing.
type job interface{ task(worker, i int) }

// pool runs the tasks of one job at a time on a fixed number of workers: the caller, who is
// worker 0, and helpers, which are goroutines. Which worker runs a task never shows in a result.
//
// Every worker has a share of the tasks, the same contiguous part in every job of that many
// tasks, so that what it worked on stays in its cache. A worker claims the tasks of its own
// share one by one and then those that are left of the others' shares. So nobody waits
// for a helper that has not come: the caller does its work.
//
// A helper that comes late finds nothing to claim. It reads what the job is only after it has
// claimed a task, and as long as a claimed task is not done, the job is not over.
type pool struct {
	workers int
	shares  []share
	job     job
	tasks   int
	pending atomic.Int64  // tasks that are not done
	jobs    atomic.Uint32 // the number of jobs that were started
	closed  atomic.Bool
	watch   func(j job, tasks int) // runs jobs in the pool's place, in the test of its scaling
}

// share is a worker's part of the tasks, and how to wake it. It fills two cache lines (which
// come in pairs), so that workers do not disturb each other.
type share struct {
	unclaimed atomic.Int64
	parked    atomic.Bool
	asleep    atomic.Int32 // jobs for which it is not to be woken
	wake      chan struct{}
	_         [128 - 24]byte
}

// claim takes one task of a share and returns how many there were, 0 if none.
func (s *share) claim() int {
	for {
		n := s.unclaimed.Load()
		if n == 0 || s.unclaimed.CompareAndSwap(n, n-1) {
			return int(n)
		}
	}
}

func newPool(workers int) *pool {
	p := &pool{workers: workers, shares: make([]share, workers)}
	for w := range workers {
		p.shares[w].wake = make(chan struct{}, 1)
	}
	for w := 1; w < workers; w++ {
		go p.help(w)
	}
	return p
}

// run executes tasks 0 … n−1 and returns when all are done.
func (p *pool) run(j job, n int) {
	if p.watch != nil {
		p.watch(j, n)
		return
	}
	if p.workers == 1 || n <= 1 {
		for i := range n {
			j.task(0, i)
		}
		return
	}
	p.job, p.tasks = j, n
	p.pending.Store(int64(n))
	for w := range min(p.workers, n) {
		lo, hi := p.share(w)
		p.shares[w].unclaimed.Store(int64(hi - lo))
	}
	p.jobs.Add(1)
	p.rouse(0)
	p.pending.Add(-int64(p.work(0)))
	for start := time.Now(); p.pending.Load() > 0; {
		wait(time.Since(start))
	}
}

// smallWork is the number of elements below which other threads do not pay.
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

// share is the range of a worker's own tasks, of which no worker has any if there are fewer
// tasks than workers before it.
func (p *pool) share(worker int) (lo, hi int) {
	sharing := min(p.workers, p.tasks)
	return p.tasks * worker / sharing, p.tasks * (worker + 1) / sharing
}

// work claims and runs tasks until none is left, and returns how many it ran.
func (p *pool) work(worker int) (done int) {
	for k := range p.workers {
		owner := (worker + k) % p.workers
		s := &p.shares[owner]
		for n := s.claim(); n > 0; n = s.claim() {
			_, hi := p.share(owner)
			p.job.task(worker, hi-n)
			done++
		}
	}
	return done
}

// rouse wakes the two helpers below a worker in the tree whose root is the caller. Each
// wakes its own, so that waking many takes the caller no longer than waking two.
func (p *pool) rouse(worker int) {
	for w := 2*worker + 1; w <= 2*worker+2 && w < p.workers; w++ {
		s := &p.shares[w]
		if !s.parked.Load() {
			continue
		}
		if n := s.asleep.Load(); n > 0 {
			s.asleep.Store(n - 1)
			continue
		}
		s.unpark()
	}
}

func (s *share) unpark() {
	if s.parked.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
	}
}

const (
	// selfishness is how long a worker waits before it lets others run: longer than most
	// pauses between the operations of a training step.
	selfishness = 50 * time.Microsecond
	// patience is how long a helper waits before it parks.
	patience = 500 * time.Microsecond
	// pauses is how often a worker pauses between two looks.
	pauses = 4
	// longestSleep is the most jobs for which a helper that was woken in vain sleeps on.
	longestSleep = 32
)

// wait passes the time between two looks of a worker that has waited so long.
func wait(waited time.Duration) {
	pause.Pause(pauses)
	if waited > selfishness {
		yield()
	}
}

// help is a helper's life: it waits for jobs and works on them.
func (p *pool) help(worker int) {
	s := &p.shares[worker]
	seen, sleep := uint32(0), int32(0)
	for {
		woken := p.await(s, seen)
		if p.closed.Load() {
			return
		}
		seen = p.jobs.Load()
		p.rouse(worker)
		switch done := p.work(worker); {
		case done > 0:
			p.pending.Add(-int64(done))
			sleep = 0
		case woken: // the others were faster than its waking: the jobs are short or the machine is busy
			sleep = min(2*sleep+1, longestSleep)
		}
		s.asleep.Store(sleep)
	}
}

// await returns when more jobs were started than seen, or the pool was closed, and reports
// whether the helper parked meanwhile.
func (p *pool) await(s *share, seen uint32) (woken bool) {
	news := func() bool { return p.jobs.Load() != seen || p.closed.Load() }
	start := time.Now()
	for waited := time.Duration(0); waited < patience; waited = time.Since(start) {
		if news() {
			return false
		}
		wait(waited)
	}
	s.parked.Store(true)
	if news() && s.parked.CompareAndSwap(true, false) {
		return false
	}
	<-s.wake
	return true
}

// close ends the helpers. No job may follow.
func (p *pool) close() {
	p.closed.Store(true)
	for w := range p.shares {
		p.shares[w].unpark()
	}
}

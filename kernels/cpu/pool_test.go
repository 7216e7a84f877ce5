package cpu

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// countingJob counts how often each task ran. Its plain fields change between two jobs, so
// that the race detector sees a helper that touches a finished one.
type countingJob struct {
	n       int
	ran     []atomic.Int32
	workers int
	slow    time.Duration
	strange atomic.Int32 // tasks or workers that do not exist
}

func (j *countingJob) task(worker, i int) {
	if worker < 0 || worker >= j.workers || i < 0 || i >= j.n {
		j.strange.Add(1)
		return
	}
	if j.slow > 0 {
		time.Sleep(j.slow)
	}
	j.ran[i].Add(1)
}

func (j *countingJob) check(t *testing.T, p *pool, n int) {
	t.Helper()
	j.n, j.ran = n, make([]atomic.Int32, n)
	p.run(j, n)
	for i := range j.ran {
		if c := j.ran[i].Load(); c != 1 {
			t.Fatalf("task %d of %d ran %d times", i, n, c)
		}
	}
	if c := j.strange.Load(); c > 0 {
		t.Fatalf("%d calls with a worker or task that does not exist", c)
	}
}

// TestPool has more workers than any test machine has cores, and fewer.
func TestPool(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 7, 16, 128} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			p := newPool(workers)
			defer p.close()
			j := &countingJob{workers: workers}
			for n := range 200 {
				j.check(t, p, n)
			}
			for range 2000 {
				j.check(t, p, 5)
			}
		})
	}
}

// TestPoolRested lets helpers park between jobs.
func TestPoolRested(t *testing.T) {
	p := newPool(5)
	defer p.close()
	j := &countingJob{workers: 5, slow: 100 * time.Microsecond}
	for range 30 {
		j.check(t, p, 40)
		awaitParked(t, p)
	}
}

// awaitParked returns when no helper of an idle pool uses the processor.
func awaitParked(t *testing.T, p *pool) {
	t.Helper()
	for start := time.Now(); ; time.Sleep(time.Millisecond) {
		parked := 0
		for w := 1; w < p.workers; w++ {
			if p.shares[w].parked.Load() {
				parked++
			}
		}
		switch {
		case parked == p.workers-1:
			return
		case time.Since(start) > 20*time.Second:
			t.Fatalf("only %d of %d idle helpers parked", parked, p.workers-1)
		}
	}
}

// TestPoolNeverWaits has helpers that never come.
func TestPoolNeverWaits(t *testing.T) {
	for _, workers := range []int{2, 9} {
		p := &pool{workers: workers, shares: make([]share, workers)}
		j := &countingJob{workers: workers}
		for _, n := range []int{0, 1, 2, 8, 9, 10, 100} {
			j.check(t, p, n)
		}
	}
}

// TestPoolHelps needs two workers: each of two tasks waits for the other one to start.
func TestPoolHelps(t *testing.T) {
	p := newPool(2)
	defer p.close()
	awaitParked(t, p)
	for range 3 {
		p.run(&meetingJob{}, 2)
	}
}

type meetingJob struct{ present atomic.Int32 }

func (j *meetingJob) task(_, _ int) {
	for j.present.Add(1); j.present.Load() < 2; {
		runtime.Gosched()
	}
}

// TestPoolShares: the shares are all tasks, in order, as equal as can be.
func TestPoolShares(t *testing.T) {
	for workers := 1; workers < 9; workers++ {
		for n := 1; n < 40; n++ {
			p := &pool{workers: workers, tasks: n}
			end := 0
			for w := range min(workers, n) {
				lo, hi := p.share(w)
				if least := n / min(workers, n); lo != end || hi-lo < least || hi-lo > least+1 {
					t.Errorf("worker %d of %d has tasks %d … %d of %d", w, workers, lo, hi-1, n)
				}
				end = hi
			}
			if end != n {
				t.Errorf("the shares of %d workers end with %d, want %d", workers, end, n)
			}
		}
	}
}

// TestPoolOwnTasksFirst: a worker begins with its own share and ends with the caller's.
func TestPoolOwnTasksFirst(t *testing.T) {
	order := &orderJob{}
	p := &pool{workers: 3, shares: make([]share, 3), job: order, tasks: 9}
	for w := range p.shares {
		p.shares[w].unclaimed.Store(3)
	}
	if p.work(1); fmt.Sprint(order.tasks) != "[3 4 5 6 7 8 0 1 2]" {
		t.Errorf("worker 1 runs tasks %v", order.tasks)
	}
}

type orderJob struct{ tasks []int }

func (j *orderJob) task(_, i int) { j.tasks = append(j.tasks, i) }

func TestPoolClose(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		p := newPool(8)
		p.run(&countingJob{n: 50, ran: make([]atomic.Int32, 50), workers: 8}, 50)
		p.close()
	}
	for start := time.Now(); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Since(start) > 20*time.Second {
			t.Fatalf("%d goroutines are left, before there were %d", runtime.NumGoroutine(), before)
		}
	}
}

// TestPoolOversubscribed has one processor for sixteen workers: the caller must not wait for
// helpers that cannot run.
func TestPoolOversubscribed(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := newPool(16)
	defer p.close()
	j := &countingJob{workers: 16}
	for range 500 {
		j.check(t, p, 33)
	}
}

package cpu

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/kernels"
)

// The pool's scaling is computed, because no test machine has so many processors: a training step
// is run as it is cut for so many workers, but by one, which times every task. A region then takes
// what the tasks take when each goes to the first worker that is free, and what it costs to start
// and to end it; what is outside regions stays as it is. Caches and memory that processors share
// are left out.
const (
	// transfer is what a worker costs the others in a region: the line with its share of the tasks
	// and the line that counts what is pending come from another processor, about 0.05 µs each.
	transfer = 100 * time.Nanosecond
	// arrival is how long a spinning helper takes to see a job, and the caller to see its end.
	arrival = 300 * time.Nanosecond
)

// region is a job's tasks, and how long each took at best.
type region []time.Duration

func (r region) alone() (total time.Duration) {
	for _, t := range r {
		total += t
	}
	return total
}

// shared is what the region takes with so many workers.
func (r region) shared(workers int) time.Duration {
	if workers = min(workers, len(r)); workers <= 1 {
		return r.alone()
	}
	free := make([]time.Duration, workers)
	for _, t := range r {
		w := 0
		for k := range free {
			if free[k] < free[w] {
				w = k
			}
		}
		free[w] += t
	}
	return slices.Max(free) + arrival + time.Duration(workers-1)*transfer
}

// step is a training step: its regions, and what is outside them.
type step struct {
	regions []region
	serial  time.Duration
}

// watcher times the steps of a training.
type watcher struct {
	best, now  step
	started    time.Time
	in         time.Duration // regions of this step
	disordered int           // steps of another number of regions or tasks, as at the end of an epoch
}

func (w *watcher) run(j job, n int) {
	r := make(region, n)
	start := time.Now()
	for i := range n {
		before := time.Now()
		j.task(0, i)
		r[i] = time.Since(before)
	}
	w.in += time.Since(start)
	if n > 0 {
		w.now.regions = append(w.now.regions, r)
	}
}

// end ends a step, of which the shortest time of every task counts: nothing disturbed that one.
func (w *watcher) end() {
	w.now.serial = time.Since(w.started) - w.in
	switch {
	case w.best.regions == nil:
		w.best = w.now
	case !w.now.like(w.best):
		w.disordered++
	default:
		w.best.serial = min(w.best.serial, w.now.serial)
		for i, r := range w.now.regions {
			for k, t := range r {
				w.best.regions[i][k] = min(w.best.regions[i][k], t)
			}
		}
	}
	w.now, w.in, w.started = step{}, 0, time.Now()
}

func (s step) like(o step) bool {
	return slices.EqualFunc(s.regions, o.regions, func(a, b region) bool { return len(a) == len(b) })
}

func (s step) time(workers int) time.Duration {
	total := s.serial
	for _, r := range s.regions {
		total += r.shared(workers)
	}
	return total
}

// watchedStep trains a network for so many steps as they are cut for so many workers.
func watchedStep(t *testing.T, widths []int, samples, workers, steps int) step {
	t.Helper()
	d, err := New(Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var w watcher
	d.pool = &pool{workers: workers, watch: w.run}
	const rows = 6000
	data := bnn.Data{X: make([]float32, rows*widths[0]), Labels: make([]int32, rows)}
	kernels.Key{Seed: 1}.Normals(data.X, 0)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	tr, err := bnn.NewTrainer(d, bnn.Model{Likelihood: bnn.Softmax(), Prior: bnn.Prior{Std: 1},
		Network: bnn.Network{Widths: widths, Activation: kernels.ReLU}}, data,
		bnn.FitOptions{Epochs: 1 << 20, Batch: 100, Samples: samples, OnStep: func(done, _ int) {
			if w.end(); done == 2 { // the first two are not like the others
				w = watcher{started: time.Now()}
			}
			if done == steps {
				stop()
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	w = watcher{started: time.Now()}
	if err := tr.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if len(w.best.regions) == 0 || w.disordered > steps/10 {
		t.Fatalf("%v: %d regions in a step, %d of %d steps had others", widths, len(w.best.regions),
			w.disordered, steps)
	}
	return w.best
}

// TestScaling computes it for the networks of docs/benchmarks.md: SYMVI_SCALING=1, with -v, prints
// the tables there. Otherwise it sees that a step has the regions that are written down.
func TestScaling(t *testing.T) {
	table := os.Getenv("SYMVI_SCALING") != ""
	for _, c := range []struct {
		widths  []int
		samples int
		regions int
	}{
		{[]int{784, 30, 10}, 1, 6},
		{[]int{784, 30, 10}, 16, 0},
		{[]int{784, 512, 10}, 1, 0},
		{[]int{784, 512, 512, 10}, 1, 0},
	} {
		steps := 50
		if !table {
			if steps = 6; c.samples*c.widths[1] > 100 {
				continue
			}
		}
		if !table {
			if two := watchedStep(t, c.widths, c.samples, 2, steps); len(two.regions) != c.regions {
				t.Errorf("%v: %d regions, want %d", c.widths, len(two.regions), c.regions)
			}
			continue
		}
		workers := []int{1, 2, 4, 8, 16, 32, 64, 128}
		var all []step
		for _, n := range workers {
			all = append(all, watchedStep(t, c.widths, c.samples, n, steps))
		}
		calm(all)
		line := fmt.Sprintf("%v S=%d", c.widths, c.samples)
		for i, n := range workers {
			took := all[i].time(n)
			line += fmt.Sprintf(", %d: %.0f (%.1f ×)", n, microseconds(took),
				float64(all[0].time(1))/float64(took))
		}
		t.Logf("%s\n%s\n%s", line, all[1].describe(2), all[6].describe(64))
	}
}

// calm gives tasks that are the same in several steps the shortest time of any.
func calm(all []step) {
	for i := range all {
		for _, o := range all {
			all[i].serial = min(all[i].serial, o.serial)
			for k, r := range all[i].regions {
				if len(o.regions) != len(all[i].regions) || len(o.regions[k]) != len(r) {
					continue
				}
				for task := range r {
					r[task] = min(r[task], o.regions[k][task])
				}
			}
		}
	}
}

// describe lists the regions: tasks × the mean of a task, and the longest.
func (s step) describe(workers int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d workers: outside %.1f", workers, microseconds(s.serial))
	for _, r := range s.regions {
		fmt.Fprintf(&b, "; %.1f in %d, longest %.1f", microseconds(r.alone()), len(r),
			microseconds(slices.Max(r)))
	}
	return b.String()
}

func microseconds(t time.Duration) float64 { return float64(t.Nanoseconds()) / 1000 }

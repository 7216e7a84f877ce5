package reproduce

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/symvi/symvi/kernels"
)

// work runs the cells that are not finished, one at a time on every device.
func (r *Runner) work(ctx context.Context, s store, cells []cell) error {
	if len(r.Devices) == 0 {
		return errors.New("reproduce: no device to work on")
	}
	todo, err := s.unfinished(cells)
	if err != nil {
		return err
	}
	w := &worker{runner: r, store: s, todo: todo}
	for _, c := range todo {
		w.total += c.seconds
	}
	if r.Plan != nil {
		r.Plan(Plan{Cells: len(cells), Finished: len(cells) - len(todo), Expected: r.expected(w.total, len(todo))})
	}
	if err := w.runAll(ctx); err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return &InterruptedError{Out: s.dir, Done: len(cells) - len(todo) + w.done, Total: len(cells), Cause: err}
		}
		return err
	}
	return nil
}

// unfinished are the cells that have no file yet.
func (s store) unfinished(cells []cell) ([]cell, error) {
	var todo []cell
	for _, c := range cells {
		done, err := s.finished(c)
		if err != nil {
			return nil, err
		}
		if !done {
			todo = append(todo, c)
		}
	}
	return todo, nil
}

// worker hands out cells to the devices; the mutex guards its counters.
type worker struct {
	runner *Runner
	store  store
	todo   []cell
	total  float64

	mu      sync.Mutex
	next    int
	done    int
	seconds float64
}

// runAll returns the first error, after all devices have stopped.
func (w *worker) runAll(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	for _, device := range w.runner.Devices {
		group.Go(func() {
			for ctx.Err() == nil {
				c, ok := w.take()
				if !ok {
					return
				}
				if err := w.run(ctx, device, c); err != nil {
					cancel(fmt.Errorf("%s: %w", c.label(), err))
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

func (w *worker) take() (cell, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next == len(w.todo) {
		return cell{}, false
	}
	w.next++
	return w.todo[w.next-1], true
}

// run works on one cell and stores its result.
func (w *worker) run(ctx context.Context, device kernels.Device, c cell) error {
	start := time.Now()
	result, err := c.run(ctx, device)
	if err != nil {
		return err
	}
	if err := w.store.write(c, device.Name(), time.Since(start), result); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done++
	w.seconds += c.seconds
	if w.runner.Progress != nil {
		w.runner.Progress(Progress{Cell: c.label(), Done: w.done, Total: len(w.todo), Share: w.seconds / w.total})
	}
	return nil
}

// expected is how long cells of so many reference seconds should take here.
func (r *Runner) expected(seconds float64, cells int) time.Duration {
	if cells == 0 {
		return 0
	}
	parallel := float64(min(len(r.Devices), cells))
	return time.Duration(seconds / parallel * slowness(r.Devices[0]) * float64(time.Second))
}

// The product that calibrates the expected time: the layer that Table 1 spends its time
// in, and what it takes on one core of the reference machine.
const (
	calibrationBatch, calibrationRows, calibrationHidden, calibrationInputs = 8, 1000, 30, 784
	calibrationSeconds                                                      = 4.5e-3
)

// slowness compares a device with the reference machine, as the best of a few products.
func slowness(d kernels.Device) float64 {
	x := d.Float32(calibrationRows * calibrationInputs)
	weights := d.Float32(calibrationBatch * calibrationHidden * calibrationInputs)
	y := d.Float32(calibrationBatch * calibrationRows * calibrationHidden)
	defer x.Free()
	defer weights.Free()
	defer y.Free()
	best := time.Duration(1<<63 - 1)
	for range 4 {
		start := time.Now()
		d.Gemm(kernels.Gemm{Transpose: kernels.NT, Batch: calibrationBatch, M: calibrationRows, N: calibrationHidden, K: calibrationInputs,
			A: x, LDA: calibrationInputs, B: weights, LDB: calibrationInputs, StrideB: calibrationHidden * calibrationInputs,
			C: y, LDC: calibrationHidden, StrideC: calibrationRows * calibrationHidden})
		if d.Sync() != nil {
			return 1 // the first cell will say what is wrong
		}
		best = min(best, time.Since(start))
	}
	return best.Seconds() / calibrationSeconds
}

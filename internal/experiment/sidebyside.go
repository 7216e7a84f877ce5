package experiment

import (
	"context"
	"errors"
	"sync"

	"github.com/symvi/symvi/kernels"
)

// sideBySide runs independent units 0 … n−1, one to a core where the device can be divided and else
// one after another. Which device runs a unit never shows in a result. The first error stops the rest;
// finished is called after every unit, one call at a time.
func (r *Runner) sideBySide(ctx context.Context, n int, unit func(ctx context.Context, d kernels.Device, i int) error,
	finished func(done int)) error {
	devices := []kernels.Device{r.Device}
	if r.Divide != nil && n > 1 {
		divided, err := r.Divide(n)
		if err != nil {
			return err
		}
		for _, d := range divided {
			defer d.Close()
		}
		devices = divided
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	next, done := 0, 0
	take := func() (i int, more bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next <= n
	}
	errs := make([]error, len(devices))
	var running sync.WaitGroup
	for w, device := range devices {
		running.Go(func() {
			for i, more := take(); more; i, more = take() {
				if errs[w] = unit(ctx, device, i); errs[w] != nil {
					cancel()
					return
				}
				mu.Lock()
				done++
				finished(done)
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return firstCause(errs)
}

// firstCause is the error that made the others stop, if one did.
func firstCause(errs []error) error {
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return errors.Join(errs...)
}

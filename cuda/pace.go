//go:build cuda

package cuda

import (
	"errors"
	"slices"

	"gorgonia.org/cu"
)

// How many steps, and how many recordings of several, the GPU is given before it has done the first
// of them: enough to work while the host is held up, and so few that who waits for the GPU in order
// to stop a training does not wait for long. As many may wait for the driver.
const (
	mostAhead = 16
	fewAhead  = 3
)

// fences are events in the stream after its latest graphs, the oldest first.
type fences struct{ passed, ahead []cu.Event }

// pace waits until at most so many graphs are ahead of the GPU, of which one has just been
// launched.
func (w *worker) pace(most int) error {
	f := &w.fences
	e, err := f.take()
	if err != nil {
		return about("making an event", err)
	}
	if err := e.Record(w.stream); err != nil {
		return about("recording an event", err)
	}
	f.ahead = append(f.ahead, e)
	n := len(f.ahead) - most
	if n <= 0 {
		return nil
	}
	err = f.ahead[n-1].Synchronize()
	f.passed = append(f.passed, f.ahead[:n]...)
	f.ahead = slices.Delete(f.ahead, 0, n)
	return about("waiting for an event", err)
}

// take is an event that the stream has passed, or a new one.
func (f *fences) take() (cu.Event, error) {
	if n := len(f.passed); n > 0 {
		e := f.passed[n-1]
		f.passed = f.passed[:n-1]
		return e, nil
	}
	return cu.MakeEvent(cu.DisableTiming)
}

func (f *fences) destroy() error {
	var errs []error
	for _, e := range slices.Concat(f.passed, f.ahead) {
		errs = append(errs, about("freeing an event", cu.DestroyEvent(&e)))
	}
	*f = fences{}
	return errors.Join(errs...)
}

package experiment

import (
	"context"
	"fmt"

	"github.com/symvi/symvi/internal/units"
	"github.com/symvi/symvi/kernels"
)

// sideBySide runs the units of a list that are not finished, one to a core where the device can
// be divided and else one after another. Which device runs a unit never shows in a result.
func (r *Runner) sideBySide(ctx context.Context, l units.List,
	unit func(ctx context.Context, d kernels.Device, i int) error) error {
	todo, of, err := l.Todo()
	if err != nil {
		return err
	}
	if done := of - len(todo); done > 0 {
		r.note(fmt.Sprintf("%d of %d %s are finished already in %s", done, of, l.What, l.Dir))
	}
	devices := []kernels.Device{r.Device}
	if r.Divide != nil && of > 1 && len(todo) > 0 {
		divided, err := r.Divide(len(todo))
		if err != nil {
			return err
		}
		for _, d := range divided {
			defer d.Close()
		}
		devices = divided
	}
	l.Workers = len(devices)
	l.Do = func(ctx context.Context, worker, i int) error { return unit(ctx, devices[worker], i) }
	if r.Watch.Score != nil && l.File != nil {
		done := of - len(todo)
		l.Progress = func(int) {
			done++
			r.Watch.Score(l.What, done, of)
		}
	}
	return l.RunThese(ctx, todo, of)
}

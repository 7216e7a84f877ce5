package studies

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/units"
	"github.com/symvi/symvi/kernels"
)

// work runs the cells that are not finished, one at a time on every device. Other processes may
// work in the same directory; none does a cell that another one does. memory is Options.Memory.
func (r *Runner) work(ctx context.Context, s Store, cells []Cell, memory int64) error {
	if len(r.Devices) == 0 {
		return errors.New("studies: no device to work on")
	}
	list := units.List{Count: len(cells), Shard: r.Shard, Workers: len(r.Devices), What: "cells",
		Dir:      filepath.Dir(s.Dir),
		File:     func(i int) string { return s.Path(cells[i].unit()) },
		Finished: func(i int) (bool, error) { return s.Finished(cells[i].unit()) },
		Do: func(ctx context.Context, w, i int) error {
			return run(ctx, s, r.Devices[w], cells[i])
		}}
	todo, of, err := list.Todo()
	if err != nil {
		return err
	}
	if err := r.admit(cells, todo, memory); err != nil {
		return err
	}
	total := 0.0
	for _, i := range todo {
		total += cells[i].Seconds
	}
	if r.Plan != nil {
		r.Plan(Plan{Cells: of, Finished: of - len(todo), Expected: r.expected(total, len(todo))})
	}
	done, seconds := 0, 0.0
	list.Progress = func(i int) {
		done++
		seconds += cells[i].Seconds
		if r.Progress != nil {
			r.Progress(Progress{Cell: cells[i].label(), Done: done, Total: len(todo),
				Share: seconds / total})
		}
	}
	return list.RunThese(ctx, todo, of)
}

// admit refuses cells that need more memory than there is when the largest of them run at once.
func (r *Runner) admit(cells []Cell, todo []int, memory int64) error {
	own, shared := make([]float64, len(todo)), 0.0
	for n, i := range todo {
		own[n], shared = cells[i].Memory, max(shared, cells[i].Shared)
	}
	slices.Sort(own)
	atOnce := min(len(r.Devices), len(own))
	most := shared
	for _, bytes := range own[len(own)-atOnce:] {
		most += bytes
	}
	return experiment.Admit(memory, "the cells that run at once", most, "fewer --threads")
}

// run works on one cell and stores its result.
func run(ctx context.Context, s Store, device kernels.Device, c Cell) error {
	start := time.Now()
	result, err := c.Run(ctx, device)
	if err != nil {
		return fmt.Errorf("%s: %w", c.label(), err)
	}
	return s.Write(c.unit(), device.Name(), time.Since(start), result)
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
		d.Gemm(kernels.Gemm{Transpose: kernels.NT, Batch: calibrationBatch, M: calibrationRows,
			N: calibrationHidden, K: calibrationInputs,
			A: x, LDA: calibrationInputs, B: weights, LDB: calibrationInputs,
			StrideB: calibrationHidden * calibrationInputs,
			C:       y, LDC: calibrationHidden, StrideC: calibrationRows * calibrationHidden})
		if d.Sync() != nil {
			return 1 // the first cell will say what is wrong
		}
		best = min(best, time.Since(start))
	}
	return best.Seconds() / calibrationSeconds
}

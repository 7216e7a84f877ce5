package studies

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/units"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// OnCPUs is a runner on n devices; other tests of this folder use it too.
func OnCPUs(t *testing.T, n int) *Runner {
	t.Helper()
	r := &Runner{Version: "test"}
	for range n {
		d, err := cpu.New(cpu.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		r.Devices = append(r.Devices, d)
	}
	return r
}

// square is a cell that counts how often it was run.
func square(i int, runs *atomic.Int32) Cell {
	return Cell{Folder: "squares", Name: fmt.Sprint(i), Settings: map[string]int{"i": i}, Seconds: 1,
		Run: func(context.Context, kernels.Device) (any, error) {
			runs.Add(1)
			return float64(i * i), nil
		}}
}

func TestFinishedCellsAreNotRedone(t *testing.T) {
	var runs atomic.Int32
	var cells []Cell
	for i := range 20 {
		cells = append(cells, square(i, &runs))
	}
	s := newStore(t.TempDir())
	r := OnCPUs(t, 3)
	var plan Plan
	r.Plan = func(p Plan) { plan = p }
	if err := r.work(t.Context(), s, cells[:12], 0); err != nil {
		t.Fatal(err)
	}
	if runs.Load() != 12 || plan.Cells != 12 || plan.Finished != 0 || plan.Expected <= 0 {
		t.Fatalf("%d runs after the plan %+v, want 12 of 12", runs.Load(), plan)
	}
	if err := r.work(t.Context(), s, cells, 0); err != nil {
		t.Fatal(err)
	}
	if runs.Load() != 20 || plan.Finished != 12 {
		t.Errorf("%d runs in all after the plan %+v, want 20, of which 12 were finished",
			runs.Load(), plan)
	}
	for i, c := range cells {
		got, err := Load[float64](s, c)
		if err != nil || got != float64(i*i) {
			t.Errorf("cell %d: %v, %v", i, got, err)
		}
	}
}

func TestOtherSettingsAreOtherCells(t *testing.T) {
	a := Cell{Folder: "f", Name: "n", Settings: map[string]int{"seed": 1}}
	b := Cell{Folder: "f", Name: "n", Settings: map[string]int{"seed": 2}}
	s := newStore(t.TempDir())
	if s.Path(a.unit()) == s.Path(b.unit()) {
		t.Errorf("both cells are stored in %s", s.Path(a.unit()))
	}
}

func TestInterruptedWorkGoesOn(t *testing.T) {
	var runs atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	var cells []Cell
	for i := range 10 {
		cells = append(cells, square(i, &runs))
	}
	stop := cells[5].Run
	cells[5].Run = func(c context.Context, d kernels.Device) (any, error) {
		cancel()
		if _, err := stop(c, d); err != nil {
			return nil, err
		}
		return nil, c.Err()
	}
	s := newStore(t.TempDir())
	r := OnCPUs(t, 1)
	err := r.work(ctx, s, cells, 0)
	var stopped *units.InterruptedError
	if !errors.As(err, &stopped) || !errors.Is(err, context.Canceled) || stopped.Done != 5 ||
		stopped.Total != 10 {
		t.Fatalf("error %v, want an interruption after 5 of 10", err)
	}
	if done, err := s.Finished(cells[5].unit()); done || err != nil {
		t.Errorf("the interrupted cell: finished %v, %v", done, err)
	}
	cells[5] = square(5, &runs)
	if err := r.work(t.Context(), s, cells, 0); err != nil || runs.Load() != 11 {
		t.Errorf("%d runs, error %v; want 11: one cell twice", runs.Load(), err)
	}
}

// Cells that need too much memory at once are refused before any is begun: the largest ones as many
// as there are devices, and once what they share. Finished ones need none.
func TestTooLittleMemory(t *testing.T) {
	const MB = 1_000_000
	var runs atomic.Int32
	var cells []Cell
	for i, own := range []float64{10, 30, 20, 30} {
		c := square(i, &runs)
		c.Memory, c.Shared = own*MB, 100*MB
		cells = append(cells, c)
	}
	s, program := newStore(t.TempDir()), int64(32<<20)
	for _, c := range []struct {
		devices int
		needs   int64
	}{{3, 180}, {2, 160}} {
		err := OnCPUs(t, c.devices).work(t.Context(), s, cells, program+c.needs*MB-1)
		var setting *experiment.SettingError
		want := fmt.Sprintf("%d MB of it for the cells that run at once", c.needs)
		if !errors.As(err, &setting) || setting.Key != "memory" ||
			!strings.Contains(setting.Problem, want) || runs.Load() > 0 {
			t.Errorf("%d devices: error %v after %d runs, want %q", c.devices, err, runs.Load(), want)
		}
	}
	if err := OnCPUs(t, 2).work(t.Context(), s, cells, program+160*MB); err != nil {
		t.Fatal(err)
	}
	if err := OnCPUs(t, 2).work(t.Context(), s, cells, program); err != nil {
		t.Errorf("all are finished: %v", err)
	}
}

func TestFailedCellStopsTheWork(t *testing.T) {
	var runs atomic.Int32
	broken := errors.New("broken")
	cells := []Cell{square(1, &runs), square(2, &runs), square(3, &runs)}
	cells[1].Run = func(context.Context, kernels.Device) (any, error) { return nil, broken }
	err := OnCPUs(t, 1).work(t.Context(), newStore(t.TempDir()), cells, 0)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "squares 2") || runs.Load() != 1 {
		t.Errorf("error %v after %d runs, want broken, named, after 1", err, runs.Load())
	}
}

func TestDamagedResultIsAnError(t *testing.T) {
	var runs atomic.Int32
	s, c := newStore(t.TempDir()), square(3, &runs)
	path := s.Path(c.unit())
	if _, err := s.Read(c.unit()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading a cell that is not there: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := OnCPUs(t, 1).work(t.Context(), s, []Cell{c}, 0)
	if err == nil || !strings.Contains(err.Error(), path) || runs.Load() != 0 {
		t.Errorf("error %v after %d runs, want one that names %s", err, runs.Load(), path)
	}
}

// TestResultOfOtherSettings: a result that was stored under another cell's name is not that cell's.
func TestResultOfOtherSettings(t *testing.T) {
	s := newStore(t.TempDir())
	a := Cell{Folder: "f", Name: "n", Settings: map[string]int{"i": 1}}
	b := Cell{Folder: "f", Name: "n", Settings: map[string]int{"i": 2}}
	if err := s.Write(a.unit(), "device", 0, 1.5); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.Path(a.unit()), s.Path(b.unit())); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(b.unit()); err == nil || !strings.Contains(err.Error(), "other settings") {
		t.Errorf("error %v, want one about other settings", err)
	}
}

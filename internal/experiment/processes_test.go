package experiment

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/inprocess"
	"github.com/symvi/symvi/internal/must"
)

// inProcesses runs work in so many processes, each with a runner.
func inProcesses(t *testing.T, size int, work func(r *Runner)) {
	t.Helper()
	var starting sync.Mutex // helpers of testing.T
	inprocess.Run(size, func(p *inprocess.Process) {
		starting.Lock()
		r := newRunner(t)
		starting.Unlock()
		r.Processes = p
		work(r)
	})
}

// TestProcessesShareARun: several processes leave the files of one, also when they are
// interrupted and others, of another number, go on; those that do not write are told of nothing
// else.
func TestProcessesShareARun(t *testing.T) {
	c := small()
	c.Samples, c.Shards, c.Members, c.Validation = 3, 4, 2, 0.2
	whole, shared := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "shared")
	if _, err := newRunner(t).Train(t.Context(), c, whole); err != nil {
		t.Fatal(err)
	}
	inProcesses(t, 3, func(r *Runner) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r.Watch.Step = func(done, _ int) {
			if done == 7 && r.Processes.Rank() == 1 {
				cancel()
			}
		}
		_, err := r.Train(ctx, c, shared)
		var stopped *InterruptedError
		if !errors.As(err, &stopped) || stopped.Dir != shared {
			t.Errorf("process %d: error %v, want an interruption", r.Processes.Rank(), err)
		}
	})
	for range 2 { // the second time the run is finished
		inProcesses(t, 4, func(r *Runner) {
			if _, err := r.Resume(t.Context(), shared, c); err != nil {
				t.Errorf("process %d: %v", r.Processes.Rank(), err)
			}
		})
	}
	for _, name := range []string{modelName, filepath.Join(membersDir, "2", modelName)} {
		a, err1 := os.ReadFile(filepath.Join(whole, name))
		b, err2 := os.ReadFile(filepath.Join(shared, name))
		if err := errors.Join(err1, err2); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs, or %v", name, err)
		}
	}
}

// TestProcessesAgreeOnErrors: what the first process cannot write stops all, and so do data that
// are not the same everywhere.
func TestProcessesAgreeOnErrors(t *testing.T) {
	c := small()
	c.Shards = 2
	dir := t.TempDir()
	must.Do(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o666))
	inProcesses(t, 2, func(r *Runner) {
		_, err := r.Train(t.Context(), c, filepath.Join(dir, "file", "run"))
		if err == nil || !strings.Contains(err.Error(), "rank 0: ") ||
			!strings.Contains(err.Error(), "is a file") {
			t.Errorf("process %d: error %v", r.Processes.Rank(), err)
		}
	})
	inProcesses(t, 2, func(r *Runner) {
		if r.Processes.Rank() == 1 {
			r.Builtin = map[string]func() (*dataset.Split, error){"dots": func() (*dataset.Split, error) {
				d, err := dots()
				d.Train.X[0]++
				return d, err
			}}
		}
		_, err := r.Train(t.Context(), c, filepath.Join(dir, "run"))
		if err == nil || !strings.Contains(err.Error(), "it reads other data than rank") {
			t.Errorf("process %d: error %v", r.Processes.Rank(), err)
		}
	})
}

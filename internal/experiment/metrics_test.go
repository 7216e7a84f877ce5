package experiment

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/symvi/symvi/internal/must"
)

// Every checkpoint adds its epochs to one file.
func TestMetricsAppended(t *testing.T) {
	r := newRunner(t)
	r.CheckpointEvery = time.Nanosecond
	path := filepath.Join(t.TempDir(), "r", metricsName)
	var before os.FileInfo
	grown := 0
	r.Watch.Step = func(int, int) {
		now := must.Get(os.Stat(path))(t)
		if before != nil && !os.SameFile(before, now) {
			t.Fatal("the file was replaced")
		}
		if before != nil && now.Size() > before.Size() {
			grown++
		}
		before = now
	}
	if _, err := r.Train(t.Context(), small(), filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if grown != 2 { // the last epoch is written after the last step
		t.Errorf("the file grew %d times during the training, want 2", grown)
	}
}

// What a killed process left behind the epochs of the checkpoint, whole or cut off, is no part of a
// run, and resuming it cuts it.
func TestMetricsTorn(t *testing.T) {
	want := metricsOf(t, func(string) {})
	whole := must.Get(encodeMetrics([]Epoch{{Epoch: 2}, {Epoch: 3}}))(t)
	for _, cut := range []int{0, 1, 20, len(whole) - 1, len(whole)} {
		got := metricsOf(t, func(dir string) {
			f := must.Get(os.OpenFile(filepath.Join(dir, metricsName), os.O_APPEND|os.O_WRONLY, 0))(t)
			_, err := f.Write(whole[:cut])
			must.Do(t, errors.Join(err, f.Close()))
			d := runDir{path: dir}
			if epochs, err := d.readMetrics(1, false); err != nil || len(epochs) != 1 {
				t.Errorf("cut at %d: read %v (%v), want one epoch", cut, epochs, err)
			}
		})
		if !slices.Equal(got, want) {
			t.Errorf("cut at %d: metrics %+v\nwant %+v", cut, got, want)
		}
	}
}

// metricsOf are the epochs, without their times, of a training that was interrupted in its second
// epoch and, after something happened to its directory, resumed.
func metricsOf(t *testing.T, happens func(dir string)) []Epoch {
	t.Helper()
	r := newRunner(t)
	dir := filepath.Join(t.TempDir(), "r")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.Watch.Step = func(done, _ int) {
		if done == 8 {
			cancel()
		}
	}
	var stopped *InterruptedError
	if _, err := r.Train(ctx, small(), dir); !errors.As(err, &stopped) {
		t.Fatalf("error %v, want an interruption", err)
	}
	happens(dir)
	if _, err := r.Resume(t.Context(), dir, small()); err != nil {
		t.Fatal(err)
	}
	text := must.Get(os.ReadFile(filepath.Join(dir, metricsName)))(t)
	var epochs []Epoch
	for line := range bytes.Lines(text) {
		e := must.Get(readEpoch(bytes.TrimSuffix(line, []byte("\n"))))(t)
		e.Seconds, e.SamplesPerSecond = 0, 0
		epochs = append(epochs, e)
	}
	return epochs
}

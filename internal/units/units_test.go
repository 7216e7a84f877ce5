package units

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/symvi/symvi/internal/must"
)

// count makes n units that note who did them: a file per attempt.
func count(dir, who string, n int, takes time.Duration) List {
	store := Store{dir}
	unit := func(i int) Unit { return Unit{"squares", fmt.Sprint(i), map[string]int{"i": i}} }
	return List{Count: n, Workers: 2,
		File:     func(i int) string { return store.Path(unit(i)) },
		Finished: func(i int) (bool, error) { return store.Finished(unit(i)) },
		Do: func(ctx context.Context, worker, i int) error {
			name := filepath.Join(dir, fmt.Sprintf("did-%d-%s-%d", i, who, time.Now().UnixNano()))
			if err := os.WriteFile(name, nil, 0o666); err != nil {
				return err
			}
			select {
			case <-time.After(takes):
			case <-ctx.Done():
				return ctx.Err()
			}
			return store.Write(unit(i), "device", takes, i*i)
		}}
}

// attempts is how often each unit was begun.
func attempts(t *testing.T, dir string, n int) []int {
	t.Helper()
	times := make([]int, n)
	for i := range n {
		did := must.Get(filepath.Glob(filepath.Join(dir, fmt.Sprintf("did-%d-*", i))))(t)
		times[i] = len(did)
	}
	return times
}

// checkResults reads all results and looks for what is left over.
func checkResults(t *testing.T, dir string, n int) {
	t.Helper()
	for i := range n {
		got, err := Load[int](Store{dir}, Unit{"squares", fmt.Sprint(i), map[string]int{"i": i}})
		if err != nil || got != i*i {
			t.Errorf("unit %d: %d, %v", i, got, err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, "squares"))
	if err != nil || len(entries) != n {
		t.Errorf("%d files, %v; want the %d results and nothing else: %v", len(entries), err, n, entries)
	}
}

func TestListsShareTheWork(t *testing.T) {
	dir, n := t.TempDir(), 30
	var lists sync.WaitGroup
	told := make([]int, 3)
	for k := range 3 {
		l := count(dir, fmt.Sprint(k), n, 5*time.Millisecond)
		l.Progress = func(int) { told[k]++ }
		lists.Go(func() {
			if err := l.Run(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	lists.Wait()
	for i, times := range attempts(t, dir, n) {
		if times != 1 {
			t.Errorf("unit %d was done %d times", i, times)
		}
	}
	checkResults(t, dir, n)
	if slices.Max(told) != n {
		t.Errorf("the lists were told of %v units, want %d at most and once", told, n)
	}
}

func TestShards(t *testing.T) {
	dir, n := t.TempDir(), 10
	for k := range 3 {
		l := count(dir, "x", n, 0)
		l.Shard = Shard{k, 3}
		must.Do(t, l.Run(t.Context()))
		for i, times := range attempts(t, dir, n) {
			want := 0
			if i%3 <= k {
				want = 1
			}
			if times != want {
				t.Errorf("after shard %d of 3 unit %d was done %d times, want %d", k, i, times, want)
			}
		}
	}
	all := count(dir, "x", n, 0)
	if todo, of, err := all.Todo(); len(todo) != 0 || of != n || err != nil {
		t.Errorf("to do after all shards: %v of %d, %v", todo, of, err)
	}
	checkResults(t, dir, n)
}

func TestListEndsWithTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	l := count(t.TempDir(), "x", 8, time.Millisecond)
	do := l.Do
	l.Do = func(ctx context.Context, w, i int) error {
		if i == 3 {
			return broken
		}
		return do(ctx, w, i)
	}
	if err := l.Run(t.Context()); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	l.Do = func(ctx context.Context, _, _ int) error { cancel(); <-ctx.Done(); return ctx.Err() }
	var stopped *InterruptedError
	if err := l.Run(ctx); !errors.As(err, &stopped) || stopped.Done == 0 || stopped.Total != 8 {
		t.Errorf("error %v, want an interruption with some of 8 finished", err)
	}
}

// TestLock: one holder at a time, of a file that vanishes with the lock.
func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	unlock, busy, err := TryLock(path)
	if busy || err != nil {
		t.Fatal(busy, err)
	}
	if _, busy, err := TryLock(path); !busy || err != nil {
		t.Errorf("a second holder: busy %v, %v", busy, err)
	}
	unlock()
	again, busy, err := TryLock(path)
	if busy || err != nil {
		t.Fatal(busy, err)
	}
	again()
	_, _, err = TryLock(filepath.Join(path, "no", "such"))
	if !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "open") {
		t.Errorf("error %v, want one line about a missing directory", err)
	}
}

// TestMain is also the program of TestKilledProcesses.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SYMVI_TEST_UNITS"); dir != "" {
		if err := count(dir, fmt.Sprint(os.Getpid()), 12,
			20*time.Millisecond).Run(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestKilledProcesses kills one of three processes that share the work: the others take over
// what it had begun, and a unit is begun again only for a kill.
func TestKilledProcesses(t *testing.T) {
	dir := t.TempDir()
	process := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SYMVI_TEST_UNITS="+dir)
		cmd.Stderr = os.Stderr
		must.Do(t, cmd.Start())
		return cmd
	}
	victim := process()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if sum(attempts(t, dir, 12)) >= 3 || time.Now().After(deadline) {
			break
		}
	}
	others := []*exec.Cmd{process(), process()}
	victim.Process.Kill()
	victim.Wait()
	for _, cmd := range others {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if begun := sum(attempts(t, dir, 12)); begun > 12+2 {
		t.Errorf("12 units were begun %d times, want at most 2 of them twice", begun)
	}
	checkResults(t, dir, 12)
}

func sum(x []int) int {
	total := 0
	for _, v := range x {
		total += v
	}
	return total
}

// TestMates: units that are done together are locked alike; one that another process has is left to
// it, and finished ones are not done again.
func TestMates(t *testing.T) {
	dir := t.TempDir()
	l := count(dir, "me", 9, 0)
	l.Workers = 1
	var together [][]int
	l.Mates = func(i int) (mates []int) {
		for k := i + 3; k < 9; k += 3 {
			mates = append(mates, k)
		}
		return mates
	}
	l.Together = func(ctx context.Context, worker int, units []int) error {
		together = append(together, units)
		for _, i := range units {
			if _, busy, err := TryLock(lockPath(l.File(i))); !busy || err != nil {
				t.Errorf("unit %d is done without its lock: %v", i, err)
			}
			if err := l.Do(ctx, worker, i); err != nil {
				return err
			}
		}
		return nil
	}
	if err := l.Do(t.Context(), 0, 4); err != nil { // finished before
		t.Fatal(err)
	}
	unlock, busy, err := TryLock(lockPath(l.File(6)))
	if busy || err != nil {
		t.Fatal(busy, err)
	}
	var done []int
	l.Progress = func(i int) {
		if done = append(done, i); len(done) == 7 { // all but the locked one
			unlock()
		}
	}
	must.Do(t, l.Run(t.Context()))
	want := [][]int{{0, 3}, {1, 7}, {2, 5, 8}}
	if fmt.Sprint(together) != fmt.Sprint(want) {
		t.Errorf("done together: %v, want %v", together, want)
	}
	slices.Sort(done)
	if fmt.Sprint(done) != "[0 1 2 3 5 6 7 8]" {
		t.Errorf("told of %v", done)
	}
	checkResults(t, dir, 9)
	if times := attempts(t, dir, 9); slices.Max(times) != 1 || slices.Min(times) != 1 {
		t.Errorf("units were begun %v times, want once each", times)
	}
}

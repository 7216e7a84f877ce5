// Package units divides work that consists of independent units, such as the trainings of a
// comparison, among the devices of a process and among processes.
//
// Every unit has a file, which appears whole or not at all when the unit is finished. Any number
// of processes may work in one directory, on one machine or on several that share it: a lock per
// unit keeps two of them from doing the same one, and vanishes with its process, however that
// ends. A Shard limits a process to every N-th unit; a process without one does what the others
// have not begun, waits for what they have, and so ends with all results at hand:
//
//	store := units.Store{Dir: out}
//	list := units.List{Count: len(all), Workers: len(devices),
//		What: "cells", Dir: out,
//		File:     func(i int) string { return store.Path(all[i]) },
//		Finished: func(i int) (bool, error) { return store.Finished(all[i]) },
//		Do: func(ctx context.Context, worker, i int) error {
//			result, err := work(ctx, devices[worker], all[i])
//			if err != nil {
//				return err
//			}
//			return store.Write(all[i], devices[worker].Name(), took, result)
//		}}
//	err := list.Run(ctx)
package units

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/symvi/symvi/internal/files"
)

// Shard is the part of a list that a process works on: the units whose number is I modulo N.
// The zero Shard is the whole list.
type Shard struct{ I, N int }

// Has reports whether unit i belongs to the shard.
func (s Shard) Has(i int) bool { return s.N == 0 || i%s.N == s.I }

// List is work that consists of Count units, numbered from 0.
type List struct {
	Count   int
	Shard   Shard
	Workers int // units that this process works on at a time
	// What the units are, in the plural, and Dir, where the results are, are for messages.
	What, Dir string
	// File is the path where a unit's result appears; its lock lies beside it. Where File is
	// nil nothing is stored, and all units are this process's own.
	File func(i int) string
	// Finished reports whether a unit's result is there; an error, such as a damaged one, stops
	// the work. It is called again under the lock, as another process may just have finished.
	Finished func(i int) (bool, error)
	// Do works on a unit, as one of the workers from 0 to Workers−1, and stores its result.
	Do func(ctx context.Context, worker, i int) error
	// Mates, if set, are units that are done together with unit i by one call of Together, if no other
	// process has them. Mates may be finished; unit i is not among them.
	Mates    func(i int) []int
	Together func(ctx context.Context, worker int, units []int) error
	// Progress, if set, is told of every unit that was not finished at the start and now is, by
	// this process or by another; one call at a time.
	Progress func(i int)
}

// patience is the time between two looks at a unit that another process works on.
const patience = 200 * time.Millisecond

// Todo are the numbers of the shard's units that are not finished, and how many of them there
// are in all.
func (l List) Todo() (todo []int, of int, err error) {
	for i := range l.Count {
		if !l.Shard.Has(i) {
			continue
		}
		of++
		done, err := l.finished(i)
		if err != nil {
			return nil, 0, err
		}
		if !done {
			todo = append(todo, i)
		}
	}
	return todo, of, nil
}

// finished also removes the lock file that a process may have left which was killed after its
// last unit; whoever still has it open finds the result.
func (l List) finished(i int) (bool, error) {
	if l.File == nil {
		return false, nil
	}
	done, err := l.Finished(i)
	if done && err == nil {
		os.Remove(lockPath(l.File(i)))
	}
	return done, err
}

// Run returns when all units of the shard are finished, or else with the first error, after all
// workers have stopped; if ctx ended first and results are stored, with an *InterruptedError.
func (l List) Run(ctx context.Context) error {
	todo, of, err := l.Todo()
	if err != nil {
		return err
	}
	return l.RunThese(ctx, todo, of)
}

// RunThese is Run for what Todo gave.
func (l List) RunThese(ctx context.Context, todo []int, of int) error {
	left := len(todo)
	tell := l.Progress
	l.Progress = func(i int) {
		left--
		if tell != nil {
			tell(i)
		}
	}
	err := l.work(ctx, todo)
	if l.File != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return &InterruptedError{What: l.What, Dir: l.Dir, Done: of - left, Total: of, Cause: err}
	}
	return err
}

// InterruptedError is work that was asked to stop.
type InterruptedError struct {
	What, Dir   string
	Done, Total int
	Cause       error
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("interrupted; %d of %d %s are finished in %s, and the same command goes "+
		"on from there",
		e.Done, e.Total, e.What, e.Dir)
}

// Unwrap is the context's error.
func (e *InterruptedError) Unwrap() error { return e.Cause }

// work starts the workers and waits for them.
func (l List) work(ctx context.Context, todo []int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q := &queue{entries: make([]entry, len(todo))}
	for k, i := range todo {
		q.entries[k].unit = i
	}
	var workers sync.WaitGroup
	for w := range min(l.Workers, len(todo)) {
		workers.Go(func() {
			if err := l.worker(ctx, w, q); err != nil {
				q.fail(err)
				cancel()
			}
		})
	}
	workers.Wait()
	return q.err
}

// worker takes units until there are none. A unit that another process holds goes to the end.
func (l List) worker(ctx context.Context, number int, q *queue) error {
	waiting := ctx
	if l.File == nil { // nothing to wait for, and Do itself says what an interrupted unit has left
		waiting = context.WithoutCancel(ctx)
	}
	for {
		i, more, err := q.take(waiting)
		if !more || err != nil {
			return err
		}
		busy, err := l.try(ctx, number, i)
		switch {
		case err != nil:
			return err
		case busy:
			q.later(i)
		default:
			q.mu.Lock()
			l.Progress(i)
			q.mu.Unlock()
		}
	}
}

// try does a unit unless it is finished or busy.
func (l List) try(ctx context.Context, worker, i int) (busy bool, err error) {
	if l.File == nil {
		return false, l.Do(ctx, worker, i)
	}
	unlock, todo, busy, err := l.lock(i)
	if !todo || err != nil {
		return busy, err
	}
	defer unlock()
	all := []int{i}
	for _, mate := range l.mates(i) {
		unlock, todo, _, err := l.lock(mate)
		if err != nil {
			return false, err
		}
		if todo {
			defer unlock()
			all = append(all, mate)
		}
	}
	if len(all) == 1 {
		return false, l.Do(ctx, worker, i)
	}
	return false, l.Together(ctx, worker, all)
}

func (l List) mates(i int) []int {
	if l.Mates == nil {
		return nil
	}
	return l.Mates(i)
}

// lock takes a unit for this process. Not to do is one that is finished, or busy.
func (l List) lock(i int) (unlock func(), todo, busy bool, err error) {
	path := l.File(i)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, false, false, fmt.Errorf("%s: cannot make the directory: %w", filepath.Dir(path),
			files.Cause(err))
	}
	_, missing := os.Lstat(lockPath(path))
	unlock, busy, err = TryLock(lockPath(path))
	if busy || err != nil {
		return nil, false, busy, err
	}
	if done, err := l.Finished(i); done || err != nil {
		unlock()
		return nil, false, false, err
	}
	if missing == nil {
		files.RemoveTemporary(path) // of the killed process that left the lock file
	}
	return unlock, true, false, nil
}

// queue hands out units; the mutex guards it, and calls of Progress.
type queue struct {
	mu      sync.Mutex
	entries []entry
	err     error
}

// entry is a unit and when to look at it.
type entry struct {
	unit int
	when time.Time
}

// take waits for the first unit's time.
func (q *queue) take(ctx context.Context) (unit int, more bool, err error) {
	q.mu.Lock()
	if len(q.entries) == 0 || ctx.Err() != nil {
		defer q.mu.Unlock()
		if len(q.entries) == 0 {
			return 0, false, nil
		}
		return 0, false, ctx.Err()
	}
	e := q.entries[0]
	q.entries = q.entries[1:]
	q.mu.Unlock()
	select {
	case <-time.After(time.Until(e.when)):
		return e.unit, true, nil
	case <-ctx.Done():
		return 0, false, ctx.Err()
	}
}

func (q *queue) later(unit int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.entries = append(q.entries, entry{unit, time.Now().Add(patience)})
}

// fail keeps the first error that is more than the others being told to stop.
func (q *queue) fail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil || errors.Is(q.err, context.Canceled) && !errors.Is(err, context.Canceled) {
		q.err = err
	}
}

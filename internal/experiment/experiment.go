// Package experiment is everything between the command line and package bnn: the
// settings of a run and their file, the data they name, and the run directory
// in which a training leaves its checkpoint, its metrics and its summary.
//
// A run survives being killed at any moment. Every file appears whole or not at
// all, the checkpoint is always a state from which the training goes on, and the
// finished model has the same bytes however often the training was interrupted.
package experiment

import (
	"errors"
	"fmt"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/units"
	"github.com/symvi/symvi/kernels"
)

// Runner trains and evaluates; its fields are what the caller injects.
type Runner struct {
	// Device does the work.
	Device kernels.Device
	// Builtin are the data sets that a name stands for, such as mnist.
	Builtin map[string]func() (*dataset.Split, error)
	// Precision of the device's products, "" for float32: with another one results differ.
	Precision string
	// Version of the program, for the summary.
	Version string
	// Processes, if not nil, are several that work together, this one among them; all of them
	// make the same calls. Divide must then be nil.
	Processes bnn.Communicator
	// Shard limits Compare and Select to a part of their trainings, and Train to a part of the
	// members; they then return nil.
	Shard units.Shard
	// Divide, if not nil, opens devices of one thread each, at most so many, that work side by
	// side in place of Device.
	Divide func(most int) ([]kernels.Device, error)
	// CheckpointEvery is the time between two checkpoints of a training, 0 for
	// DefaultCheckpointEvery. It never changes a result.
	CheckpointEvery time.Duration
	// Memory is the most that a job may need, in bytes; 0: what the machine and its containers
	// have left.
	Memory int64
	// Watch is told what happens.
	Watch Watch

	shared *data // of several trainings; nil: each reads its own
}

// Watch are callbacks, each of which may be nil.
type Watch struct {
	// Start is called once before the first step.
	Start func(Start)
	// Step is called after every step, with the steps done and to do over all epochs.
	Step func(done, total int)
	// Epoch is called after every epoch.
	Epoch func(e Epoch, epochs int)
	// Score is called while the posterior is scored.
	Score func(what string, done, total int)
	// Table is called with what was understood of a table, before the start.
	Table func(*dataset.Report)
	// Note is called with a remark for the user, one line.
	Note func(string)
}

// note tells the user something, in one line.
func (r *Runner) note(text string) {
	if r.Watch.Note != nil {
		r.Watch.Note(text)
	}
}

// Start says what is about to be trained.
type Start struct {
	Dir         string
	Data        string
	Rows, Tests int
	Widths      []int
	Parameters  int
	Members     int
	Device      string
	// Done and Total count steps; Done is not 0 for a resumed run.
	Done, Total int
}

// SettingError is a setting that makes no sense.
type SettingError struct {
	// Key is the setting's name: the key of the configuration file and the flag.
	Key string
	// Value is what it was set to.
	Value string
	// Problem says what is wrong and what was expected.
	Problem string
}

func (e *SettingError) Error() string { return fmt.Sprintf("%s %q: %s", e.Key, e.Value, e.Problem) }

// FileError is a mistake in a configuration file.
type FileError struct {
	Path    string
	Line    int // 0 if unknown
	Problem string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Path, e.Problem)
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Problem)
}

// ChangedError refuses to resume a run with other settings.
type ChangedError struct {
	Dir     string
	Changes string
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s: cannot resume with other settings: %s; only %s may change", e.Dir,
		e.Changes, changeable())
}

// InterruptedError is a training or evaluation that was asked to stop.
type InterruptedError struct {
	// Dir is the run directory from which to resume, "" if there is none.
	Dir string
	// Epoch and Batch are what the checkpoint there holds.
	Epoch, Batch int
	// Rows are those that were predicted and written, where rows are predicted.
	Rows  int
	Cause error
}

func (e *InterruptedError) Error() string {
	if e.Rows > 0 {
		return fmt.Sprintf("interrupted after %d rows", e.Rows)
	}
	if e.Dir == "" {
		return "interrupted; nothing was written"
	}
	return fmt.Sprintf("interrupted after %d epochs and %d minibatches; the checkpoint is in %s",
		e.Epoch, e.Batch, e.Dir)
}

// Unwrap is the context's error.
func (e *InterruptedError) Unwrap() error { return e.Cause }

// IsUsage reports whether an error is a mistake in what was asked for, not a failure to do it.
func IsUsage(err error) bool {
	return as[*SettingError](err) || as[*FileError](err) || as[*ChangedError](err) ||
		as[*SharedError](err)
}

func as[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

package experiment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/kernels"
)

// membersDir holds, in the run directory, a directory for every member but the first.
const membersDir = "members"

// training is one process's part of the training of one member of a run.
type training struct {
	*job
	number  int // of the member, from 0
	device  kernels.Device
	trainer *bnn.Trainer
	dir     *runDir // the member's
	epochs  []Epoch
	written int // of epochs, to metrics.jsonl
	result  *bnn.Posterior
	rising  bool
	// when the next checkpoint is due, and what makes the trainer stop for it
	due   time.Time
	pause context.CancelFunc
	// when and with how many minibatches done this process began the current epoch
	began      time.Time
	beganBatch int
}

// newTraining puts a member on a device.
func (j *job) newTraining(number int, device kernels.Device) (*training, error) {
	t := &training{job: j, number: number, device: device}
	var err error
	t.trainer, err = bnn.NewTrainer(device, j.model, Tensors(j.trainRows), t.fitOptions())
	return t, err
}

// fitOptions are those of the member.
func (t *training) fitOptions() bnn.FitOptions {
	o := t.config.fitOptions()
	o.Seed += uint64(t.number)
	o.Start, o.Validation = t.startOf(t.number), t.valid
	o.Processes = t.Processes
	o.OnStep, o.OnEpoch = t.endStep, t.endEpoch
	return o
}

// memberPath is the directory of a member, counted from 0, in that of the run.
func memberPath(run string, number int) string {
	if number == 0 {
		return run
	}
	return filepath.Join(run, membersDir, strconv.Itoa(number+1))
}

// train does all of a member's training, from its checkpoint on if there is one.
func (t *training) train(ctx context.Context) error {
	defer t.trainer.Close()
	if err := t.ready(); err != nil {
		return err
	}
	if err := steps(ctx, t.trainer.Run, t); err != nil {
		return err
	}
	return t.conclude()
}

// ready does what comes before the first step.
func (t *training) ready() error {
	t.dir = &runDir{path: memberPath(t.job.dir.path, t.number)}
	if err := t.onFirst(t.open); err != nil {
		return err
	}
	if err := t.restore(); err != nil {
		return err
	}
	return t.begin()
}

// conclude takes what a finished training has found.
func (t *training) conclude() (err error) {
	t.rising = t.config.Validation == 0 && t.trainer.Rising()
	t.result, err = t.trainer.Result()
	return err
}

// open makes the member's directory ready.
func (t *training) open() error {
	if err := os.MkdirAll(t.dir.path, 0o777); err != nil {
		return fmt.Errorf("%s: cannot make the directory of a member: %w", t.dir.path, files.Cause(err))
	}
	if t.number > 0 || t.job.dir.shared() {
		t.dir.removeTemporary(memberFiles)
	}
	return nil
}

// restore puts the newest checkpoint into the trainer, if there is one.
func (t *training) restore() error {
	c, err := t.sharedCheckpoint(func() (*bnn.Checkpoint, error) {
		c, from, err := t.newestCheckpoint(t.dir)
		if c == nil || err != nil {
			return nil, err
		}
		return c, checkMember(t.dir.file(modelName), t.number, c, from, t.config, t.data.prints)
	})
	if c == nil || err != nil {
		return err
	}
	path := t.dir.file(modelName)
	if d := c.Posterior.Model.Difference(t.model); d != "" {
		return fmt.Errorf("checkpoint %s: its model is not the one that settings and data ask for: %s",
			path, d)
	}
	if err := t.checkLength(c.State); err != nil {
		return err
	}
	if err := t.trainer.Resume(c.Posterior, c.State); err != nil {
		return fmt.Errorf("checkpoint %s: %w", path, err)
	}
	return t.onFirst(func() (err error) {
		t.epochs, err = t.dir.readMetrics(c.State.Epoch, t.trainer.Finished())
		return err
	})
}

// doneSteps is the number of steps done.
func (t *training) doneSteps() int {
	done, _ := t.trainer.Steps()
	return done
}

// allEpochs is the number of epochs, the last of which may be cut short.
func (t *training) allEpochs() int {
	_, total := t.trainer.Steps()
	return (total + t.perEpoch() - 1) / t.perEpoch()
}

// begin writes the metrics so far and tells the watcher.
func (t *training) begin() error {
	if err := t.onFirst(func() error { return t.dir.writeMetrics(t.epochs) }); err != nil {
		return err
	}
	t.written = len(t.epochs)
	done, total := t.trainer.Steps()
	t.watched.start(t.number, Start{Dir: t.job.dir.path, Data: t.data.Name, Rows: t.trainRows.N,
		Tests: t.data.Test.N, Widths: t.model.Network.Widths,
		Parameters: t.model.Network.Parameters(), Members: t.config.Members,
		Device: t.device.Name(), Done: done, Total: total})
	t.began, t.beganBatch = time.Now(), done-t.trainer.Epoch()*t.perEpoch()
	return nil
}

// DefaultCheckpointEvery is how much work a kill may cost; the first checkpoint comes
// after firstCheckpoint. They go by time, not by epoch: the epochs of a small table last
// milliseconds and must not wait for the disk.
const (
	DefaultCheckpointEvery = 5 * time.Second
	firstCheckpoint        = time.Second
)

// steps trains one or several together to the last step, pausing between two steps whenever a
// checkpoint is due.
func steps(ctx context.Context, run func(context.Context) error, trainings ...*training) error {
	j := trainings[0].job
	every := j.CheckpointEvery
	if every == 0 {
		every = DefaultCheckpointEvery
	}
	for wait := min(firstCheckpoint, every); ; wait = every {
		untilDue, cancel := context.WithCancel(ctx)
		due := time.Now().Add(wait)
		for _, t := range trainings {
			t.due, t.pause = due, cancel
		}
		err := run(untilDue)
		cancel()
		switch {
		case j.anyProcess(ctx.Err() != nil && errors.Is(err, ctx.Err())):
			return trainings[0].interrupted(err, saveAll(trainings))
		case err == nil:
			return saveAll(trainings)
		case !errors.Is(err, context.Canceled):
			return err
		}
		if err := saveAll(trainings); err != nil {
			return err
		}
	}
}

// saveAll saves as many as it can, and returns the first error.
func saveAll(trainings []*training) (first error) {
	for _, t := range trainings {
		if err := t.save(); first == nil {
			first = err
		}
	}
	return first
}

// endStep pauses the training when a checkpoint is due, after at least one step.
func (t *training) endStep(done, total int) {
	t.watched.step(t.number, done, total)
	if t.isFirst() && !time.Now().Before(t.due) {
		t.pause()
	}
}

// endEpoch keeps the metrics of an epoch for the next checkpoint.
func (t *training) endEpoch(s bnn.EpochStats) error {
	steps := s.Steps - (s.Epoch-1)*t.perEpoch() - t.beganBatch
	rows := steps * t.trainRows.N / t.perEpoch()
	_, std := t.data.Schema.TargetScale()
	e := newEpoch(s.InUnits(t.trainRows.N, std), rows, time.Since(t.began).Seconds(), t.device.Name())
	t.epochs = append(t.epochs, e)
	t.watched.epoch(t.number, e, t.allEpochs())
	t.began, t.beganBatch = time.Now(), 0
	return nil
}

// save adds to the metrics and then writes the checkpoint. One that could not be read again
// never replaces a good one.
func (t *training) save() error { return files.Save(t.saveNow) }

func (t *training) saveNow() error {
	c, err := t.trainer.Checkpoint()
	if err != nil {
		return err
	}
	return t.onFirst(func() error { return t.write(c) })
}

func (t *training) write(c *bnn.Checkpoint) error {
	if err := t.dir.appendMetrics(t.epochs[t.written:]); err != nil {
		return err
	}
	t.written = len(t.epochs)
	metadata := t.metadata
	if t.number > 0 {
		metadata = maps.Clone(metadata)
		metadata[metaMember] = strconv.Itoa(t.number + 1)
	}
	c.Metadata = metadata
	if err := t.dir.keepPrevious(); err != nil {
		return err
	}
	if err := c.Save(t.dir.file(modelName)); err != nil {
		return err
	}
	files.SyncDir(t.dir.path)
	return nil
}

func (t *training) interrupted(err, saveErr error) error {
	if saveErr != nil {
		return saveErr
	}
	done, _ := t.trainer.Steps()
	return &InterruptedError{Dir: t.job.dir.path, Epoch: t.trainer.Epoch(),
		Batch: done - t.trainer.Epoch()*t.perEpoch(), Cause: err}
}

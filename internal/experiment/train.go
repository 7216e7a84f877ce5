package experiment

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/files"
)

// Train trains in a new run directory, out or for "" the next free runs/DATA-NUMBER.
// Nothing is written before everything is known to be usable. When ctx is cancelled
// it saves a checkpoint between two steps and returns an *InterruptedError.
func (r *Runner) Train(ctx context.Context, c Config, out string) (*Summary, error) {
	c, err := r.resolve(c)
	if err != nil {
		return nil, err
	}
	if out != "" {
		if err := checkVacant(out); err != nil {
			return nil, err
		}
	}
	t, err := r.prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	defer t.trainer.Close()
	if t.dir, err = createRun(out, t.data.Name); err != nil {
		return nil, err
	}
	defer t.dir.unlock()
	summary, err := t.run(ctx)
	if err != nil && !t.dir.has(modelName) {
		t.dir.discard()
	}
	return summary, err
}

// Resume continues the training in dir. c are its settings, of which those that do
// not decide the model may have changed. A finished run yields its summary.
func (r *Runner) Resume(ctx context.Context, dir string, c Config) (*Summary, error) {
	c, err := r.resolve(c)
	if err != nil {
		return nil, err
	}
	d, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	defer d.unlock()
	checkpoint, from, err := r.newestCheckpoint(d)
	if err != nil {
		return nil, err
	}
	if err := d.checkUnchanged(c, from); err != nil {
		return nil, err
	}
	if checkpoint != nil && checkpoint.State.Epoch == c.Epochs && checkpoint.State.Batch == 0 && d.has(summaryName) {
		return d.readSummary()
	}
	t, err := r.prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	defer t.trainer.Close()
	t.dir = d
	if checkpoint != nil {
		if err := t.restore(checkpoint, from); err != nil {
			return nil, err
		}
	}
	return t.run(ctx)
}

// note is what a checkpoint has to say, after a colon.
func note(c *bnn.Checkpoint) string {
	if c.Note == "" {
		return ""
	}
	return ": " + c.Note
}

// newestCheckpoint reads the run's checkpoint, or the one before where it is damaged. It
// returns nil if the run was killed before its first one.
func (r *Runner) newestCheckpoint(d *runDir) (*bnn.Checkpoint, *origin, error) {
	if !d.has(modelName) && !d.has(previousName) {
		return nil, nil, nil
	}
	c, from, err := d.readCheckpoint(modelName)
	if err == nil || !d.has(previousName) {
		return c, from, err
	}
	c, from, errPrevious := d.readCheckpoint(previousName)
	if errPrevious != nil {
		return nil, nil, err
	}
	if err := d.alias(previousName, modelName); err != nil { // or the next save would keep the damaged one
		return nil, nil, err
	}
	r.note(fmt.Sprintf("%v; going on from %s, after %d epochs and %d minibatches",
		err, previousName, c.State.Epoch, c.State.Batch))
	return c, from, nil
}

func (d *runDir) readCheckpoint(name string) (*bnn.Checkpoint, *origin, error) {
	path := d.file(name)
	c, err := bnn.LoadCheckpoint(path)
	if err != nil {
		return nil, nil, err
	}
	if c.State == nil {
		return nil, nil, fmt.Errorf("checkpoint %s: it holds no optimizer state to resume from%s", path, note(c))
	}
	o, err := readOrigin(path, c)
	return c, o, err
}

// checkUnchanged compares settings with those of the run: its config.toml and, as
// that may have been edited, its checkpoint.
func (d *runDir) checkUnchanged(c Config, from *origin) error {
	written := Default()
	if err := readRunConfig(d.file(configName), &written); err != nil {
		return err
	}
	match := decides
	if from == nil { // no checkpoint yet that would tell whether the data are the same
		match = func(s Setting) bool { return s.role != "effort" }
	}
	changes := c.differences(written, match)
	if changes == "" && from != nil {
		changes = c.differences(from.config, decides)
	}
	if changes != "" {
		return &ChangedError{d.path, changes}
	}
	return nil
}

// training is one process's part of a run.
type training struct {
	*Runner
	config   Config
	data     *data
	model    bnn.Model
	trainer  *bnn.Trainer
	dir      *runDir
	metadata map[string]string
	epochs   []Epoch
	// when the next checkpoint is due, and what makes the trainer stop for it
	due   time.Time
	pause context.CancelFunc
	// when and with how many minibatches done this process began the current epoch
	began      time.Time
	beganBatch int
}

// prepare does all that can fail without writing anything.
func (r *Runner) prepare(ctx context.Context, c Config) (*training, error) {
	t := &training{Runner: r, config: c}
	var err error
	if t.data, err = r.load(c); err != nil {
		return nil, err
	}
	if t.model, err = c.model(t.data.Schema); err != nil {
		return nil, err
	}
	if t.metadata, err = r.describe(c, t.data); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, &InterruptedError{Cause: err}
	}
	o := c.fitOptions()
	o.OnStep, o.OnEpoch = t.endStep, t.endEpoch
	t.trainer, err = bnn.NewTrainer(r.Device, t.model, Tensors(t.data.Train), o)
	return t, err
}

// restore puts a checkpoint into the trainer, if the data are still the run's.
func (t *training) restore(c *bnn.Checkpoint, from *origin) error {
	path := t.dir.file(modelName)
	if t.data.prints != from.prints {
		return fmt.Errorf("%s: these are not the data that the run in %s was started with", t.config.Data, t.dir.path)
	}
	if !c.Posterior.Model.Equal(t.model) {
		return fmt.Errorf("checkpoint %s: its model %v is not the one that settings and data ask for, %v", path, c.Posterior.Model, t.model)
	}
	if s := c.State; s.Epoch > t.config.Epochs || s.Epoch == t.config.Epochs && s.Batch > 0 {
		return t.config.problem("epochs", fmt.Sprintf("the run in %s has already done %d epochs and %d minibatches", t.dir.path, s.Epoch, s.Batch))
	}
	if err := t.trainer.Resume(c.Posterior, c.State); err != nil {
		return fmt.Errorf("checkpoint %s: %w", path, err)
	}
	var err error
	t.epochs, err = t.dir.readMetrics(c.State.Epoch)
	return err
}

// run trains to the last epoch, scores the posterior and writes the summary.
func (t *training) run(ctx context.Context) (*Summary, error) {
	if err := t.begin(); err != nil {
		return nil, err
	}
	if err := t.steps(ctx); err != nil {
		return nil, err
	}
	posterior, err := t.trainer.Posterior()
	if err != nil {
		return nil, err
	}
	scores, err := t.score(ctx, scoring{posterior: posterior, test: t.data.Test, train: t.data.Train, schema: t.data.Schema,
		samples: t.config.EvalSamples, elboSamples: max(t.config.EvalSamples, 2), symmetrize: t.config.symmetrization(), seed: uint64(t.config.Seed)})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, t.interrupted(err, nil)
	}
	if err != nil {
		return nil, err
	}
	return t.summarise(scores)
}

// DefaultCheckpointEvery is how much work a kill may cost; the first checkpoint comes
// after firstCheckpoint. They go by time, not by epoch: the epochs of a small table last
// milliseconds and must not wait for the disk.
const (
	DefaultCheckpointEvery = 5 * time.Second
	firstCheckpoint        = time.Second
)

// steps trains to the last step, pausing between two steps whenever a checkpoint is due.
func (t *training) steps(ctx context.Context) error {
	every := t.CheckpointEvery
	if every == 0 {
		every = DefaultCheckpointEvery
	}
	for wait := min(firstCheckpoint, every); ; wait = every {
		untilDue, cancel := context.WithCancel(ctx)
		t.due, t.pause = time.Now().Add(wait), cancel
		err := t.trainer.Run(untilDue)
		cancel()
		switch {
		case ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return t.interrupted(err, t.save())
		case err == nil:
			return t.save()
		case !errors.Is(err, context.Canceled):
			return err
		}
		if err := t.save(); err != nil {
			return err
		}
	}
}

// endStep pauses the training when a checkpoint is due, after at least one step.
func (t *training) endStep(done, total int) {
	if t.Watch.Step != nil {
		t.Watch.Step(done, total)
	}
	if !time.Now().Before(t.due) {
		t.pause()
	}
}

// begin writes the run's first files and tells the watcher.
func (t *training) begin() error {
	text, err := t.config.encode()
	if err != nil {
		return err
	}
	if err := files.Write(t.dir.file(configName), text); err != nil {
		return err
	}
	if err := t.dir.removeSummary(); err != nil {
		return err
	}
	if err := t.dir.writeMetrics(t.epochs); err != nil {
		return err
	}
	t.understood(t.data)
	done, total := t.trainer.Steps()
	if t.Watch.Start != nil {
		t.Watch.Start(Start{Dir: t.dir.path, Data: t.data.Name, Rows: t.data.Train.N, Tests: t.data.Test.N, Widths: t.model.Network.Widths,
			Parameters: t.model.Network.Parameters(), Device: t.Device.Name(), Done: done, Total: total})
	}
	t.began, t.beganBatch = time.Now(), done-t.trainer.Epoch()*(total/t.config.Epochs)
	return nil
}

// endEpoch keeps the metrics of an epoch for the next checkpoint.
func (t *training) endEpoch(s bnn.EpochStats) error {
	rows := t.data.Train.N - t.beganBatch*min(t.config.Batch, t.data.Train.N)
	e := newEpoch(s, rows, time.Since(t.began).Seconds(), t.Device.Name())
	t.epochs = append(t.epochs, e)
	if t.Watch.Epoch != nil {
		t.Watch.Epoch(e, t.config.Epochs)
	}
	t.began, t.beganBatch = time.Now(), 0
	return nil
}

// save writes the metrics and then the checkpoint. One that could not be read again
// never replaces a good one.
func (t *training) save() error {
	posterior, err := t.trainer.Posterior()
	if err != nil {
		return err
	}
	state, err := t.trainer.State()
	if err != nil {
		return err
	}
	if !finite(posterior.Mu, posterior.Rho, state.Moment1, state.Moment2) {
		return fmt.Errorf("%w: parameters are no longer finite in epoch %d; try a smaller learning rate than %g", bnn.ErrDiverged, state.Epoch+1, t.config.LR)
	}
	if err := t.dir.writeMetrics(t.epochs); err != nil {
		return err
	}
	c := bnn.Checkpoint{Posterior: posterior, State: state, Metadata: t.metadata}
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
	done, total := t.trainer.Steps()
	perEpoch := total / t.config.Epochs
	return &InterruptedError{t.dir.path, t.trainer.Epoch(), done - t.trainer.Epoch()*perEpoch, err}
}

func finite(vectors ...[]float32) bool {
	for _, v := range vectors {
		for _, x := range v {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return false
			}
		}
	}
	return true
}

// RunConfig reads the settings of the run in dir.
func RunConfig(dir string) (Config, error) {
	c := Default()
	if err := checkRun(dir); err != nil {
		return c, err
	}
	return c, readRunConfig(filepath.Join(dir, configName), &c)
}

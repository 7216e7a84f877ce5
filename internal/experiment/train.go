package experiment

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
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
	if r.Shard.N > 0 || out != "" && r.Processes == nil && (&runDir{path: out}).shared() {
		return r.trainShared(ctx, c, out)
	}
	j, err := r.openNew(ctx, c, out)
	if err != nil {
		return nil, err
	}
	defer j.dir.unlock()
	defer j.close()
	summary, err := j.run(ctx)
	if err != nil && r.isFirst() && !j.dir.has(modelName) {
		j.dir.discard()
	}
	return summary, err
}

// openNew is a run in a new directory, before its first step; its directory is locked.
func (r *Runner) openNew(ctx context.Context, c Config, out string) (*job, error) {
	if out != "" {
		if err := r.onFirst(func() error { return checkVacant(out) }); err != nil {
			return nil, err
		}
	}
	j, err := r.prepare(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	if j.dir, err = r.reserved(func() (*runDir, error) {
		return createRun(out, j.data.Name)
	}); err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

// reserved is a run directory that the first process has reserved; the others know its name.
func (r *Runner) reserved(reserve func() (*runDir, error)) (*runDir, error) {
	d := &runDir{unlock: func() {}}
	path, err := r.fromFirst(func() ([]byte, error) {
		mine, err := reserve()
		if err != nil {
			return nil, err
		}
		d = mine
		return []byte(d.path), nil
	})
	d.path = string(path)
	return d, err
}

// Resume continues the training in dir. c are its settings, of which those that do
// not decide the model may have changed. A finished run yields its summary.
func (r *Runner) Resume(ctx context.Context, dir string, c Config) (*Summary, error) {
	c, err := r.resolve(c)
	if err != nil {
		return nil, err
	}
	d, err := r.reserved(func() (*runDir, error) { return openRun(dir) })
	if err != nil {
		return nil, err
	}
	defer d.unlock()
	j, p, err := r.reopen(ctx, d, c)
	if err != nil {
		return nil, err
	}
	if j == nil {
		return p.result(d)
	}
	defer j.close()
	return j.run(ctx)
}

// reopen is the run of a directory, which is locked, before its next step; nil if it is finished.
func (r *Runner) reopen(ctx context.Context, d *runDir, c Config) (*job, *past, error) {
	var p past
	if err := r.onFirst(func() error { return r.lookBack(d, c, &p) }); err != nil {
		return nil, nil, err
	}
	if r.anyProcess(p.finished()) {
		return nil, &p, nil
	}
	j, err := r.prepare(ctx, c, d)
	if err != nil {
		return nil, nil, lost(c.Data, err)
	}
	j.dir = d
	if err := r.onFirst(func() error { return j.checkPast(d.path, &p) }); err != nil {
		j.close()
		return nil, nil, err
	}
	return j, &p, nil
}

// past is what a run's directory holds when the run is resumed.
type past struct {
	checkpoint *bnn.Checkpoint // nil if the run was killed before its first one
	from       *origin
	same       bool // the settings are what they were
	summary    bool // there is one
}

// lookBack reads the past of a run that is resumed with settings c.
func (r *Runner) lookBack(d *runDir, c Config, p *past) (err error) {
	if d.shared() && r.Processes != nil {
		return fmt.Errorf("%s: its members are shared (--shard) among processes that need "+
			"nothing of each other; go on with it in one process", d.path)
	}
	if p.checkpoint, p.from, err = r.newestCheckpoint(d); err != nil {
		return err
	}
	p.same, err = d.checkUnchanged(c, p.from)
	p.summary = d.has(summaryName)
	return err
}

func (p *past) finished() bool { return p.same && p.summary }

// result is the summary of a finished run; that of the processes that have not looked is empty.
func (p *past) result(d *runDir) (*Summary, error) {
	if !p.finished() {
		return &Summary{Dir: d.path}, nil
	}
	return d.readSummary()
}

// checkPast reports why a run cannot go on from its past.
func (j *job) checkPast(dir string, p *past) error {
	if p.checkpoint != nil {
		if err := j.checkLength(p.checkpoint.State); err != nil {
			return err
		}
		if _, err := j.dir.readMetrics(p.checkpoint.State.Epoch, false); err != nil {
			return fmt.Errorf("%w; the checkpoint is whole, and --init-from %s starts a new run from its "+
				"posterior", err, files.Quote(dir))
		}
	}
	if p.from != nil && j.data.prints != p.from.prints {
		return fmt.Errorf("%s: these are not the data that the run in %s was started with",
			j.config.Data, dir)
	}
	if p.checkpoint != nil && bnn.Schedule(j.config.Schedule) == bnn.ScheduleCosine && !p.same {
		j.note("the cosine schedule now ends with the steps asked for, so the learning rate rises again")
	}
	return nil
}

// job is a run under way: one or more trainings on the same data.
type job struct {
	*Runner
	config    Config
	data      *data
	trainRows *dataset.Table // without the validation rows
	model     bnn.Model
	starts    bnn.Mixture // what members start from
	valid     *bnn.Validation
	members   []*training // made when their turn comes
	watched   *watched
	metadata  map[string]string
	dir       *runDir
	worse     bool // the objective is lower than before training
}

// prepare does all that can fail without writing anything; d is the directory of a run that is
// resumed, nil for a new one.
func (r *Runner) prepare(ctx context.Context, c Config, d *runDir) (*job, error) {
	j := &job{Runner: r, config: c}
	var err error
	if j.data, err = await(ctx, func() (*data, error) { return r.load(c) }); err != nil {
		return nil, err
	}
	if err := r.checkSameData(j.data); err != nil {
		return nil, err
	}
	j.setApart()
	j.config = c.forData(&j.data.Schema, j.trainRows.N)
	if j.model, err = j.config.model(j.data.Schema); err != nil {
		return nil, err
	}
	account, err := j.account()
	if err != nil {
		return nil, err
	}
	if err := r.admit(j.config, account); err != nil {
		return nil, err
	}
	if j.metadata, err = r.describe(c.decidedAs(j.config), j.data); err != nil {
		return nil, err
	}
	if err := j.takeStarts(d); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, &InterruptedError{Cause: err}
	}
	j.watched = &watched{watch: j.Watch, done: make([]int, c.Members), mine: c.Members}
	j.members = make([]*training, c.Members)
	first, err := j.newTraining(0, r.Device) // now, while nothing is written
	if err != nil {
		return nil, err
	}
	if c.Members > 1 && r.Divide != nil || j.atOnce() > 1 {
		first.trainer.Close() // it will train on a device of its own, or with others
	} else {
		j.members[0] = first
	}
	return j, nil
}

// perEpoch is the number of minibatches in an epoch.
func (j *job) perEpoch() int {
	batch := min(j.config.Batch, j.trainRows.N)
	return (j.trainRows.N + batch - 1) / batch
}

// checkLength reports a training that is already longer than was asked for.
func (j *job) checkLength(s *bnn.State) error {
	key, total := "epochs", j.config.Epochs*j.perEpoch()
	if j.config.Steps > 0 {
		key, total = "steps", j.config.Steps
	}
	if s.Epoch*j.perEpoch()+s.Batch <= total {
		return nil
	}
	return j.config.problem(key,
		fmt.Sprintf("the run in %s has already done %d epochs and %d minibatches",
			j.dir.path, s.Epoch, s.Batch))
}

// setApart takes the validation rows from the training rows.
func (j *job) setApart() {
	j.trainRows = j.data.Train
	if j.config.Validation == 0 {
		return
	}
	var rows *dataset.Table
	j.trainRows, rows = j.data.Train.SetApart(j.config.Validation, uint64(j.config.Seed))
	j.valid = &bnn.Validation{Data: Tensors(rows), Patience: j.config.Patience}
}

func (j *job) close() {
	for _, t := range j.members {
		if t != nil {
			t.trainer.Close()
		}
	}
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
		return nil, nil, fmt.Errorf("%w; nor can %s be used", err, previousName)
	}
	// or the next save would keep the damaged one
	if err := d.alias(previousName, modelName); err != nil {
		return nil, nil, err
	}
	if err := d.removeSummary(); err != nil { // the run is no longer finished
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
		return nil, nil, fmt.Errorf("checkpoint %s: it holds no optimizer state to resume from%s",
			path, note(c))
	}
	o, err := readOrigin(path, c)
	return c, o, err
}

// checkUnchanged compares settings with those of the run: its config.toml and, as
// that may have been edited, its checkpoint. same is false if any of them differ.
func (d *runDir) checkUnchanged(c Config, from *origin) (same bool, err error) {
	written := Default()
	if err := readRunConfig(d.file(configName), &written); err != nil {
		return false, err
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
		return false, &ChangedError{d.path, changes}
	}
	return c.differences(written, changesResult) == "", nil
}

// run trains all members to the last step, scores the posterior and writes the summary.
func (j *job) run(ctx context.Context) (*Summary, error) {
	if err := j.begin(); err != nil {
		return nil, err
	}
	if err := j.trainMembers(ctx); err != nil {
		return nil, err
	}
	if j.dir.shared() {
		if err := j.takeMembers(); err != nil {
			return nil, err
		}
	}
	return j.judgeMembers(ctx)
}

// judgeMembers scores the posterior that the members make and writes the summary.
func (j *job) judgeMembers(ctx context.Context) (*Summary, error) {
	if j.members[0].rising && !j.asLongAsMeant() {
		j.note("the objective was still rising at the end: more --steps, or a larger --lr, would " +
			"raise it")
	}
	scores, _, err := j.score(ctx, scoring{posterior: j.mixture(), test: j.data.Test,
		train: j.trainRows, schema: j.data.Schema, samples: j.config.EvalSamples,
		elboSamples: max(j.config.EvalSamples, 2), symmetrize: j.judge(),
		seed: uint64(j.config.Seed)})
	if err == nil {
		err = j.checkWorse(ctx)
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, j.members[0].interrupted(err, nil)
	}
	if err != nil {
		return nil, err
	}
	if scores.Baseline != nil && *scores.RMSE >= *scores.Baseline {
		j.note(j.poor())
	}
	summary := &Summary{Dir: j.dir.path} // of the processes that write none
	err = j.onFirst(func() (err error) { summary, err = j.summarize(scores); return err })
	return summary, err
}

// asLongAsMeant reports whether the training of a table took the steps that its preset means, which
// ends while the objective rises: longer ones fit the rows more closely and predict others no
// better.
func (j *job) asLongAsMeant() bool {
	c, rows := j.config, j.trainRows.N
	return isTable(c.Data) && max(c.Steps, c.Epochs*c.batches(rows)) >= c.tableSteps(rows)
}

// poor says what to try where the test rows are predicted no better than by the mean.
func (j *job) poor() string {
	text := "the test rows are predicted no better than by the training rows' mean: try "
	inputs := j.data.Schema.Inputs
	switch {
	case inputs > j.trainRows.N/10 && j.config.Prior != string(bnn.PriorARD):
		return text + fmt.Sprintf("--prior ard, which finds out which of %d inputs matter", inputs)
	case j.config.Validation == 0:
		return text + "--validate 0.1, which keeps the best posterior, or other inputs"
	}
	return text + "other inputs"
}

// judgedWidth is the widest layer for which auto judges a training without symmetrization: the
// time grows with the cube of the width.
const judgedWidth = 200

// judge is the estimator of the bounds: that of the training, or auto for tables, which are
// small, and networks that are.
func (j *job) judge() bnn.Symmetrization {
	if j.config.Symmetrize == string(bnn.EstimatorNone) && j.data.Schema.IsTable() &&
		j.config.narrow() {
		return j.config.with(Method{Estimator: bnn.EstimatorAuto}).judgement()
	}
	return j.config.judgement()
}

// narrow reports whether auto judges the network in reasonable time.
func (c Config) narrow() bool { return len(c.Hidden) == 1 && c.Hidden[0] <= judgedWidth }

// mixture is what the members have found.
func (j *job) mixture() bnn.Mixture {
	var m bnn.Mixture
	for _, t := range j.members {
		m = append(m, t.result)
	}
	return m
}

// begin writes the run's first files and tells the watcher.
func (j *job) begin() error {
	if err := j.onFirst(j.unfinish); err != nil {
		return err
	}
	j.understood(j.data)
	return nil
}

// unfinish writes the run's settings and takes away the summary that may be there.
func (j *job) unfinish() error {
	if err := j.writeConfig(); err != nil {
		return err
	}
	return j.dir.removeSummary()
}

// writeConfig writes the run's settings.
func (j *job) writeConfig() error {
	text, err := j.config.encode()
	if err != nil {
		return err
	}
	return files.Write(j.dir.file(configName), text)
}

// RunConfig reads the settings of the run in dir.
func RunConfig(dir string) (Config, error) {
	c := Default()
	if err := checkRun(dir); err != nil {
		return c, err
	}
	return c, readRunConfig(filepath.Join(dir, configName), &c)
}

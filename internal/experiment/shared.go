package experiment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/units"
	"github.com/symvi/symvi/kernels"
)

// A shared run is one whose members several processes train, each of them some (Runner.Shard), at
// different times or at once. A member is a unit of package units: a lock keeps two processes from
// training the same one, and a file says that it is finished. What is left of a member whose
// process was killed is gone on with by whoever comes to it next.

// sharedName marks the directory of a shared run, and sharedText is what it says.
const (
	sharedName = "shared.txt"
	sharedText = "Several processes train the members of this run: symvi train --shard. " +
		"The same command without --shard collects them.\n"
)

// shared reports whether the run is.
func (d *runDir) shared() bool { return d.has(sharedName) }

// trainShared trains the members of this process's shard in out, and without a shard those that are
// missing; only then is there a summary.
func (r *Runner) trainShared(ctx context.Context, c Config, out string) (*Summary, error) {
	if err := r.checkShared(c, out); err != nil {
		return nil, err
	}
	j, err := r.prepare(ctx, c, &runDir{path: out})
	if err != nil {
		return nil, err
	}
	defer j.close()
	j.dir = &runDir{path: out}
	if err := j.enter(ctx); err != nil {
		return nil, err
	}
	j.understood(j.data)
	if err := j.trainMembers(ctx); err != nil || r.Shard.N > 0 {
		return nil, err
	}
	return j.collect(ctx)
}

// checkShared reports what cannot be a shared run.
func (r *Runner) checkShared(c Config, out string) error {
	switch {
	case r.Processes != nil:
		return fmt.Errorf("%s: its members are shared (--shard) among processes that need nothing of "+
			"each other; several that work together cannot join them", out)
	case out == "":
		return &SettingError{"shard", r.Shard.String(), "want an --out directory that all " +
			"processes share"}
	case c.Members < 2:
		return c.problem("members", "want at least 2 of them to share with --shard")
	case !(&runDir{path: out}).shared():
		return checkVacant(out)
	}
	return nil
}

// enter makes the directory that of this run, or reports that it is one of other settings.
func (j *job) enter(ctx context.Context) error {
	if !j.dir.shared() || !j.dir.has(configName) {
		if err := j.mark(ctx); err != nil {
			return err
		}
	}
	written := Default()
	if err := readRunConfig(j.dir.file(configName), &written); err != nil {
		return err
	}
	if changes := j.config.differences(written, decidesMember); changes != "" {
		return &SharedError{j.dir.path, changes}
	}
	return nil
}

// SharedError refuses other settings than those with which others train members of the run.
type SharedError struct{ Dir, Changes string }

func (e *SharedError) Error() string {
	return fmt.Sprintf("%s: holds members of other settings: %s; want the same command for all "+
		"shards, or another --out", e.Dir, e.Changes)
}

// mark writes a shared run's first files, unless another process has just done so.
func (j *job) mark(ctx context.Context) error {
	if err := os.MkdirAll(j.dir.path, 0o777); err != nil {
		return fmt.Errorf("%s: cannot make the run directory: %w", j.dir.path, files.Cause(err))
	}
	locked, err := reserveInTurn(ctx, j.dir.path)
	if ctx.Err() != nil {
		return &InterruptedError{Cause: err}
	}
	if err != nil {
		return err
	}
	defer locked.unlock()
	if !j.dir.shared() {
		if err := checkVacant(j.dir.path); err != nil {
			return err
		}
		if err := files.Write(j.dir.file(sharedName), []byte(sharedText)); err != nil {
			return err
		}
	}
	if j.dir.has(configName) {
		return nil
	}
	return j.writeConfig()
}

// reserveInTurn waits while another process has a run directory.
func reserveInTurn(ctx context.Context, path string) (*runDir, error) {
	for {
		d, err := reserve(path)
		if !errors.Is(err, errReserved) {
			return d, err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// decidesMember reports whether a trained member depends on the setting.
func decidesMember(s Setting) bool { return changesResult(s) && s.Key != "eval-samples" }

// memberUnit is a member, counted from 0, as the store of the run knows it.
func (j *job) memberUnit(number int) units.Unit {
	texts := map[string]string{}
	for _, s := range settings {
		if decidesMember(s) {
			texts[s.Key] = j.config.Text(s)
		}
	}
	return units.Unit{Folder: membersDir, Name: strconv.Itoa(number + 1),
		Settings: map[string]any{"data": j.data.prints, "settings": texts}}
}

// memberList are the members of a shared run as units. A member's lock is the same whatever the
// settings: they may have changed since, but not the directory.
func (j *job) memberList() units.List {
	store := units.Store{Dir: j.dir.path}
	return units.List{Count: j.config.Members, Shard: j.Shard, What: "members", Dir: j.dir.path,
		File: func(i int) string { return filepath.Join(j.dir.path, membersDir, strconv.Itoa(i+1)) },
		Finished: func(i int) (bool, error) {
			if member := (runDir{path: memberPath(j.dir.path, i)}); !member.has(modelName) {
				return false, nil
			}
			return store.Finished(j.memberUnit(i))
		}}
}

// finish notes that a member of a shared run is finished.
func (j *job) finish(t *training, d kernels.Device, took time.Duration) error {
	store := units.Store{Dir: j.dir.path}
	return store.Write(j.memberUnit(t.number), d.Name(), took, map[string]int{"steps": t.doneSteps()})
}

// tellMissing says which members a process without a shard has to train.
func (j *job) tellMissing(todo []int) {
	if len(todo) == 0 || len(todo) == j.config.Members {
		return
	}
	var numbers []string
	for _, i := range todo {
		numbers = append(numbers, strconv.Itoa(i+1))
	}
	j.note(fmt.Sprintf("missing in %s: members %s; they are trained now, or waited for where another "+
		"process has begun them", j.dir.path, strings.Join(numbers, ", ")))
}

// collect judges the members that all have trained and writes the summary, one process at a time.
func (j *job) collect(ctx context.Context) (*Summary, error) {
	locked, err := reserveInTurn(ctx, j.dir.path)
	if ctx.Err() != nil {
		all := j.config.Members
		return nil, &units.InterruptedError{What: "members", Dir: j.dir.path,
			Done: all, Total: all, Cause: err}
	}
	if err != nil {
		return nil, err
	}
	defer locked.unlock()
	files.RemoveTemporary(j.dir.file(summaryName)) // of a killed process: this one has the lock
	written := Default()
	if err := readRunConfig(j.dir.file(configName), &written); err != nil {
		return nil, err
	}
	if j.dir.has(summaryName) && j.config.differences(written, changesResult) == "" {
		return j.dir.readSummary()
	}
	if err := j.unfinish(); err != nil {
		return nil, err
	}
	if err := j.takeMembers(); err != nil {
		return nil, err
	}
	return j.judgeMembers(ctx)
}

// takeMembers reads the members of a shared run that other processes have trained.
func (j *job) takeMembers() error {
	for number := range j.members {
		if err := j.takeMember(number); err != nil {
			return err
		}
	}
	return nil
}

// takeMember reads a member that this process has not trained.
func (j *job) takeMember(number int) error {
	t := j.members[number]
	if t != nil && t.result != nil {
		return nil
	}
	if t == nil {
		var err error
		if t, err = j.newTraining(number, j.Device); err != nil {
			return err
		}
		j.members[number] = t
	}
	defer t.trainer.Close()
	t.dir = &runDir{path: memberPath(j.dir.path, number)}
	if err := t.restore(); err != nil {
		return err
	}
	if !t.trainer.Finished() {
		file := units.Store{Dir: j.dir.path}.Path(j.memberUnit(number))
		return fmt.Errorf("%s: says that member %d is finished, but its checkpoint is not; delete it to "+
			"have it trained to the end", file, number+1)
	}
	return t.conclude()
}

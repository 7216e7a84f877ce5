package experiment

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/units"
)

// The files of a run directory.
const (
	configName  = "config.toml"
	metricsName = "metrics.jsonl"
	summaryName = "summary.json"
	modelName   = "model.safetensors"
	// previousName is the checkpoint before the newest, for when that one is damaged.
	previousName = "previous.safetensors"
)

var (
	runFiles    = []string{configName, metricsName, summaryName, modelName, previousName}
	memberFiles = []string{metricsName, modelName, previousName}
)

// runDir is a run directory that this process has reserved.
type runDir struct {
	path   string
	made   bool   // by create, which then may also remove it
	unlock func() // may be called twice
}

func (d *runDir) file(name string) string { return filepath.Join(d.path, name) }

// checkVacant reports, without writing anything, why no run can be created at path.
func checkVacant(path string) error {
	for _, name := range runFiles {
		_, err := os.Lstat(filepath.Join(path, name))
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%s: %w", path, files.Cause(err))
		}
		if err == nil {
			return fmt.Errorf("%s: already holds a run; continue it with --resume %s, or choose "+
				"another directory with --out", path, files.Quote(path))
		}
	}
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err == nil && !info.IsDir() {
			return fmt.Errorf("%s: cannot be a run directory: %s is a file", path, at)
		}
		if err == nil || at == filepath.Dir(at) {
			return nil
		}
	}
}

// create makes and reserves a new run directory; for "" the next free runs/NAME-NUMBER.
func createRun(path, name string) (*runDir, error) {
	if path == "" {
		return createNumbered(filepath.Join("runs", name))
	}
	if err := checkVacant(path); err != nil {
		return nil, err
	}
	_, err := os.Stat(path)
	made := errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, fmt.Errorf("%s: cannot make the run directory: %w", path, files.Cause(err))
	}
	d, err := reserve(path)
	if err != nil {
		return nil, err
	}
	d.made = made
	d.removeTemporary(runFiles)
	if err := checkVacant(path); err != nil { // another process may have come first
		d.unlock()
		return nil, err
	}
	return d, nil
}

func createNumbered(stem string) (*runDir, error) {
	if err := os.MkdirAll(filepath.Dir(stem), 0o777); err != nil {
		return nil, fmt.Errorf("%s: cannot make the directory of runs: %w", filepath.Dir(stem),
			files.Cause(err))
	}
	for n := 1; ; n++ {
		path := fmt.Sprintf("%s-%d", stem, n)
		err := os.Mkdir(path, 0o777)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: cannot make the run directory: %w", path, files.Cause(err))
		}
		d, err := reserve(path)
		if err != nil {
			return nil, err
		}
		d.made = true
		return d, nil
	}
}

// openRun reserves the directory of an existing run.
func openRun(path string) (*runDir, error) {
	if err := checkRun(path); err != nil {
		return nil, err
	}
	d, err := reserve(path)
	if err != nil {
		return nil, err
	}
	if d.shared() { // who trains the first member writes here too
		files.RemoveTemporary(d.file(configName))
		files.RemoveTemporary(d.file(summaryName))
	} else {
		d.removeTemporary(runFiles)
	}
	return d, nil
}

// HoldsRun reports whether a run has its files in a directory.
func HoldsRun(path string) bool {
	d := runDir{path: path}
	return slices.ContainsFunc(runFiles, d.has)
}

// checkRun reports why path is not the directory of a run.
func checkRun(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	if !info.IsDir() {
		return fmt.Errorf("%s: want a run directory, found a file", path)
	}
	switch _, err := os.Stat(filepath.Join(path, configName)); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: not a run directory: it has no %s", path, configName)
	case err != nil:
		return fmt.Errorf("%s: %w", filepath.Join(path, configName), files.Cause(err))
	}
	return nil
}

// lockName is the lock of a run directory; the file is there while a process has it.
const lockName = ".lock"

// errReserved is wrapped where another process has a run directory.
var errReserved = errors.New("another process is training in this directory")

// reserve keeps other processes out of a run directory. One that cannot be written needs no lock.
func reserve(path string) (*runDir, error) {
	unlock, busy, err := units.TryLock(filepath.Join(path, lockName))
	switch {
	case busy:
		return nil, fmt.Errorf("%s: %w", path, errReserved)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		unlock = func() {}
	case err != nil:
		return nil, err
	}
	return &runDir{path: path, unlock: unlock}, nil
}

// removeTemporary removes what a killed process was writing of some files.
func (d *runDir) removeTemporary(names []string) {
	for _, name := range names {
		files.RemoveTemporary(d.file(name))
	}
}

// discard undoes create when a run ended in an error before its first checkpoint.
func (d *runDir) discard() {
	d.removeTemporary(runFiles)
	for _, name := range runFiles {
		os.Remove(d.file(name))
	}
	if d.made {
		d.unlock()
		os.Remove(d.path) // only if nothing else is in it
	}
}

// keepPrevious makes the checkpoint, if there is one, the previous one. It also stays in
// its place, where the next one is about to replace it.
func (d *runDir) keepPrevious() error {
	if !d.has(modelName) {
		return nil
	}
	return d.alias(modelName, previousName)
}

// alias makes the file called name also the one called as, in place of what was there.
func (d *runDir) alias(name, as string) error {
	link := d.file(files.TempPrefix(as) + "link")
	os.Remove(link)
	if err := os.Link(d.file(name), link); err != nil { // a file system without links
		data, err := os.ReadFile(d.file(name))
		if err != nil {
			return fmt.Errorf("%s: %w", d.file(name), files.Cause(err))
		}
		return files.Write(d.file(as), data)
	}
	defer os.Remove(link) // renaming does nothing where both are the same file already
	if err := os.Rename(link, d.file(as)); err != nil {
		return fmt.Errorf("%s: cannot write: %w", d.file(as), files.Cause(err))
	}
	return nil
}

func (d *runDir) has(name string) bool {
	_, err := os.Stat(d.file(name))
	return err == nil
}

package experiment

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/files"
)

// The rows of a run's own data that can be scored.
const (
	onTest  = "test"
	onTrain = "train"
	onAll   = "all"
)

// OnChoices are the values of EvalOptions.On.
func OnChoices() []string { return []string{onTest, onTrain, onAll} }

// evalRows are the rows to score and, for the bounds, those of the training, nil if they are
// not to be had.
type evalRows struct {
	scored, train *dataset.Table
	which         string // the scored ones, in words
}

// evalData finds the rows to score.
func (r *Runner) evalData(path string, from *origin, o EvalOptions) (*evalRows, error) {
	c := from.config
	if beside := filepath.Join(filepath.Dir(path), configName); fileExists(beside) {
		run := Default()
		if err := readRunConfig(beside, &run); err != nil {
			return nil, err
		}
		c.Data, c.Test = run.Data, run.Test
	} else {
		c.Test = ""
	}
	switch {
	case o.Data == "":
		if c.Data == "" || c.Data == dataset.Stdin {
			return nil, &SettingError{"data", "", fmt.Sprintf("%s does not know where its data are; say "+
				"so, with --on test for the rows that were set apart", path)}
		}
		r.findMoved(path, &c, from)
		rows, err := r.ownRows(path, c, from, o.On)
		return rows, lost(c.Data, err)
	case o.On != "":
		c.Data = o.Data
		return r.ownRows(path, c, from, o.On)
	}
	c.Data = o.Data
	return r.otherRows(path, c, from)
}

// ownRows are rows of the data that the model was trained on.
func (r *Runner) ownRows(path string, c Config, from *origin, on string) (*evalRows, error) {
	changed := fmt.Errorf("%s: the data have changed since %s was trained on them; give other "+
		"data to score with --data", c.Data, path)
	if from.old {
		return nil, fmt.Errorf("%s: it is of an older version, which dealt rows out and told data apart "+
			"in another way, so its test rows are not known; --data F scores all rows of a table", path)
	}
	if isTable(c.Data) { // before it is understood, which other contents may not allow
		sum, err := dataset.Checksum(c.Data)
		if err != nil {
			return nil, err
		}
		if sum != from.prints.Train {
			return nil, changed
		}
	}
	d, err := r.load(c)
	if err != nil {
		return nil, err
	}
	if d.prints != from.prints {
		return nil, changed
	}
	rows := &evalRows{d.Test, d.Train, "test rows"}
	switch on {
	case onTrain:
		rows.scored, rows.which = d.Train, "training rows"
	case onAll:
		rows.scored, rows.which = join(d.Train, d.Test), "rows, those of the training among them"
	}
	return rows, nil
}

// join puts the rows of b behind those of a.
func join(a, b *dataset.Table) *dataset.Table {
	return &dataset.Table{N: a.N + b.N, Inputs: a.Inputs, X: slices.Concat(a.X, b.X),
		Bytes:  slices.Concat(a.Bytes, b.Bytes),
		Labels: slices.Concat(a.Labels, b.Labels), Y: slices.Concat(a.Y, b.Y)}
}

// otherRows are all rows of a table, or the test part of images. If they turn out to be the data
// of the training, the bounds are to be had as well.
func (r *Runner) otherRows(path string, c Config, from *origin) (*evalRows, error) {
	table := from.schema.IsTable()
	if table != isTable(c.Data) {
		return nil, otherKind("data", c.Data, from)
	}
	if !table {
		return r.otherImages(c, from)
	}
	scored, checksum, err := r.readAll(c, from)
	if err != nil {
		return nil, err
	}
	rows := &evalRows{scored: scored, which: "rows, all of " + c.Data}
	if checksum == from.prints.Train && from.prints.Test == 0 && c.Data != dataset.Stdin {
		own, err := r.ownRows(path, c, from, onAll)
		if err != nil {
			return nil, err
		}
		rows.train = own.train
		r.note(fmt.Sprintf("%s holds the data of the training: all its rows are scored, those of "+
			"the training among them; --on test scores only the others", c.Data))
		return rows, nil
	}
	if from.old {
		r.note(fmt.Sprintf("whether %s holds the data of the training is not known, so L_VI and L^G are "+
			"left out", c.Data))
		return rows, nil
	}
	r.note(fmt.Sprintf("%s does not hold the data of the training, so L_VI and L^G are left out",
		c.Data))
	return rows, nil
}

// otherKind is the error of data, named by a flag, that are not of the kind that the model was
// trained on, or that do not exist.
func otherKind(key, path string, from *origin) error {
	if _, err := os.Stat(path); err != nil && path != builtinData && path != dataset.Stdin {
		return fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	want := "images: want mnist or a directory with IDX files"
	if from.schema.IsTable() {
		want = "a table: want a file with the same columns"
	}
	return &SettingError{key, path, "the model was trained on " + want}
}

// readAll reads all rows of a table as those of the training were read.
func (r *Runner) readAll(c Config, from *origin) (t *dataset.Table, checksum uint32, err error) {
	reader, err := dataset.Open(c.Data, &from.schema, dataset.ReadOptions{DropMissing: true})
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = cmp.Or(err, reader.Close()) }()
	if t, err = reader.ReadAll(); err != nil {
		return nil, 0, err
	}
	for _, line := range slices.Concat(reader.Notes(), reader.Remarks()) {
		r.note(line)
	}
	return t, reader.Checksum(), nil
}

// otherImages are the test part of images.
func (r *Runner) otherImages(c Config, from *origin) (*evalRows, error) {
	d, err := r.load(c)
	if err != nil {
		return nil, err
	}
	if d.prints == from.prints {
		return &evalRows{d.Test, d.Train, "test rows"}, nil
	}
	if d.Test.Inputs != from.schema.Inputs {
		return nil, fmt.Errorf("%s: images of %d pixels, want %d as in training", c.Data,
			d.Test.Inputs, from.schema.Inputs)
	}
	r.note(fmt.Sprintf("%s does not hold the data of the training, so L_VI and L^G are left out",
		c.Data))
	return &evalRows{scored: d.Test, which: "test rows"}, nil
}

// findMoved looks for the file of a table that is no longer where it was: by the same name beside
// the checkpoint, in the directories above it, and in the current one. The checksum decides.
func (r *Runner) findMoved(path string, c *Config, from *origin) {
	if !from.schema.IsTable() || fileExists(c.Data) {
		return
	}
	dir := filepath.Dir(path)
	for _, place := range []string{dir, filepath.Dir(dir), filepath.Dir(filepath.Dir(dir)), "."} {
		candidate := filepath.Join(place, filepath.Base(c.Data))
		if sum, err := dataset.Checksum(candidate); err == nil && sum == from.prints.Train {
			r.note(fmt.Sprintf("%s is gone; %s has the same contents and is read instead", c.Data,
				candidate))
			c.Data = candidate
			return
		}
	}
}

// lost adds to the error of training data that are not there how to name them.
func lost(path string, err error) error {
	if err == nil || path == builtinData || path == dataset.Stdin || fileExists(path) {
		return err
	}
	return fmt.Errorf("%w; --data says where the data of the training are", err)
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

package experiment

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/files"
)

// trained is a model and where it comes from.
type trained struct {
	posterior bnn.Mixture
	from      *origin
	path      string // of the first member's checkpoint
	state     *bnn.State
}

// refuseForeign reports a posterior that says too little of itself.
func refuseForeign(path string) error {
	if bnn.IsForeign(path) {
		return fmt.Errorf("%s: the posterior of another program, which symvi eval can judge and info "+
			"describe; want one that symvi train has written", path)
	}
	return nil
}

// loadModel reads the posteriors of all members of a run directory, or that of a
// model.safetensors file.
func (r *Runner) loadModel(run string) (*trained, error) {
	path, err := modelPath(run)
	if err != nil {
		return nil, err
	}
	if err := refuseForeign(path); err != nil {
		return nil, err
	}
	first, from, err := loadMember(path)
	if err != nil {
		return nil, err
	}
	if first.Note != "" {
		r.note(fmt.Sprintf("%s: %s; it has no checksum, so damage would not be seen", path, first.Note))
	}
	model := &trained{bnn.Mixture{first.Result()}, from, path, first.State}
	if path == run {
		return model, nil
	}
	if err := checkMember(path, 0, first, from, from.config, from.prints); err != nil {
		return nil, err
	}
	for number := 1; number < from.config.Members; number++ {
		path := filepath.Join(memberPath(run, number), modelName)
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("%s: %w; the run has %d members, and symvi train --resume %s "+
				"finishes them",
				path, files.Cause(err), from.config.Members, files.Quote(run))
		}
		member, its, err := loadMember(path)
		if err != nil {
			return nil, err
		}
		if err := checkMember(path, number, member, its, from.config, from.prints); err != nil {
			return nil, err
		}
		model.posterior = append(model.posterior, member.Result())
	}
	return model, nil
}

// checkMember reports a checkpoint that is not that of a member, counted from 0, of a run with
// settings c on data with prints: a file of another run, say, which is whole in itself.
func checkMember(path string, number int, checkpoint *bnn.Checkpoint, from *origin, c Config,
	p prints) error {
	want := ""
	if number > 0 {
		want = strconv.Itoa(number + 1)
	}
	problem := ""
	switch changes := c.differences(from.config, decides); {
	case changes != "":
		problem = "it was trained with other settings: " + changes
	case from.prints != p:
		problem = "it was trained on other data"
	case checkpoint.Metadata[metaMember] != want:
		problem = "it is member " + cmp.Or(checkpoint.Metadata[metaMember], "1")
	default:
		return nil
	}
	return fmt.Errorf("%s: not member %d of this run: %s; put the right file back, or delete it and "+
		"go on with --resume, which trains it anew", path, number+1, problem)
}

func loadMember(path string) (*bnn.Checkpoint, *origin, error) {
	checkpoint, err := bnn.LoadCheckpoint(path)
	if err != nil {
		return nil, nil, previousHint(path, err)
	}
	from, err := readOrigin(path, checkpoint)
	return checkpoint, from, err
}

// rowSource are rows to predict, in their order.
type rowSource interface {
	// next are the inputs of the following rows and the texts of columns that are kept, or
	// io.EOF. They are valid until the next call.
	next(ctx context.Context) (x []float32, kept [][]string, err error)
	// kept are the names of those columns, total is about the number of rows, or −1.
	kept() []string
	total() int
	// close releases the source; it also says what was unlike the training.
	close() error
}

// openRows opens o.Data as the model was trained to read data.
func (r *Runner) openRows(model *trained, o PredictOptions) (rowSource, error) {
	table := model.from.schema.IsTable()
	if table != isTable(o.Data) {
		return nil, otherKind("data", o.Data, model.from)
	}
	if table {
		return r.openTable(model, o)
	}
	if o.Keep != nil {
		return nil, &SettingError{"keep", o.Keep[0], "images have no columns"}
	}
	c := model.from.config
	c.Data = o.Data
	split, err := r.read(c)
	if err != nil {
		return nil, err
	}
	if split.Test.Inputs != model.from.schema.Inputs {
		return nil, fmt.Errorf("%s: images of %d pixels, want %d as in training",
			o.Data, split.Test.Inputs, model.from.schema.Inputs)
	}
	return &imageRows{test: split.Test, atOnce: rowsAtOnce(&model.from.schema, o)}, nil
}

// rowsAtOnce is about how many rows go to the predictor together: fewer where draws or classes
// make them so wide that their numbers and texts would take more than 128 MiB.
func rowsAtOnce(s *dataset.Schema, o PredictOptions) int {
	const most, bytes, perNumber = 8192, 128 << 20, 64
	numbers := s.Inputs + len(s.Targets)*(3+len(o.Quantiles)+2*o.Draws)
	if s.Task == dataset.Classify {
		numbers = s.Inputs + s.Outputs*(1+o.Draws) + o.Draws + 4
	}
	return max(1, min(most, bytes/perNumber/numbers))
}

// imageRows are the test part of images.
type imageRows struct {
	test   *dataset.Table
	done   int
	atOnce int
	x      []float32
}

func (s *imageRows) next(context.Context) ([]float32, [][]string, error) {
	first := s.done
	if first == s.test.N {
		return nil, nil, io.EOF
	}
	s.done = min(first+s.atOnce, s.test.N)
	if s.x == nil {
		s.x = make([]float32, s.done*s.test.Inputs)
	}
	x := s.x[:(s.done-first)*s.test.Inputs]
	s.test.CopyRows(x, first)
	return x, nil, nil
}

func (s *imageRows) kept() []string { return nil }
func (s *imageRows) total() int     { return s.test.N }
func (s *imageRows) close() error   { return nil }

// tableRows are those of a file, which a goroutine reads ahead.
type tableRows struct {
	reader *dataset.Reader
	runner *Runner
	lines  int // of the file, −1 where it is unknown
	inputs int // of a row
	atOnce int
	ahead  chan readAhead
	cancel context.CancelFunc
}

// readAhead are rows, or the error that ends them.
type readAhead struct {
	x    []float32
	kept [][]string
	err  error
}

func (r *Runner) openTable(model *trained, o PredictOptions) (rowSource, error) {
	reader, err := dataset.Open(o.Data, &model.from.schema,
		dataset.ReadOptions{Targets: dataset.TargetsIgnored, Keep: o.Keep})
	if err != nil {
		return nil, err
	}
	for _, line := range reader.Notes() {
		r.note(line)
	}
	ctx, cancel := context.WithCancel(context.Background())
	lines := -1
	if r.Watch.Score != nil { // someone wants to know how far it is
		lines = countLines(o.Data)
	}
	s := &tableRows{reader: reader, runner: r, lines: lines, inputs: model.from.schema.Inputs,
		atOnce: rowsAtOnce(&model.from.schema, o), ahead: make(chan readAhead, 1), cancel: cancel}
	go s.read(ctx)
	return s, nil
}

// countLines is about the number of rows of a plain text, −1 for any other file.
func countLines(path string) int {
	if !slices.Contains([]string{".csv", ".tsv", ".txt"}, strings.ToLower(filepath.Ext(path))) {
		return -1
	}
	f, err := os.Open(path)
	if err != nil {
		return -1
	}
	defer f.Close()
	lines, buffer := 0, make([]byte, 1<<20)
	for {
		n, err := f.Read(buffer)
		lines += bytes.Count(buffer[:n], []byte("\n"))
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			return -1
		}
	}
}

// read sends all rows and then an error, io.EOF after the last.
func (s *tableRows) read(ctx context.Context) {
	defer close(s.ahead)
	var c dataset.Chunk
	for {
		var a readAhead
		for n := 0; n < s.atOnce && a.err == nil; n += c.N {
			if a.err = s.reader.Next(&c); a.err == nil {
				a.x, a.kept = append(a.x, c.X...), append(a.kept, c.Kept...)
			}
		}
		last := a.err
		for rows := range s.portions(a) {
			if !s.send(ctx, rows) {
				return
			}
		}
		if last != nil {
			s.send(ctx, readAhead{err: last})
			return
		}
	}
}

// portions are the rows in portions of at most so many at once.
func (s *tableRows) portions(a readAhead) iter.Seq[readAhead] {
	return func(yield func(readAhead) bool) {
		for len(a.x) > 0 {
			n := min(s.atOnce, len(a.x)/s.inputs)
			portion := readAhead{x: a.x[:n*s.inputs]}
			a.x = a.x[n*s.inputs:]
			if a.kept != nil {
				portion.kept, a.kept = a.kept[:n], a.kept[n:]
			}
			if !yield(portion) {
				return
			}
		}
	}
}

func (s *tableRows) send(ctx context.Context, a readAhead) bool {
	select {
	case s.ahead <- a:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *tableRows) next(ctx context.Context) ([]float32, [][]string, error) {
	select {
	case a := <-s.ahead:
		return a.x, a.kept, a.err
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

func (s *tableRows) kept() []string { return s.reader.Kept() }
func (s *tableRows) total() int     { return s.lines }

func (s *tableRows) close() error {
	s.cancel()
	for range s.ahead { // until read has returned
	}
	for _, line := range s.reader.Remarks() {
		s.runner.note(line)
	}
	return s.reader.Close()
}

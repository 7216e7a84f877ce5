package experiment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
)

// builtinData is the data set that comes with the program.
const builtinData = "mnist"

// auto is the value of settings that are found out from the data.
const auto = "auto"

// data is a data set ready for training, and what is needed to know it again.
type data struct {
	*dataset.Split
	prints prints
}

// prints are CRC-32C checksums: of the contents of a table's file and of that of its test rows,
// or of the two parts of images.
type prints struct {
	Train uint32 `json:"train_crc32c"`
	Test  uint32 `json:"test_crc32c"`
}

// load reads the data that c names; those of a table are standardised.
func (r *Runner) load(c Config) (*data, error) {
	if r.shared != nil {
		return r.shared, nil
	}
	split, err := r.read(c)
	if err != nil {
		return nil, err
	}
	if split.Report != nil {
		split.Report.Warnings = append(split.Report.Warnings, suspicions(split)...)
		return &data{split, prints{split.Checksums[0], split.Checksums[1]}}, nil
	}
	d := &data{Split: split}
	var summing sync.WaitGroup
	summing.Go(func() { d.prints.Test = checksum(split.Test) })
	d.prints.Train = checksum(split.Train)
	summing.Wait()
	return d, nil
}

// understood tells what was understood of a table.
func (r *Runner) understood(d *data) {
	if d.Report != nil && r.Watch.Table != nil {
		r.Watch.Table(d.Report)
	}
}

// read reads the data that c names.
func (r *Runner) read(c Config) (*dataset.Split, error) {
	if load, ok := r.Builtin[c.Data]; ok {
		return load()
	}
	if isTable(c.Data) {
		o := c.tableOptions()
		o.Admit = r.admitRows
		split, err := dataset.ReadTable(c.Data, o)
		var none *dataset.NoTargetError
		if errors.As(err, &none) {
			return nil, c.problem("target", fmt.Sprintf("say which column of %s is to be predicted: %s",
				inWords(c.Data), none.Columns))
		}
		return split, err
	}
	split, err := dataset.ReadIDXDir(c.Data, r.admitRows)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("data %w; want mnist, a directory with IDX files or a table", err)
	}
	return split, err
}

// isTable reports whether data are a table, not images.
func isTable(path string) bool {
	info, err := os.Stat(path)
	switch {
	case path == builtinData || path == "":
		return false
	case path == dataset.Stdin:
		return true
	case err != nil:
		return filepath.Ext(path) != ""
	}
	return !info.IsDir() || dataset.IsUCI(path)
}

// inWords is the name of a table for people.
func inWords(path string) string {
	if path == dataset.Stdin {
		return "standard input"
	}
	return path
}

// tableOptions are the settings that say how a table is read.
func (c Config) tableOptions() dataset.Options {
	seed := c.SplitSeed
	if seed < 0 {
		seed = c.Seed
	}
	return dataset.Options{
		Format: c.format(), Target: c.Target, Task: unlessAuto(c.Task), Drop: c.Drop, Only: c.Only,
		Text:    c.TextColumns,
		Missing: c.Missing, MissingWords: c.MissingWords, TestPath: c.Test, TestFraction: c.TestFraction,
		Seed: uint64(seed), Fold: c.Split,
		Limits: dataset.Limits{Line: c.MaxLine, Field: c.MaxField, Columns: c.MaxColumns,
			Classes: c.MaxClasses},
	}
}

// format is what the settings say of a text.
func (c Config) format() dataset.Format {
	return dataset.Format{Separator: unlessAuto(c.Separator), Decimal: unlessAuto(c.Decimal),
		Header: unlessAuto(c.Header), Encoding: unlessAuto(c.Encoding),
		Quote: unlessAuto(c.Quote), Ragged: unlessAuto(c.Ragged)}
}

func unlessAuto(value string) string {
	if value == auto {
		return ""
	}
	return value
}

// checkTable reports settings of a table that make no sense, or that images do not have.
func (c Config) checkTable() error {
	if c.Data == "" {
		return c.problem("data", "want mnist, a directory of IDX files or a table")
	}
	table := isTable(c.Data)
	// Of what is not there reading says so.
	if !table && (c.Data == builtinData || fileExists(c.Data)) {
		for key, value := range map[string]string{"target": c.Target, "test": c.Test,
			"drop": c.Drop, "only": c.Only, "text": c.TextColumns} {
			if value != "" {
				return c.problem(key, "data "+strconv.Quote(c.Data)+" are no table and have no columns")
			}
		}
	}
	switch {
	case c.Test == dataset.Stdin && c.Data == dataset.Stdin:
		return c.problem("test", "standard input holds the data already; want a file")
	case !table && c.Task == dataset.Regress.String():
		return c.problem("task", "data "+strconv.Quote(c.Data)+" hold labels; use classify")
	case !(c.TestFraction > 0 && c.TestFraction < 1):
		return c.problem("test-fraction", "want a number above 0 and below 1; --test names a table of "+
			"test rows, and all of data are trained on")
	case c.SplitSeed < -1:
		return c.problem("split-seed", "want an integer between 0 and 2^63-1, or -1 for that of seed")
	case c.Split < -1:
		return c.problem("split", "want the number of a split, or -1 for none")
	}
	for key, limit := range map[string]int{"max-line": c.MaxLine, "max-field": c.MaxField,
		"max-columns": c.MaxColumns, "max-classes": c.MaxClasses} {
		if limit < 1 {
			return c.problem(key, "want a number of at least 1")
		}
	}
	for key, f := range map[string]dataset.Format{
		"separator": {Separator: unlessAuto(c.Separator)},
		"encoding":  {Encoding: unlessAuto(c.Encoding)},
	} {
		if err := f.Check(); err != nil { // the others have choices
			return c.problem(key, err.Error())
		}
	}
	return nil
}

// resolve makes the paths absolute, so that the run can be resumed from anywhere.
func (r *Runner) resolve(c Config) (Config, error) {
	if err := c.Validate(); err != nil {
		return c, err
	}
	for _, path := range []*string{&c.Data, &c.Test, &c.InitFrom} {
		if _, builtin := r.Builtin[*path]; builtin || *path == "" || *path == dataset.Stdin {
			continue
		}
		full, err := filepath.Abs(*path)
		if err != nil {
			return c, fmt.Errorf("%s: %w", *path, err)
		}
		*path = full
	}
	return c, nil
}

// checksum is CRC-32C of a table's little-endian words: the number of inputs, the inputs as float32
// numbers, labels and targets.
func checksum(t *dataset.Table) uint32 {
	c := words{castagnoli: crc32.MakeTable(crc32.Castagnoli), buffer: make([]byte, 0, 1<<16)}
	c.put(uint32(t.Inputs))
	for _, x := range t.X {
		c.put(math.Float32bits(x))
	}
	if t.Bytes != nil {
		c.putBytes(t.Bytes, dataset.ByteValues())
	}
	for _, l := range t.Labels {
		c.put(uint32(l))
	}
	for _, y := range t.Y {
		c.put(math.Float32bits(y))
	}
	c.flush()
	return c.sum
}

// words sums words in pieces.
type words struct {
	castagnoli *crc32.Table
	sum        uint32
	buffer     []byte
}

func (w *words) put(word uint32) {
	if w.buffer = binary.LittleEndian.AppendUint32(w.buffer, word); len(w.buffer) == cap(w.buffer) {
		w.flush()
	}
}

func (w *words) flush() {
	w.sum = crc32.Update(w.sum, w.castagnoli, w.buffer)
	w.buffer = w.buffer[:0]
}

// putBytes puts the numbers that bytes stand for.
func (w *words) putBytes(bytes []uint8, values []float32) {
	var code [256]uint32
	for b, v := range values {
		code[b] = math.Float32bits(v)
	}
	w.flush()
	for len(bytes) > 0 {
		n := min(len(bytes), cap(w.buffer)/4)
		w.buffer = w.buffer[:4*n]
		for i, b := range bytes[:n] {
			binary.LittleEndian.PutUint32(w.buffer[4*i:], code[b])
		}
		w.flush()
		bytes = bytes[n:]
	}
}

// Tensors are a table as package bnn takes it; they share its memory.
func Tensors(t *dataset.Table) bnn.Data {
	d := inputs(t)
	d.Labels, d.Targets = t.Labels, t.Y
	return d
}

// inputs are the inputs of a table alone.
func inputs(t *dataset.Table) bnn.Data {
	if t.Bytes != nil {
		return bnn.Data{Bytes: t.Bytes, Values: dataset.ByteValues()}
	}
	return bnn.Data{X: t.X}
}

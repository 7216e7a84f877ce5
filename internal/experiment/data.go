package experiment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"path/filepath"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
)

// data is a data set ready for training, and what is needed to know it again.
type data struct {
	*dataset.Split
	// standard is what both parts were standardised with, nil for images.
	standard *dataset.Standardisation
	// prints are checksums of the parts as they were read.
	prints prints
}

// prints are CRC-32C checksums of the two parts of a data set, in its own units.
type prints struct {
	Train uint32 `json:"train_crc32c"`
	Test  uint32 `json:"test_crc32c"`
}

// load reads the data that c names and standardises those of a table.
func (r *Runner) load(c Config) (*data, error) {
	split, err := r.read(c)
	if err != nil {
		return nil, err
	}
	d := &data{Split: split, prints: prints{checksum(split.Train), checksum(split.Test)}}
	if !isTable(c.Data) {
		return d, nil
	}
	if err := split.Standardise(); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Data, err)
	}
	d.standard = split.Standardisation
	return d, nil
}

// read reads the data that c names, in their own units.
func (r *Runner) read(c Config) (*dataset.Split, error) {
	if load, ok := r.Builtin[c.Data]; ok {
		return load()
	}
	o := dataset.Options{}
	if isTable(c.Data) {
		task, err := dataset.ParseTask(c.Task)
		if err != nil {
			return nil, err
		}
		o.CSV = dataset.CSVOptions{Target: c.Target, Task: task, TestPath: c.Test, TestFraction: c.TestFraction, Seed: uint64(c.Seed)}
	}
	split, err := dataset.Load(c.Data, o)
	if errors.Is(err, fs.ErrNotExist) && !isTable(c.Data) {
		return nil, fmt.Errorf("data %w; want mnist, a directory with IDX files or a .csv file", err)
	}
	return split, err
}

// resolve makes the paths absolute, so that the run can be resumed from anywhere.
func (r *Runner) resolve(c Config) (Config, error) {
	if err := c.Validate(); err != nil {
		return c, err
	}
	for _, path := range []*string{&c.Data, &c.Test} {
		if _, builtin := r.Builtin[*path]; builtin || *path == "" {
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

// checksum is CRC-32C of a table's little-endian bytes: its inputs, labels and targets.
func checksum(t *dataset.Table) uint32 {
	crc := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	buffer := make([]byte, 0, 1<<16)
	put := func(word uint32) {
		if buffer = binary.LittleEndian.AppendUint32(buffer, word); len(buffer) == cap(buffer) {
			crc.Write(buffer)
			buffer = buffer[:0]
		}
	}
	put(uint32(t.Inputs))
	for _, x := range t.X {
		put(math.Float32bits(x))
	}
	for _, l := range t.Labels {
		put(uint32(l))
	}
	for _, y := range t.Y {
		put(math.Float32bits(y))
	}
	crc.Write(buffer)
	return crc.Sum32()
}

// Tensors are a table as package bnn takes it; they share its memory.
func Tensors(t *dataset.Table) bnn.Data { return bnn.Data{X: t.X, Labels: t.Labels, Targets: t.Y} }

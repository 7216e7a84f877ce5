package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Options says how Load reads a data set. The zero value reads an IDX directory as it is.
type Options struct {
	CSV         CSVOptions // for a directory Target and TestPath must be empty and Task must be Classify; the rest is not used
	Standardise bool       // bring both parts to the scale of the training part, see Split.Standardise
}

// Load reads the data set at path: a directory as ReadIDXDir does, a file called *.csv as ReadCSV does.
func Load(path string, opt Options) (*Split, error) {
	s, err := loadRaw(path, opt.CSV)
	if err != nil {
		return nil, err
	}
	if opt.Standardise {
		if err := s.Standardise(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return s, nil
}

// loadRaw picks the reader for path and runs it.
func loadRaw(path string, opt CSVOptions) (*Split, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	switch {
	case info.IsDir():
		if err := refuseCSVOptions(opt); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return ReadIDXDir(path)
	case info.Mode().IsRegular() && strings.EqualFold(filepath.Ext(path), ".csv"):
		return ReadCSV(path, opt)
	}
	return nil, fmt.Errorf("%s: unsupported data set: expected a directory with the four MNIST-style IDX files, or a .csv file", path)
}

// refuseCSVOptions returns an error where opt asks for something that an IDX directory cannot give.
func refuseCSVOptions(opt CSVOptions) error {
	switch {
	case opt.Task != Classify:
		return fmt.Errorf("an IDX directory holds labels: expected task %q, found %q", Classify, opt.Task)
	case opt.Target != "":
		return fmt.Errorf("an IDX directory has no columns: expected no target column, found %q", clip(opt.Target))
	case opt.TestPath != "":
		return fmt.Errorf("an IDX directory holds its own test part: expected no test file, found %q", opt.TestPath)
	}
	return nil
}

// cause strips the operation and path off a file error, for messages that have named the file already.
func cause(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

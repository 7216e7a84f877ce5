package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// DefaultTestFraction is the share of rows that ReadCSV keeps for testing when nothing else is asked for.
const DefaultTestFraction = 0.2

// CSVOptions says how ReadCSV reads a file.
type CSVOptions struct {
	Target       string  // name of the target column; needed
	Task         Task    // what the target column holds: class names or numbers
	TestPath     string  // file with the test rows; if empty, rows of the training file are set apart
	TestFraction float64 // share of rows to set apart, in (0, 1); 0 stands for DefaultTestFraction; not used with TestPath
	Seed         uint64  // chooses which rows are set apart; not used with TestPath
}

// ReadCSV reads a comma-separated UTF-8 file with a header (RFC 4180; a byte order mark, CRLF and spaces around a field are accepted).
// All columns but the target are inputs and hold finite numbers. With TestPath the test file has the same columns in any order.
//
// The target of Regress is a finite number. That of Classify is any text; classes are told apart by spelling and sorted by number if
// all of them are integers, otherwise by bytes. A class of the test file that the training file lacks is an error; rows set apart
// from one file share its classes, so a rare class may lie in the test part only.
func ReadCSV(path string, opt CSVOptions) (*Split, error) {
	fraction, err := opt.check()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f, err := openCSV(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, schema, err := readTrainingCSV(f, opt.Target, opt.Task)
	if err != nil {
		return nil, err
	}
	base := filepath.Base(path)
	s := &Split{Name: strings.TrimSuffix(base, filepath.Ext(base)), Schema: schema}
	if opt.TestPath == "" {
		s.Train, s.Test = splitRows(all, fraction, opt.Seed)
		return s, nil
	}
	s.Train = all
	s.Test, err = ReadCSVLike(opt.TestPath, schema)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// ReadCSVLike reads a file with the columns of schema, in any order, as ReadCSV reads a test file. One row is enough.
func ReadCSVLike(path string, schema Schema) (*Table, error) {
	f, err := openCSV(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readMatchingCSV(f, schema)
}

// check returns the test fraction to use.
func (opt CSVOptions) check() (fraction float64, err error) {
	if err := opt.Task.check(); err != nil {
		return 0, err
	}
	if opt.Target == "" {
		return 0, errors.New("expected the name of a target column, found none")
	}
	switch f := opt.TestFraction; {
	case opt.TestPath != "" || f == 0:
		return DefaultTestFraction, nil
	case f > 0 && f < 1:
		return f, nil
	default:
		return 0, fmt.Errorf("expected a test fraction between 0 and 1, found %g", f)
	}
}

// openCSV opens a file of at most maxBytes and reads its header.
func openCSV(path string) (*csvFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	f, err := newCSVFile(file, path)
	if err != nil {
		file.Close()
		return nil, err
	}
	return f, nil
}

// readTrainingCSV reads all rows, of which there must be two, and derives the schema.
func readTrainingCSV(f *csvFile, target string, task Task) (*Table, Schema, error) {
	columns, err := f.splitColumns(target)
	if err != nil {
		return nil, Schema{}, err
	}
	schema := Schema{Task: task, Inputs: len(columns.features), Outputs: 1, Target: target, FeatureNames: f.names(columns.features)}
	classes := newClassNames(nil)
	t, err := f.readRows(columns, task, func(name string) (int32, error) { return classes.add(name), nil })
	if err != nil {
		return nil, Schema{}, err
	}
	if t.N < 2 {
		return nil, Schema{}, fmt.Errorf("%s: expected at least 2 rows below the header, found %d", f.path, t.N)
	}
	if task == Classify {
		if schema.ClassNames, err = f.relabel(t, classes, target); err != nil {
			return nil, Schema{}, err
		}
		schema.Outputs = len(schema.ClassNames)
	}
	return t, schema, nil
}

// relabel brings the labels of t from the order of first appearance to the sorted order of the names, which it returns.
func (f *csvFile) relabel(t *Table, classes *classNames, target string) ([]string, error) {
	names, rank := classes.sorted()
	if len(names) < 2 {
		return nil, fmt.Errorf("%s: column %q: expected at least 2 classes, found only %s", f.path, clip(target), quoteList(names))
	}
	for i, label := range t.Labels {
		t.Labels[i] = rank[label]
	}
	return names, nil
}

// readMatchingCSV reads all rows, of which there must be one, in the order and with the classes of schema.
func readMatchingCSV(f *csvFile, schema Schema) (*Table, error) {
	columns, err := f.matchColumns(schema)
	if err != nil {
		return nil, err
	}
	classes := newClassNames(schema.ClassNames)
	t, err := f.readRows(columns, schema.Task, func(name string) (int32, error) {
		label, known := classes.index[name]
		if !known {
			return 0, fmt.Errorf("expected a class of the training file (%s), found %q", quoteList(schema.ClassNames), clip(name))
		}
		return label, nil
	})
	if err != nil {
		return nil, err
	}
	if t.N == 0 {
		return nil, fmt.Errorf("%s: expected at least 1 row below the header, found 0", f.path)
	}
	return t, nil
}

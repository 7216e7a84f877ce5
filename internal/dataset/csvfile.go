package dataset

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// csvFile reads the records of a CSV file whose header it has read.
type csvFile struct {
	io.Closer
	path    string
	header  []string // distinct, none empty
	records *csv.Reader
}

// newCSVFile reads the header of file; path names it in errors.
func newCSVFile(file fs.File, path string) (*csvFile, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	if size := info.Size(); uint64(size) > maxBytes {
		return nil, fmt.Errorf("%s: expected at most %d bytes, found %d", path, maxBytes, size)
	}
	text := bufio.NewReader(file)
	skipByteOrderMark(text)
	f := &csvFile{Closer: file, path: path, records: csv.NewReader(text)}
	f.records.FieldsPerRecord = -1 // next counts them, with a message of its own
	f.records.ReuseRecord = true
	return f, f.readHeader()
}

// skipByteOrderMark skips the mark that some editors put in front of UTF-8.
func skipByteOrderMark(text *bufio.Reader) {
	mark := []byte("\uFEFF")
	if start, _ := text.Peek(len(mark)); bytes.Equal(start, mark) {
		text.Discard(len(mark))
	}
}

// readHeader reads the column names.
func (f *csvFile) readHeader() error {
	record, err := f.read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: expected a header with the names of the columns, found an empty file", f.path)
	}
	if err != nil {
		return err
	}
	f.header = slices.Clone(record)
	seen := make(map[string]int, len(record))
	for i, name := range f.header {
		switch first, repeated := seen[name]; {
		case name == "":
			return fmt.Errorf("%s: header: expected a name for column %d, found none", f.path, i+1)
		case !utf8.ValidString(name):
			return fmt.Errorf("%s: header: expected UTF-8 in the name of column %d, found %q", f.path, i+1, clip(name))
		case repeated:
			return fmt.Errorf("%s: header: expected distinct names, found %q for columns %d and %d", f.path, clip(name), first+1, i+1)
		}
		seen[name] = i
	}
	return nil
}

// next returns the fields of the next record, valid until the following call, or io.EOF as it is.
func (f *csvFile) next() ([]string, error) {
	record, err := f.read()
	if err != nil {
		return nil, err
	}
	if len(record) != len(f.header) {
		line, _ := f.records.FieldPos(0)
		return nil, fmt.Errorf("%s: line %d: expected %d fields as in the header, found %d", f.path, line, len(f.header), len(record))
	}
	return record, nil
}

// read returns the next record, its fields without the spaces around them, or io.EOF as it is.
func (f *csvFile) read() ([]string, error) {
	record, err := f.records.Read()
	var syntax *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("%s: line %d, byte %d: expected CSV, found a syntax error: %w", f.path, syntax.Line, syntax.Column, syntax.Err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", f.path, cause(err))
	}
	for i, field := range record {
		record[i] = strings.TrimSpace(field)
	}
	return record, nil
}

// readRows reads all records that are left. For Classify, label turns a class name into a label.
func (f *csvFile) readRows(columns csvColumns, task Task, label func(string) (int32, error)) (*Table, error) {
	t := &Table{Inputs: len(columns.features)}
	for {
		record, err := f.next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err == nil {
			err = f.appendRow(t, record, columns, task, label)
		}
		if err != nil {
			return nil, err
		}
	}
}

// appendRow adds one record to t.
func (f *csvFile) appendRow(t *Table, record []string, columns csvColumns, task Task, label func(string) (int32, error)) error {
	for _, i := range columns.features {
		x, err := parseNumber(record[i])
		if err != nil {
			return f.at(i, err)
		}
		t.X = append(t.X, x)
	}
	t.N++
	value := record[columns.target]
	if task == Regress {
		y, err := parseNumber(value)
		if err != nil {
			return f.at(columns.target, err)
		}
		t.Y = append(t.Y, y)
		return nil
	}
	l, err := parseClass(value, label)
	if err != nil {
		return f.at(columns.target, err)
	}
	t.Labels = append(t.Labels, l)
	return nil
}

// at adds to err the place of column i in the record read last.
func (f *csvFile) at(i int, err error) error {
	line, _ := f.records.FieldPos(i)
	return fmt.Errorf("%s: line %d, column %q: %w", f.path, line, clip(f.header[i]), err)
}

// parseNumber reads a finite float32, rounded to nearest.
func parseNumber(field string) (float32, error) {
	v, err := strconv.ParseFloat(field, 32)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("expected a number within ±%.3g, found %q", math.MaxFloat32, clip(field))
	case err != nil || math.IsNaN(v) || math.IsInf(v, 0):
		return 0, fmt.Errorf("expected a finite number, found %q", clip(field))
	}
	return float32(v), nil
}

// parseClass reads a class name and returns its label.
func parseClass(field string, label func(string) (int32, error)) (int32, error) {
	if field == "" || !utf8.ValidString(field) {
		return 0, fmt.Errorf("expected a class name in UTF-8, found %q", clip(field))
	}
	return label(field)
}

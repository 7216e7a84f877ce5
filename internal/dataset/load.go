package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Load reads the data set at path: a directory of IDX files as ReadIDXDir does, anything else as a
// table.
func Load(path string, o Options) (*Split, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		if err := o.refuseForImages(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return ReadIDXDir(path)
	}
	return ReadTable(path, o)
}

// refuseForImages returns an error where o asks for something that an IDX directory cannot give.
func (o Options) refuseForImages() error {
	switch {
	case o.Task != "" && o.Task != Classify.String():
		return fmt.Errorf("an IDX directory holds labels: expected task %q, found %q", Classify, o.Task)
	case o.Target != "":
		return fmt.Errorf("an IDX directory has no columns: expected no target column, found %q", clip(o.Target))
	case o.TestPath != "":
		return fmt.Errorf("an IDX directory holds its own test part: expected no test file, found %q", o.TestPath)
	}
	return nil
}

// ReadTable reads a table, understands its columns, and standardises it by its training rows.
func ReadTable(path string, o Options) (s *Split, err error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	source, err := openSource(path, o.Format, hints{names: o.headerNames()})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	u, err := understand(source, o)
	if err != nil {
		return nil, err
	}
	d := u.deal()
	if d.test == 0 && o.TestPath == "" {
		return nil, fmt.Errorf("%s: expected a class with at least 2 rows, one of them to test on, found none", path)
	}
	if err := u.fit(d); err != nil {
		return nil, err
	}
	s = &Split{Name: tableName(path), Report: u.report}
	if err := u.fill(s, d); err != nil {
		return nil, err
	}
	s.Schema, s.Checksums[0] = *u.schema, source.checksum()
	if o.TestPath != "" {
		return s, s.readTest(o)
	}
	return s, nil
}

// headerNames are the names that the flags expect in the header; numbers are none.
func (o *Options) headerNames() []string {
	if _, ok := parseNumber([]byte(o.Target), '.'); ok {
		return nil
	}
	return []string{o.Target}
}

// tableName is the base name of a path without its extensions.
func tableName(path string) string {
	if path == Stdin {
		return "stdin"
	}
	name := filepath.Base(path)
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// deal sets rows apart for testing, unless they come from another file.
func (u *understanding) deal() *dealing {
	if u.options.TestPath != "" {
		return dealAll(u.survey.rows)
	}
	classes := 1
	if u.schema.Task == Classify {
		classes = u.schema.Outputs
	}
	return deal(u.survey.rows, classes, u.options.TestFraction, u.options.Seed)
}

// fill makes the parts of s, standardised.
func (u *understanding) fill(s *Split, d *dealing) error {
	s.Train, s.Test = u.schema.table(d.train), u.schema.table(d.test)
	seen := make([]census, len(u.schema.Columns))
	err := scan(u.source, u.reader, func(b *batch) error {
		for i, line := range b.lines {
			part, place := s.Train, int(d.place[b.first+i])
			if test, ok := d.tests(b.first + i); ok {
				part, place = s.Test, test
			} else if place == leftOut {
				continue
			}
			if err := u.fillRow(part, place, b.row(i), line, seen, u.survey.rows[b.first+i]); err != nil {
				return err
			}
		}
		return nil
	})
	if d.test == 0 {
		s.Test = nil
	}
	return err
}

// table makes room for n rows.
func (s *Schema) table(n int) *Table {
	t := &Table{N: n, Inputs: s.Inputs, X: make([]float32, n*s.Inputs)}
	if s.Task == Classify {
		t.Labels = make([]int32, n)
	} else {
		t.Y = make([]float32, n*s.Outputs)
	}
	return t
}

func (u *understanding) fillRow(t *Table, place int, row []cell, line int, seen []census, class int32) error {
	if i, err := u.schema.encodeRow(t.Row(place), row, u.places, seen); err != nil {
		return at(u.source, line, u.schema.Columns[i].Name, err)
	}
	if t.Labels != nil {
		t.Labels[place] = u.rank[class]
		return nil
	}
	for k, j := range u.aims {
		if err := standardise(&t.Y[place*len(u.aims)+k], &u.schema.Targets[k], &row[j]); err != nil {
			return at(u.source, line, u.schema.Targets[k].Name, err)
		}
	}
	return nil
}

// readTest reads the test part from a file of its own.
func (s *Split) readTest(o Options) (err error) {
	r, err := Open(o.TestPath, &s.Schema, ReadOptions{Format: o.Format, DropMissing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if s.Test, err = r.ReadAll(); err != nil {
		return err
	}
	s.Report.Guesses = append(s.Report.Guesses, r.Notes()...)
	s.Report.Warnings = append(s.Report.Warnings, r.Remarks()...)
	s.Checksums[1] = r.Checksum()
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

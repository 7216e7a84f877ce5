package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/symvi/symvi/internal/memory"
)

// ReadTable reads a table, understands its columns, and standardises it by its training rows.
func ReadTable(path string, o Options) (s *Split, err error) {
	root := uciRoot(path)
	switch {
	case root != "":
		if err := o.fromUCI(root); err != nil {
			return nil, err
		}
	case o.Fold >= 0:
		return nil, fmt.Errorf("%s: --split %d: expected a directory of the layout of UCI_Datasets, "+
			"which has numbered splits", path, o.Fold)
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	in, err := openInput(path)
	if err != nil {
		return nil, err
	}
	in.limits = o.Limits.filled()
	if s, err = readTable(in, o, root); err == nil {
		s.Name = tableName(path)
	}
	return s, err
}

// readTable is ReadTable of an opened input with checked options; root is that of a directory of
// the UCI layout.
func readTable(in *input, o Options, root string) (s *Split, err error) {
	defer func() { err = oneLine(err) }()
	source, err := openSource(in, o.Format, hints{names: o.headerNames()})
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, source.close()) }()
	u, d, err := understand(source, o, root)
	if err != nil {
		return nil, err
	}
	if d.test == 0 && o.TestPath == "" && !o.Raw {
		return nil, fmt.Errorf("%s: expected a class with at least 2 rows, one of them to test on, "+
			"found none", in.path)
	}
	s = &Split{Report: u.report}
	if o.Admit != nil {
		if err := o.Admit(4 * float64(d.train+d.test) *
			float64(u.schema.Inputs+u.schema.Outputs)); err != nil {
			return nil, err
		}
	}
	if err := u.fill(s, d); err != nil {
		return nil, err
	}
	s.Schema, s.Checksums[0] = *u.schema, source.checksum()
	if o.TestPath != "" {
		return s, s.readTest(o)
	}
	return s, nil
}

// headerNames are the names that the flags expect in the header; numbers are none, unless they are
// large enough for years.
func (o *Options) headerNames() []string {
	names, _ := words(o.Target)
	return slices.DeleteFunc(names, func(name string) bool {
		n, number := parseNumber([]byte(name), '.')
		return number && n.value < 1000
	})
}

// tableName is the base name of a path without its extensions.
func tableName(path string) string {
	if path == Stdin {
		return "stdin"
	}
	name := filepath.Base(path)
	if uciRoot(path) == path && name == "data" { // of yacht/data
		return filepath.Base(filepath.Dir(path))
	}
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// deal sets rows apart for testing, unless they come from another file or a split in the directory
// root says which.
func (u *understanding) deal(root string) (*dealing, error) {
	switch {
	case u.options.TestPath != "", u.options.Raw:
		return dealAll(u.survey.rows), nil
	case root != "" && u.options.Fold >= 0:
		return dealUCI(root, u.options.Fold, u.survey.rows)
	}
	classes := 1
	if u.schema.Task == Classify {
		classes = u.schema.Outputs
	}
	return deal(u.survey.rows, classes, u.options.TestFraction, u.options.Seed), nil
}

// fill makes the parts of s, standardised, from what the survey has kept or else from another pass.
func (u *understanding) fill(s *Split, d *dealing) error {
	merging := u.newMergers()
	if !u.fillFromShelf(s, d, merging) {
		merging = u.newMergers()
		if err := u.read(s, d, merging); err != nil {
			return err
		}
	}
	if d.test == 0 {
		s.Test = nil
	}
	merging.remark(u.report)
	return nil
}

// read fills the parts of s from the source.
func (u *understanding) read(s *Split, d *dealing, merging mergers) error {
	u.survey.shelf = nil // its memory is for the table
	s.Train, s.Test = u.schema.table(d.train), u.schema.table(d.test)
	seen := make([]census, len(u.schema.Columns))
	return scan(u.source, u.reader, func(b *batch) error {
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
			u.lookForMerged(merging, b.first+i, b.row(i), part, place)
		}
		return nil
	})
}

// lookForMerged shows the numbers of row i and what became of them to merging.
func (u *understanding) lookForMerged(merging mergers, i int, row []cell, part *Table, place int) {
	if i >= mergerRows {
		return
	}
	at, x := 0, part.Row(place)
	for c := range u.schema.Columns {
		if v := &row[u.places[c]]; v.kind == cellNumber {
			merging[c].look(v.value, x[at])
		}
		at += u.schema.Columns[c].inputs()
	}
	for k, j := range u.aims {
		if part.Y != nil {
			merging[len(u.schema.Columns)+k].look(row[j].value, part.Y[place*len(u.aims)+k])
		}
	}
}

// table makes room for n rows.
func (s *Schema) table(n int) *Table {
	t := &Table{N: n, Inputs: s.Inputs, X: memory.Make[float32](n * s.Inputs)}
	if s.Task == Classify {
		t.Labels = make([]int32, n)
	} else {
		t.Y = make([]float32, n*s.Outputs)
	}
	return t
}

func (u *understanding) fillRow(t *Table, place int, row []cell, line int, seen []census,
	class int32) error {
	if i, err := u.schema.encodeRow(t.Row(place), row, u.places, seen); err != nil {
		return at(u.source, line, u.schema.Columns[i].Name, err)
	}
	if t.Labels != nil {
		t.Labels[place] = u.rank[class]
		return nil
	}
	for k, j := range u.aims {
		if err := standardize(&t.Y[place*len(u.aims)+k], &u.schema.Targets[k], &row[j]); err != nil {
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
	defer func() { err = cmp.Or(err, r.Close()) }()
	if s.Test, err = r.ReadAll(); err != nil {
		return err
	}
	s.Report.Guesses = append(s.Report.Guesses, r.Notes()...)
	s.Report.Warnings = append(s.Report.Warnings, r.Remarks()...)
	s.Checksums[1] = r.Checksum()
	return nil
}

// cause strips the operation and path off a file error, for messages that have named the file
// already.
func cause(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

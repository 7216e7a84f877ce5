package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// TargetUse says what a Reader does with the target columns.
type TargetUse int

const (
	TargetsNeeded   TargetUse = iota // rows without them are left out, as the training's were
	TargetsOptional                  // read where they are there
	TargetsIgnored                   // not read
)

// ReadOptions says how Open reads new rows.
type ReadOptions struct {
	Format  Format    // overrules what is found out about a text
	Targets TargetUse //
	Keep    []string  // names of columns whose text Chunk.Kept shall hold
	// DropMissing leaves rows with a missing value out, if the training did; else they are errors.
	DropMissing bool
}

// Chunk is a number of consecutive rows, ready for the network.
type Chunk struct {
	N      int
	X      []float32  // inputs, row-major N×Schema.Inputs
	Labels []int32    // N classes of Classify; nil if the file has no target
	Y      []float32  // standardised targets of Regress, row-major N×Schema.Outputs; or nil
	Known  []bool     // N: whether the row has its targets; nil if the file has none
	Kept   [][]string // N rows of the columns that were asked for
}

// Reader reads the rows of a file as a schema says, in chunks, in bounded memory.
type Reader struct {
	schema  *Schema
	options ReadOptions
	source  source
	cursor  cursor
	places  []int // columns of the source that schema.Columns are
	aims    []int // those of schema.Targets; nil if there are none
	keep    []int // those of options.Keep
	seen    []census
	batch   batch
	rows    int // read
	dropped int
	unaimed int // rows without a target, or of an unknown class
	aimless int // rows without a target that are left out
}

// Open prepares the file at path for reading; s is the training's schema. Columns are found by
// name, or by place where the training's file had no header; others are ignored.
func Open(path string, s *Schema, o ReadOptions) (*Reader, error) {
	if !s.IsTable() {
		return nil, fmt.Errorf("%s: the model was trained on images, not on a table", path)
	}
	in, err := openInput(path)
	if err != nil {
		return nil, err
	}
	in.limits = s.Limits.filled()
	return openReader(in, s, o)
}

// openReader is Open of an opened input, which it closes if there is an error.
func openReader(in *input, s *Schema, o ReadOptions) (*Reader, error) {
	r := &Reader{schema: s, options: o, seen: make([]census, len(s.Columns))}
	names, also := r.wanted()
	source, err := openSource(in, o.Format, hints{names: names, also: also, like: s.Format,
		known: true, keep: o.Keep})
	if err != nil {
		return nil, oneLine(err)
	}
	r.source = source
	if err := r.begin(); err != nil {
		return nil, oneLine(cmp.Or(fmt.Errorf("%s: %w", in.path, err), source.close()))
	}
	return r, nil
}

// wanted are the names of inputs that a header must have, those of the targets if no input's column
// has one, and the names of the targets; nil if the training's file had no header.
func (r *Reader) wanted() (names, also []string) {
	if r.schema.Format.Header == no {
		return nil, nil
	}
	names, also = headerNames(r.schema.Columns), headerNames(r.schema.Targets)
	if names == nil {
		names = also
	}
	return names, also
}

// headerNames are the names of columns that have one in the header.
func headerNames(columns []Column) (names []string) {
	for _, c := range columns {
		if c.Name != numberedName(c.Number) {
			names = append(names, c.Name)
		}
	}
	return names
}

// begin finds the columns and starts the pass.
func (r *Reader) begin() (err error) {
	names := columnNames(r.source)
	find := r.byName
	if r.schema.Format.Header == no {
		find = r.byNumber
	}
	if err := find(names); err != nil {
		return err
	}
	for _, name := range r.options.Keep {
		if err := r.source.layout().checkNamed(name, "keep"); err != nil {
			return err
		}
		found, err := findColumns(names, name, "keep")
		if err != nil {
			return err
		}
		r.keep = append(r.keep, found...)
	}
	cells := &cellReader{decimal: r.source.layout().decimalMark(), missing: r.schema.missingTexts(),
		readings: make([]*reading, len(names))}
	for i := range r.schema.Columns {
		cells.readings[r.places[i]] = r.schema.readingOf(&r.schema.Columns[i])
	}
	for k, j := range r.aims {
		cells.readings[j] = r.schema.readingOf(&r.schema.Targets[k])
	}
	r.cursor, err = r.source.open(cells)
	return err
}

// byName finds the columns by the names in the header.
func (r *Reader) byName(names []string) error {
	for _, c := range r.schema.Columns {
		i := slices.Index(names, c.Name)
		if i < 0 {
			return r.lacks(c.Name, names)
		}
		r.places = append(r.places, i)
	}
	if r.options.Targets == TargetsIgnored {
		return nil
	}
	for _, c := range r.schema.Targets {
		i := slices.Index(names, c.Name)
		switch {
		case i < 0 && r.options.Targets == TargetsNeeded:
			return r.lacks(c.Name, names)
		case i < 0:
			r.aims = nil
			return nil
		}
		r.aims = append(r.aims, i)
	}
	return nil
}

// lacks says which column is not there.
func (r *Reader) lacks(name string, names []string) error {
	if l := r.source.layout(); l != nil && l.Header == no {
		return fmt.Errorf("expected a header with a column %q as in training, found a first line of data",
			clip(name))
	}
	return fmt.Errorf("expected a column %q as in training, found only %s", clip(name),
		quoteList(names))
}

// byNumber finds the columns by their places in the training's file, of which the targets may be
// missing, or all that are no inputs.
func (r *Reader) byNumber(names []string) error {
	var aims []int
	for _, c := range r.schema.Targets {
		aims = append(aims, c.Number-1)
	}
	shift := func(place int) int { return place }
	switch len(names) {
	case r.schema.Width:
		if r.options.Targets != TargetsIgnored {
			r.aims = aims
		}
	case r.schema.Width - len(aims):
		shift = func(place int) int {
			before := 0
			for _, a := range aims {
				if a < place {
					before++
				}
			}
			return place - before
		}
	case len(r.schema.Columns):
		next := -1
		shift = func(int) int { next++; return next }
	default:
		return fmt.Errorf("expected %d columns as in training, or %d without the target, found %d",
			r.schema.Width, r.schema.Width-len(aims), len(names))
	}
	if r.aims == nil && r.options.Targets == TargetsNeeded {
		return fmt.Errorf("expected %d columns as in training, the target among them, found %d",
			r.schema.Width, len(names))
	}
	for _, c := range r.schema.Columns {
		r.places = append(r.places, shift(c.Number-1))
	}
	return nil
}

// Columns are the names of the file's columns.
func (r *Reader) Columns() []string { return columnNames(r.source) }

// Kept are the names of the columns whose text Chunk.Kept holds.
func (r *Reader) Kept() []string {
	var kept []string
	for _, i := range r.keep {
		kept = append(kept, r.Columns()[i])
	}
	return kept
}

// Notes say what was found out about the file, a line each.
func (r *Reader) Notes() []string { return r.source.notes() }

// Next fills c with the following rows, or returns io.EOF after the last. It reuses the memory of
// c, but for Kept.
func (r *Reader) Next(c *Chunk) error {
	c.N, c.X, c.Labels, c.Y, c.Known, c.Kept = 0, c.X[:0], nil, c.Y[:0], c.Known[:0], nil
	for c.N == 0 {
		if err := r.cursor.next(&r.batch); err != nil {
			return oneLine(err)
		}
		if err := r.source.layout().admit(&r.batch); err != nil {
			return oneLine(err)
		}
		for i, line := range r.batch.lines {
			if err := r.addRow(c, r.batch.row(i), line); err != nil {
				return err
			}
		}
	}
	return nil
}

// addRow adds a row to c, unless there is nothing in it or it is dropped.
func (r *Reader) addRow(c *Chunk, row []cell, line int) error {
	if !slices.ContainsFunc(row, func(v cell) bool { return len(v.text) > 0 }) {
		return nil
	}
	keep, err := r.admit(row, line)
	if err != nil || !keep {
		return err
	}
	n := len(c.X)
	c.X = slices.Grow(c.X, r.schema.Inputs)[:n+r.schema.Inputs]
	if i, err := r.schema.encodeRow(c.X[n:], row, r.places, r.seen); err != nil {
		return at(r.source, line, r.schema.Columns[i].Name, err)
	}
	if r.aims != nil {
		if err := r.addTargets(c, row, line); err != nil {
			return err
		}
	}
	if r.keep != nil {
		kept := make([]string, len(r.keep))
		for i, j := range r.keep {
			kept[i] = string(row[j].text)
		}
		c.Kept = append(c.Kept, kept)
	}
	c.N++
	r.rows++
	return nil
}

// admit decides what to do about missing values.
func (r *Reader) admit(row []cell, line int) (keep bool, err error) {
	for k, j := range r.aims {
		switch {
		case r.options.Targets != TargetsNeeded || row[j].kind != cellMissing:
		case r.schema.Missing == MissingError:
			return false, at(r.source, line, r.schema.Targets[k].Name,
				errors.New("expected a target, found none"))
		default:
			r.aimless++
			return false, nil
		}
	}
	if r.schema.Missing == MissingMean {
		return true, nil
	}
	for i, j := range r.places {
		if row[j].kind != cellMissing {
			continue
		}
		if r.schema.Missing == MissingDrop && r.options.DropMissing {
			r.dropped++
			return false, nil
		}
		return false, at(r.source, line, r.schema.Columns[i].Name,
			errors.New("expected a value, found none: the model was trained on rows without missing values"))
	}
	return true, nil
}

// addTargets adds the class or the standardised targets of a row.
func (r *Reader) addTargets(c *Chunk, row []cell, line int) error {
	known := true
	var label int32
	for k, j := range r.aims {
		z, l, err := r.target(k, &row[j])
		if err != nil && r.options.Targets == TargetsNeeded {
			return at(r.source, line, r.schema.Targets[k].Name, err)
		}
		known = known && err == nil
		if label = l; r.schema.Task == Regress {
			c.Y = append(c.Y, z)
		}
	}
	if r.schema.Task == Classify {
		c.Labels = append(c.Labels, label)
	}
	if !known {
		r.unaimed++
	}
	c.Known = append(c.Known, known)
	return nil
}

// target reads one target, either a standardised number or a class.
func (r *Reader) target(k int, v *cell) (z float32, label int32, err error) {
	switch {
	case v.kind == cellMissing:
		return 0, 0, errors.New("expected a target, found none")
	case r.schema.Task == Classify:
		label, err = r.schema.label(v)
		return 0, label, err
	case v.kind != cellNumber:
		return 0, 0, r.schema.Targets[k].notANumber(v)
	}
	err = standardize(&z, &r.schema.Targets[k], v)
	return z, 0, err
}

// Remarks say what in the rows so far was unlike the training's, a line each with counts.
func (r *Reader) Remarks() []string {
	remarks := r.schema.remarks(r.seen, r.rows, r.source.path())
	if l := r.source.layout(); l != nil && l.repeats > 0 {
		remarks = append(remarks, fmt.Sprintf("%s: %d lines repeat the header and are left out",
			r.source.path(), l.repeats))
	}
	for _, note := range r.source.layout().raggedNotes() {
		remarks = append(remarks, r.source.path()+": "+note)
	}
	if r.dropped > 0 {
		remarks = append(remarks, fmt.Sprintf("%s: %d rows with a missing value are left out",
			r.source.path(), r.dropped))
	}
	if r.aimless > 0 {
		remarks = append(remarks, fmt.Sprintf("%s: %d rows without a target are left out",
			r.source.path(), r.aimless))
	}
	if r.unaimed > 0 {
		remarks = append(remarks,
			fmt.Sprintf("%s: %d of %d rows have no target, or a class that training had not",
				r.source.path(), r.unaimed, r.rows))
	}
	return remarks
}

// remarks words a census.
func (s *Schema) remarks(seen []census, rows int, path string) []string {
	var remarks []string
	for i := range s.Columns {
		c, n := &s.Columns[i], &seen[i]
		if n.outside > 0 {
			remarks = append(remarks,
				fmt.Sprintf("%s: column %q: %d of %d rows lie outside the training's range %g … %g",
					path, clip(c.Name), n.outside, rows, c.Min, c.Max))
		}
		if n.unknown > 0 {
			remarks = append(remarks,
				fmt.Sprintf("%s: column %q: %d of %d rows have a text that training had not, like %q; all "+
					"its inputs are 0",
					path, clip(c.Name), n.unknown, rows, n.example))
		}
		if n.missing > 0 && !c.Indicator {
			remarks = append(remarks,
				fmt.Sprintf("%s: column %q: %d of %d rows are missing, which training had not; the mean "+
					"stands in",
					path, clip(c.Name), n.missing, rows))
		}
	}
	return remarks
}

// ReadAll reads all rows that are left into a table, which has at least one.
func (r *Reader) ReadAll() (*Table, error) {
	t := &Table{Inputs: r.schema.Inputs}
	c := &Chunk{}
	for {
		err := r.Next(c)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		t.N += c.N
		t.X, t.Y, t.Labels = append(t.X, c.X...), append(t.Y, c.Y...), append(t.Labels, c.Labels...)
	}
	if t.N == 0 {
		return nil, fmt.Errorf("%s: expected at least 1 row of data, found none",
			strings.TrimSpace(r.source.path()))
	}
	return t, nil
}

// Checksum is that of the file, decompressed, when all rows have been read.
func (r *Reader) Checksum() uint32 { return r.source.checksum() }

// Close releases the file.
func (r *Reader) Close() error { return cmp.Or(r.cursor.close(), r.source.close()) }

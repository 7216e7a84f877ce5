package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io"
)

// ownRows is how a text is read whose rows are no fields between separators, but have only some of
// the values: lines as LIBSVM and svmlight have them, rows of ARFF in braces, or lines that are
// laid out by position.
type ownRows struct {
	// read makes the cells of a record, which hold what is not written, and reports whether it is
	// a row.
	read func(row []cell, record []byte, r *cellReader, b *batch) (isRow bool, err error)
	// absent is what stands for a value that is not written, by column; "" for a missing one.
	absent []string
	// sparse is set where a value that is not written is 0, of which there may be more than a text
	// has characters. The rows have been counted then.
	sparse bool
}

// absentCells are the cells of a row of which nothing is written.
func (o *ownRows) absentCells(r *cellReader) []cell {
	cells := make([]cell, len(o.absent))
	for j, text := range o.absent {
		r.read(&cells[j], []byte(text), j)
	}
	return cells
}

// countRows counts the records of a text, so that it is known how large a table they make, and
// shows them to look.
func (s *textSource) countRows(look func(record []byte) error) error {
	c, err := s.start()
	if err != nil {
		return err
	}
	s.lines = 0
	for err = c.fill(batchRows); err == nil; err = c.fill(batchRows) {
		s.lines += len(c.ends)
		for i, line := range c.lines {
			if err := look(c.record(i)); err != nil {
				return cmp.Or(fmt.Errorf("%s: line %d: %w", s.in.path, line, err), c.close())
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return cmp.Or(err, c.close())
}

// splitOwn makes the cells of b, whose rows are read in a way of their own.
func (c *textCursor) splitOwn(b *batch) error {
	b.shape(len(b.ends), len(c.source.names))
	rows := 0
	for i := range b.ends {
		row, record := b.row(rows), b.texts[b.begins[i]:b.ends[i]]
		copy(row, c.absent)
		b.lines[rows] = b.lines[i]
		isRow, err := c.source.lay.rows.read(row, record, c.cells, b)
		if b.unknown.values > 0 && b.unknown.line == 0 {
			b.unknown.line = b.lines[i]
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", c.source.in.path, b.lines[i], err)
		}
		if isRow {
			rows++
		}
	}
	b.lines, b.cells = b.lines[:rows], b.cells[:rows*b.width]
	return nil
}

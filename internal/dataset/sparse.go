package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io"
)

// sparse is what is known of a text whose rows write only some of their values, the others being 0:
// lines as LIBSVM and svmlight have them, or rows of ARFF in braces.
type sparse struct {
	// read makes the cells of a record, which hold what is not written, and reports whether it is
	// a row.
	read func(row []cell, record []byte, r *cellReader, b *batch) (isRow bool, err error)
	// absent is what stands for a value that is not written, by column; "" for a missing one.
	absent []string
}

// absentCells are the cells of a row of which nothing is written.
func (s *sparse) absentCells(r *cellReader) []cell {
	cells := make([]cell, len(s.absent))
	for j, text := range s.absent {
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
	for s.lines = 0; err == nil; {
		if err = c.fill(batchRows); err != nil {
			break
		}
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

// splitSparse makes the cells of b, whose rows are sparse.
func (c *textCursor) splitSparse(b *batch) error {
	b.shape(len(b.ends), len(c.source.names))
	rows := 0
	for i := range b.ends {
		row, record := b.row(rows), b.texts[b.begins[i]:b.ends[i]]
		copy(row, c.absent)
		b.lines[rows] = b.lines[i]
		isRow, err := c.source.lay.sparse.read(row, record, c.cells, b)
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

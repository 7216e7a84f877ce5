package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// textCursor cuts a text into batches of records.
type textCursor struct {
	source   *textSource
	contents *contents // nil where all of the text is in memory
	text     io.Reader
	splitter splitter
	cells    *cellReader
	absent   []cell // of a row of which nothing is written
	pending  []byte // read, but not yet in a batch; a part of buffer
	buffer   []byte
	step     int    // how much the last call of read asked for, at least
	quotes   bool   // there have been some
	ended    bool   // text has no more
	header   []byte // a record that is the same is none
	line     int    // number of the line at which pending begins
	records  int    // in the batches so far

	raw   []byte // the text of the batch at hand
	ends  []int  // where its records end in raw
	start []int  // where they begin
	lines []int
}

// record is the text of record i of the batch at hand.
func (c *textCursor) record(i int) []byte { return c.raw[c.start[i]:c.ends[i]] }

// skipLines passes over whole lines and, where the header begins with #, over that.
func (c *textCursor) skipLines(n int) error {
	for range n {
		for bytes.IndexByte(c.pending, '\n') < 0 && !c.ended {
			if err := c.read(); err != nil {
				return err
			}
		}
		_, c.pending, _ = bytes.Cut(c.pending, []byte{'\n'})
		c.line++
	}
	if c.source.lay.hashed {
		if !c.ended {
			if err := c.read(); err != nil {
				return err
			}
		}
		c.pending = bytes.TrimLeft(c.pending, "# ")
	}
	return nil
}

// read adds to pending as much as it holds already, and at least twice what it asked for the last
// time: a small file takes little memory, a large one few calls.
func (c *textCursor) read() error {
	const first, most = 1 << 12, 1 << 16
	c.step = min(max(2*c.step, first), most)
	had := len(c.pending)
	want := had + max(had, c.step)
	if cap(c.buffer) < want {
		c.buffer = make([]byte, want+c.step)
	}
	c.buffer = c.buffer[:want]
	copy(c.buffer, c.pending) // to the front; they may overlap
	n, err := io.ReadFull(c.text, c.buffer[had:])
	c.pending = c.buffer[:had+n]
	c.quotes = c.quotes || c.source.lay.hasQuotes(c.pending[had:])
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		c.ended = true
		c.source.crc = c.contents.crc.Sum32()
	case err != nil:
		return fmt.Errorf("%s: behind line %d: %w", c.source.in.path, c.line, cause(err))
	}
	return nil
}

// fill cuts the next n records off pending, or as many as there are; io.EOF where there are none.
// Blank lines and comments are passed over.
func (c *textCursor) fill(n int) error {
	if c.ended && len(c.pending) == 0 {
		return io.EOF
	}
	if room := min(n, c.source.lines); cap(c.ends) < room {
		c.start, c.ends, c.lines = make([]int, 0, room), make([]int, 0, room), make([]int, 0, room)
	}
	c.start, c.ends, c.lines = c.start[:0], c.ends[:0], c.lines[:0]
	used := 0
	for len(c.ends) < n {
		end := -1
		if c.quotes && used < len(c.pending) {
			end = c.splitter.recordEnd(c.pending[used:])
		} else {
			end = bytes.IndexByte(c.pending[used:], '\n')
		}
		if end < 0 && !c.ended {
			if len(c.pending)-used > c.source.in.limits.Line {
				return c.tooLong()
			}
			if err := c.read(); err != nil {
				return err
			}
			continue
		}
		if end < 0 {
			if used == len(c.pending) {
				break
			}
			if end = len(c.pending) - used; c.quotes && c.openQuote(c.pending[used:]) {
				return fmt.Errorf("%s: line %d: expected a closing quote, found the end of the file",
					c.source.in.path, c.line)
			}
		}
		if end > c.source.in.limits.Line {
			return c.tooLong()
		}
		record := c.pending[used : used+end]
		if more := len(record) - len(c.header); c.header != nil && 0 <= more &&
			more <= 1+len(byteOrderMark) && c.isHeader(record) {
			c.source.lay.repeats++
		} else if beginsPlainly(record) || !c.splitter.emptyLine(record) {
			c.start, c.ends, c.lines = append(c.start, used), append(c.ends, used+end), append(c.lines,
				c.line)
		}
		c.line++
		if c.quotes {
			c.line += bytes.Count(record, []byte{'\n'})
		}
		used = min(used+end+1, len(c.pending))
	}
	c.raw = c.pending[:used]
	c.pending = c.pending[used:]
	if len(c.ends) == 0 {
		return io.EOF
	}
	return nil
}

// isHeader reports whether a record repeats the header.
func (c *textCursor) isHeader(record []byte) bool {
	return bytes.Equal(bytes.TrimSuffix(trimMarks(record), []byte{'\r'}), c.header)
}

// tooLong refuses the line at hand.
func (c *textCursor) tooLong() error {
	return fmt.Errorf("%s: line %d: expected lines of at most %d bytes, found a longer one or an "+
		"open quote; "+
		"--max-line allows more", c.source.in.path, c.line, c.source.in.limits.Line)
}

// openQuote reports whether the last record ends inside quotes.
func (c *textCursor) openQuote(record []byte) bool {
	return c.splitter.recordEnd(append(append([]byte{}, record...), '\n')) < 0
}

// next cuts off the next records and splits them into cells.
func (c *textCursor) next(b *batch) error {
	if err := c.cut(b); err != nil {
		return err
	}
	return c.split(b)
}

// cut fills b with the text of the next records. It is quick; split is what takes time, and may be
// done for several batches at once.
func (c *textCursor) cut(b *batch) error {
	if err := c.fill(batchSize(len(c.source.names))); err != nil {
		return err
	}
	b.first = c.records
	b.footer, b.filled, b.unknown = footer{}, filledLines{}, unknownIndices{}
	if b.texts = c.raw; c.contents != nil { // which is to be read over
		b.texts = append(b.copied[:0], c.raw...)
		b.copied = b.texts
	}
	c.records += len(c.ends)
	b.lines, c.lines = c.lines, b.lines
	b.begins, c.start = c.start, b.begins
	b.ends, c.ends = c.ends, b.ends
	return nil
}

// split makes the cells of b.
func (c *textCursor) split(b *batch) error {
	lay := c.source.lay
	quotes := lay.hasQuotes(b.texts)
	if lay.rows == nil && !quotes && c.splitLanes(b) {
		return nil
	}
	if lay.Encoding == utf8Encoding && !utf8.Valid(b.texts) {
		if err := c.invalid(b); err != nil {
			return err
		}
	}
	if lay.rows != nil {
		return c.splitOwn(b)
	}
	b.shape(len(b.ends), len(c.source.names))
	separator := lay.separator
	b.splitter.separator, b.splitter.comment = separator, lay.comment()
	b.splitter.quote = lay.quote
	b.splitter.unquoted = b.splitter.unquoted[:0]
	plain, rows := separator != ' ' && !quotes, 0
	for i := range b.ends {
		record := b.texts[b.begins[i]:b.ends[i]]
		isRow := plain && len(record) <= c.source.in.limits.Field &&
			c.cells.readPlain(b.row(i), record, separator)
		if !isRow {
			var err error
			if isRow, err = c.splitRecord(b, i, record); err != nil {
				return err
			}
		}
		switch {
		case isRow && b.footer.line > 0:
			return b.footer.err
		case isRow:
			rows++
		}
	}
	b.lines, b.cells = b.lines[:rows], b.cells[:rows*b.width]
	return nil
}

// splitRecord makes the cells of record i, or reports that it is no row.
func (c *textCursor) splitRecord(b *batch, i int, record []byte) (isRow bool, err error) {
	fields, row := b.splitter.split(record), b.row(i)
	for len(fields) > len(row) && len(fields[len(fields)-1]) == 0 {
		fields = fields[:len(fields)-1] // separators at the end of some lines
	}
	if len(fields) != len(row) {
		if fields, err = c.ragged(b, i, record, fields); fields == nil {
			return false, err
		}
	}
	for j, field := range fields {
		if most := c.source.in.limits.Field; len(field) > most {
			return false, fmt.Errorf("%s: line %d, field %d: expected at most %d bytes, found %d; "+
				"--max-field allows more",
				c.source.in.path, b.lines[i], j+1, most, len(field))
		}
		c.cells.read(&row[j], field, j)
	}
	return true, nil
}

// invalid names the first record that is not UTF-8; nil if only a comment is not.
func (c *textCursor) invalid(b *batch) error {
	for i, line := range b.lines {
		if !utf8.Valid(b.texts[b.begins[i]:b.ends[i]]) {
			return fmt.Errorf("%s: line %d: expected UTF-8, found other bytes; say --encoding latin-1",
				c.source.in.path, line)
		}
	}
	return nil
}

// shortText is a text that is split in less time than goroutines take to begin, in bytes.
const shortText = 1 << 16

func (c *textCursor) short() bool {
	return len(c.source.text) > 0 &&
		len(c.source.text) <= shortText
}

func (c *textCursor) close() error {
	if c.contents == nil {
		return nil
	}
	return c.contents.Close()
}

// carriageReader turns carriage returns into line feeds.
type carriageReader struct{ io.Reader }

func (r carriageReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

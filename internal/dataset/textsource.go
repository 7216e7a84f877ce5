package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
)

// maxRecord is the longest record of a text, in bytes.
const maxRecord = 32 << 20

// maxColumns is the most columns that a table may have.
const maxColumns = 1 << 20

// textSource is a table in a text of separated fields.
type textSource struct {
	in         *input
	lay        *layout
	names      []string
	headerLine []byte // the record that has the names; nil without one
	crc        uint32
	text       []byte // all of it, decoded, where it is short; else nil
	lines      int    // about so many
}

// newTextSource finds out the layout of a text; hint says what it should be like.
func newTextSource(in *input, f Format, hint hints) (*textSource, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	sample, whole, encoding, note, err := readSample(in, f.Encoding, hint.like.Encoding)
	if err != nil {
		return nil, err
	}
	f.Encoding, f.Ragged = encoding, cmp.Or(f.Ragged, hint.like.Ragged)
	l, err := guessLayout(f, sample, whole, in.extension(), hint)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	if note != "" {
		l.notes = append([]string{note}, l.notes...)
	}
	s := &textSource{in: in, lay: l, lines: bytes.Count(sample, []byte{'\n'}) + 1}
	if l.carriage {
		s.lines = bytes.Count(sample, []byte{'\r'}) + 1
	}
	if !whole { // the rest may have shorter lines
		s.lines = int(1.05 * float64(s.lines) * in.growth())
	}
	if whole {
		s.text, s.crc = sample, crc32.Checksum(in.head, castagnoli)
		if l.Quote == escaped {
			s.text = unescape(s.text)
		}
		if l.carriage {
			s.text = bytes.ReplaceAll(s.text, []byte{'\r'}, []byte{'\n'})
		}
	}
	return s, s.readHeader()
}

// readSample returns the beginning of a text, decoded, and whether that is all of it. What is not
// UTF-8 has the encoding of another file, if that was neither.
func readSample(in *input, encoding, like string) (sample []byte, whole bool, found, note string,
	err error) {
	if encoding == "" {
		var why string
		if encoding, why = guessEncoding(in.head); encoding == latin1Encoding && like != "" &&
			!strings.HasPrefix(like, "utf-") {
			encoding = like
		}
		if why != "" {
			note = fmt.Sprintf("encoding %s, %s", encoding, why)
		}
	}
	if encoding == utf8Encoding {
		return trimMarks(in.head), in.whole, encoding, note, nil
	}
	text, err := decode(bytes.NewReader(in.head), encoding)
	if err != nil {
		return nil, false, "", "", fmt.Errorf("%s: %w", in.path, err)
	}
	if sample, err = io.ReadAll(text); err != nil && in.whole {
		return nil, false, "", "", fmt.Errorf("%s: %w", in.path, err)
	}
	return sample, in.whole, encoding, note, nil
}

// readHeader reads the names, or counts the fields of the first record.
func (s *textSource) readHeader() error {
	if s.lay.pairs != nil {
		return s.readIndices()
	}
	if s.lay.arff {
		s.names = slices.Clone(s.lay.names)
		if err := s.in.limits.checkColumns(len(s.names)); err != nil {
			return fmt.Errorf("%s: %w", s.in.path, err)
		}
		if err := s.checkNames(); err != nil || s.lay.rows == nil {
			return err
		}
		return s.countRows(func([]byte) error { return nil })
	}
	c, err := s.start()
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.fill(1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(c.ends) == 0 {
		return fmt.Errorf("%s: expected a table, found no line with fields", s.in.path)
	}
	fields := c.splitter.split(c.record(0))
	if s.lay.Header == yes {
		switch s.lay.unnamed {
		case 1:
			fields = append([][]byte{nil}, fields...)
		case -1:
			fields = append(fields, nil)
		}
	}
	if err := s.in.limits.checkColumns(len(fields)); err != nil {
		return fmt.Errorf("%s: line %d: %w", s.in.path, c.lines[0], err)
	}
	if s.lay.Header != yes {
		s.names = make([]string, len(fields))
		return nil
	}
	s.headerLine = bytes.TrimSuffix(bytes.Clone(c.record(0)), []byte{'\r'})
	s.names = fieldsOf(fields)
	return s.checkNames()
}

func (s *textSource) path() string          { return s.in.path }
func (s *textSource) header() []string      { return s.names }
func (s *textSource) layout() *layout       { return s.lay }
func (s *textSource) notes() []string       { return s.lay.notes }
func (s *textSource) checksum() uint32      { return s.crc }
func (s *textSource) close() error          { return s.in.close() }
func (s *textSource) place(line int) string { return fmt.Sprintf("line %d", line) }

// about is the number of lines, but no more than room is made for at once: as many values as the
// text has bytes, each of which ends with one; where only the file's are known, or 64 MiB of them,
// so that no contents' beginning promises more than the file has.
func (s *textSource) about() int {
	if s.lay.rows != nil && s.lay.rows.sparse {
		return s.lines // which have been counted
	}
	room := max(s.in.size, 1<<24)
	if s.text != nil {
		room = int64(len(s.text))
	}
	return min(s.lines, int(room)/max(len(s.names), 1))
}

// start begins a pass at the header.
func (s *textSource) start() (*textCursor, error) {
	c := &textCursor{source: s, line: 1,
		splitter: splitter{separator: s.lay.separator, quote: s.lay.quote,
			comment: s.lay.comment()}}
	if s.text != nil {
		c.pending, c.ended, c.quotes = s.text, true, s.lay.hasQuotes(s.text)
		return c, c.skipLines(s.lay.skip)
	}
	contents, err := s.in.openContents()
	if err != nil {
		return nil, err
	}
	text, err := decode(contents, s.lay.Encoding)
	if err != nil {
		return nil, cmp.Or(fmt.Errorf("%s: %w", s.in.path, err), contents.Close())
	}
	if s.lay.carriage {
		text = carriageReader{text}
	}
	if s.lay.Quote == escaped {
		text = &unescaper{Reader: bufio.NewReader(text)}
	}
	c.contents, c.text = contents, text
	return c, c.skipLines(s.lay.skip)
}

// open begins a pass behind the header.
func (s *textSource) open(r *cellReader) (cursor, error) {
	c, err := s.start()
	if err != nil {
		return nil, err
	}
	c.cells = r
	if s.lay.rows != nil {
		c.absent = s.lay.rows.absentCells(r)
	}
	if s.lay.Header == yes && !s.lay.arff && s.lay.pairs == nil {
		for range 1 + s.lay.below {
			if err := c.fill(1); err != nil && !errors.Is(err, io.EOF) {
				return nil, cmp.Or(err, c.close())
			}
		}
	}
	c.header, s.lay.repeats = s.headerLine, 0
	s.lay.footer, s.lay.filled, s.lay.unknown = footer{}, filledLines{}, unknownIndices{}
	return c, nil
}

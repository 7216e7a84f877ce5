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
	"strconv"
	"strings"
	"unicode/utf8"
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
	if s.lay.arff {
		s.names = slices.Clone(s.lay.names)
		if err := s.in.limits.checkColumns(len(s.names)); err != nil {
			return fmt.Errorf("%s: %w", s.in.path, err)
		}
		return s.checkNames()
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

// checkNames refuses names that cannot be printed, and gives columns of one name different ones.
func (s *textSource) checkNames() error {
	for i, name := range s.names {
		if !utf8.ValidString(name) {
			return fmt.Errorf("%s: header: expected UTF-8 in the name of column %d, found %q; "+
				"say --encoding latin-1", s.in.path, i+1, clip(name))
		}
	}
	s.lay.repeated = distinctNames(s.names)
	if n := len(s.lay.repeated); n > 0 {
		first := s.lay.repeated[0]
		more := ""
		if n > 1 {
			more = fmt.Sprintf(" (and %d other names)", n-1)
		}
		s.lay.note("columns of the same name: the second %q%s is %q, and so on; is the first line one "+
			"of data? then say --no-header", clip(first.name), more, clip(s.names[first.columns[1]]))
	}
	return nil
}

// repeatedName is a name that several columns have.
type repeatedName struct {
	name    string
	columns []int // from 0
}

// distinctNames makes x.2, x.3, … of all but the first of the names x, unless another column has
// that name, and returns the names that were there more than once.
func distinctNames(names []string) []repeatedName {
	var repeats []repeatedName
	seen := make(map[string]int, len(names)) // first column of a name, or −1 − its place in repeats
	for i, name := range names {
		first, again := seen[name]
		switch {
		case name == "":
		case !again:
			seen[name] = i
		case first >= 0:
			seen[name] = -1 - len(repeats)
			repeats = append(repeats, repeatedName{name, []int{first, i}})
		default:
			r := &repeats[-1-first]
			r.columns = append(r.columns, i)
		}
	}
	for _, r := range repeats {
		number := 2
		for _, i := range r.columns[1:] {
			for ; ; number++ {
				names[i] = r.name + "." + strconv.Itoa(number)
				if _, taken := seen[names[i]]; !taken {
					break
				}
			}
			seen[names[i]] = i
		}
	}
	return repeats
}

// checkNamed refuses a list, given by a flag, with a name that several columns have.
func (l *layout) checkNamed(list, flag string) error {
	if l == nil || len(l.repeated) == 0 {
		return nil
	}
	wanted, err := words(list)
	if err != nil { // which findColumns says, or one name with a quote in it
		wanted = []string{list}
	}
	for _, r := range l.repeated {
		if slices.Contains(wanted, r.name) {
			return fmt.Errorf("--%s: expected the name of one column, found %q for columns %d and %d; "+
				"say a column's number", flag, clip(r.name), r.columns[0]+1, r.columns[1]+1)
		}
	}
	return nil
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
		c.pending, c.ended, c.quotes = s.text, true, bytes.IndexByte(s.text, s.lay.quote) >= 0
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
	if s.lay.Header == yes && !s.lay.arff {
		for range 1 + s.lay.below {
			if err := c.fill(1); err != nil && !errors.Is(err, io.EOF) {
				return nil, cmp.Or(err, c.close())
			}
		}
	}
	c.header, s.lay.repeats = s.headerLine, 0
	s.lay.footer, s.lay.filled = footer{}, filledLines{}
	return c, nil
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

// textCursor cuts a text into batches of records.
type textCursor struct {
	source   *textSource
	contents *contents // nil where all of the text is in memory
	text     io.Reader
	splitter splitter
	cells    *cellReader
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
	c.quotes = c.quotes || bytes.IndexByte(c.pending[had:], c.source.lay.quote) >= 0
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
			if end = len(c.pending) - used; c.openQuote(c.pending[used:]) {
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
	b.footer, b.filled = footer{}, filledLines{}
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
	quotes := bytes.IndexByte(b.texts, c.source.lay.quote) >= 0
	if !quotes && c.splitLanes(b) {
		return nil
	}
	if c.source.lay.Encoding == utf8Encoding && !utf8.Valid(b.texts) {
		if err := c.invalid(b); err != nil {
			return err
		}
	}
	b.shape(len(b.ends), len(c.source.names))
	separator := c.source.lay.separator
	b.splitter.separator, b.splitter.comment = separator, c.source.lay.comment()
	b.splitter.quote = c.source.lay.quote
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

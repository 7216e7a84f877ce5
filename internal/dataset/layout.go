package dataset

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/symvi/symvi/internal/magic"
)

// layout is a Format ready for use, and what else was found out about a text.
type layout struct {
	Format
	separator byte // ' ' for blanks
	decimal   byte
	quote     byte
	carriage  bool // lines end in a carriage return alone
	below     int  // records below the header that are none, such as units
	repeats   int  // records of the last pass that repeat the header, and are left out
	footer    footer
	filled    filledLines
	skip      int  // lines before the header or first record: comments and "sep="
	comments  bool // lines that begin with # are comments
	arff      bool // those that begin with % are, and names come from attributes
	names     []string
	unnamed   int  // where the header lacks a name: 1 for the first column, −1 for the last one
	hashed    bool // the header begins with #, as numpy.savetxt writes it
	repeated  []repeatedName
	scratch   []byte
	splitter  splitter
	notes     []string

	rows    *ownRows       // nil where rows are fields between separators
	pairs   *pairs         // of rows of LIBSVM
	unknown unknownIndices // in new ones
	aligned *aligned       // of rows by position
}

// decimalMark is that of its numbers, a point where numbers are no text.
func (l *layout) decimalMark() byte {
	if l == nil {
		return '.'
	}
	return l.decimal
}

// sampleSize is how much of the beginning of a text decides its layout, in bytes.
const sampleSize = 1 << 20

// sampleRecords is how many records do, at most, and sampleFields how many fields where there are
// many in a record.
const (
	sampleRecords = 1000
	sampleFields  = 1 << 13
)

// guessLayout finds out the rest of a format from the beginning of a text in UTF-8.
func guessLayout(f Format, sample []byte, whole bool, extension string, hint hints) (*layout,
	error) {
	l := &layout{Format: f}
	l.carriage = bytes.IndexByte(sample, '\n') < 0 && bytes.IndexByte(sample, '\r') >= 0
	if l.carriage {
		sample = bytes.ReplaceAll(sample, []byte{'\r'}, []byte{'\n'})
		l.note("lines end in carriage returns")
	}
	if end := bytes.LastIndexByte(sample, '\n'); !whole && end >= 0 {
		sample = sample[:end+1]
	}
	if at := bytes.IndexByte(sample, 0); at >= 0 {
		return nil, fmt.Errorf("expected text, found a zero byte in line %d: a binary file, or UTF-32? "+
			"UTF-16 without a byte order mark "+
			"is read with --encoding utf-16", 1+bytes.Count(sample[:at], []byte{'\n'}))
	}
	if other := magic.Text(sample); other != "" {
		return nil, fmt.Errorf("expected separated fields, found %s: %s", other, wayOut(other))
	}
	if isARFF(sample) {
		return l, l.readARFF(sample)
	}
	if f.Separator == "" && looksPaired(sample, hint.like.Sparse) {
		l.readAsPairs(sample, hint)
		return l, nil
	}
	sample = l.guessQuote(sample, hint.like.Quote)
	rest := l.skipPreamble(sample)
	if err := l.guessSeparator(rest, extension, hint); err != nil {
		return nil, err
	}
	if hint.like.Header != no {
		l.adoptHashedHeader(sample, rest, hint.names)
	}
	byPosition := f.Separator == "" && l.separator == ' ' && l.Header == "" &&
		l.agreement(rest, ' ') < 1 && l.align(rest)
	switch {
	case byPosition:
	case !l.hashed && l.Header != no && !l.skipTitle(rest, hint), l.Header == no:
		l.skipCaptions(rest)
	}
	records := l.sample(sample)
	if len(records) == 0 {
		return nil, fmt.Errorf("expected a table, found an empty file")
	}
	records = l.guessComments(records)
	if l.aligned == nil {
		l.guessRowNames(records)
	}
	l.guessDecimal(records, hint.like)
	l.guessHeader(records, hint)
	l.guessBelow(records)
	if hint.like.Header == "" {
		l.remarkCodes(records)
	}
	return l, nil
}

func (l *layout) note(format string, args ...any) {
	l.notes = append(l.notes, visible(fmt.Sprintf(format, args...)))
}

// split is the layout's splitter, for the given separator, whose fields are of no use any more.
func (l *layout) split(separator byte, comments bool) *splitter {
	l.splitter.separator, l.splitter.quote, l.splitter.comment = separator, l.quote, 0
	if comments {
		l.splitter.comment = l.comment()
	}
	l.splitter.unquoted = nil
	return &l.splitter
}

// comment is the character that begins a line that is no record, 0 for none.
func (l *layout) comment() byte {
	switch {
	case l.arff:
		return '%'
	case l.comments:
		return '#'
	}
	return 0
}

// sample splits the first records.
func (l *layout) sample(text []byte) [][]string {
	s := l.split(l.separator, l.comments)
	for range l.skip {
		_, text = cutLine(text)
	}
	if l.hashed {
		text = bytes.TrimLeft(text, "# ")
	}
	const most = 1 << 16 // bytes of all that room is made for at first
	all := make([]byte, 0, min(len(text), most))
	ends := make([]uint32, 0, min(len(text)/2+1, 2*sampleRecords)) // of fields in all, and of
	var widths []uint32                                            // records in fields
	for len(text) > 0 && len(widths) < sampleRecords && (len(widths) < fewRows ||
		len(ends) < sampleFields) {
		end := s.recordEnd(text)
		if end < 0 {
			end = len(text)
		}
		fields := s.split(text[:end])
		if l.aligned != nil && len(fields) > 0 {
			fields, _ = l.aligned.cells(fields, text[:end]) // none where the cut line is the last
		}
		if len(fields) > 0 {
			for _, f := range fields {
				all = append(all, trimWide(f)...)
				ends = append(ends, uint32(len(all)))
			}
			widths = append(widths, uint32(len(fields)))
		}
		text = text[min(end+1, len(text)):]
	}
	joined, begin, fields := string(all), uint32(0), make([]string, len(ends))
	for i, end := range ends {
		fields[i], begin = joined[begin:end], end
	}
	records := make([][]string, len(widths))
	for i, n := range widths {
		records[i], fields = fields[:n:n], fields[n:]
	}
	return records
}

// hasQuotes reports whether there may be a field in quotes in text.
func (l *layout) hasQuotes(text []byte) bool {
	return l.rows == nil && bytes.IndexByte(text, l.quote) >= 0
}

// fieldsOf copies the fields of a record.
func fieldsOf(fields [][]byte) []string {
	record := make([]string, len(fields))
	for i, f := range fields {
		record[i] = string(trimWide(f))
	}
	return record
}

// shorten shows the beginning of a record.
func shorten(record []string) string {
	return clip(strings.Join(record, ", "))
}

package dataset

import (
	"bytes"
	"fmt"
	"unicode"
)

// footer is what stands below a table and is no row: from the first line that is prose on, no line
// has as many fields as there are columns.
type footer struct {
	line  int    // where it begins; 0 for none
	lines int    // how many
	text  string // the first of them
	err   error  // what is wrong with that if there are rows behind it
}

// filledLines are lines with too few fields, what lacks in which is missing.
type filledLines struct {
	lines, first int // how many, and which is the first
}

// ragged takes in a record with another number of fields than columns. It returns the fields, made
// as many, none for a part of a footer, or why it is neither.
func (c *textCursor) ragged(b *batch, i int, record []byte, fields [][]byte) ([][]byte, error) {
	lay, width := c.source.lay, len(c.source.names)
	short := len(fields) < width
	prose := b.footer.line == 0 && isProse(trimBlanks(record), fields, lay.separator == ' ')
	if b.footer.line > 0 && short {
		b.footer.lines++
		return nil, nil
	}
	if short && lay.Ragged == raggedFill && !(prose && len(fields) == 1) {
		if b.filled.lines++; b.filled.lines == 1 {
			b.filled.first = b.lines[i]
		}
		return append(fields, make([][]byte, width-len(fields))...), nil
	}
	what, hint := "as in the header", ""
	if lay.Header == no {
		what = "as in the first line"
	}
	switch {
	case short && lay.separator == ' ':
		hint = "; between blanks an empty field is no field: write NA, or separate by commas"
	case short:
		hint = "; --ragged fill takes what lacks for missing values"
	}
	text := clip(string(trimBlanks(record[:min(len(record), 2*maxQuoted)])))
	err := fmt.Errorf("%s: line %d: expected %d fields %s (separator %s), found %d: %q%s",
		c.source.in.path, b.lines[i], width, what, lay.Separator, len(fields), text, hint)
	if prose && lay.Ragged != raggedError && (short || lay.separator == ' ') {
		b.footer = footer{b.lines[i], 1, text, err}
		return nil, nil
	}
	return nil, err
}

// isProse reports whether a line looks like a remark below a table, not like a row that was cut
// off: it has a letter and few numbers, and a star or bracket in front, or a colon, an equals sign
// or three words in its first field; blanks tells that fields are separated by them.
func isProse(text []byte, fields [][]byte, blanks bool) bool {
	numbers := 0
	for _, field := range fields {
		if isPlain(field, '.') {
			numbers++
		}
	}
	first := fields[0]
	if 2*numbers > len(fields) || isPlain(first, '.') || !bytes.ContainsFunc(text, unicode.IsLetter) {
		return false
	}
	if blanks {
		first = text
	}
	return bytes.ContainsAny(text[:1], "*([") || bytes.HasPrefix(text, []byte("©")) ||
		bytes.ContainsAny(first, ":=") || len(bytes.Fields(first)) > 2
}

// admit takes in what a batch, in order, has found out about ragged lines, or refuses a row behind
// a footer.
func (l *layout) admit(b *batch) error {
	if l == nil {
		return nil
	}
	if l.footer.line > 0 && len(b.lines) > 0 {
		return l.footer.err
	}
	if b.footer.line > 0 {
		lines := l.footer.lines + b.footer.lines
		if l.footer.line == 0 {
			l.footer = b.footer
		}
		l.footer.lines = lines
	}
	if b.unknown.values > 0 {
		if l.unknown.values == 0 {
			l.unknown = b.unknown
			l.unknown.values = 0
		}
		l.unknown.values += b.unknown.values
	}
	if b.filled.lines > 0 {
		if l.filled.lines == 0 {
			l.filled.first = b.filled.first
		}
		l.filled.lines += b.filled.lines
	}
	return nil
}

// raggedNotes say what a pass has found out about ragged lines.
func (l *layout) raggedNotes() (notes []string) {
	if l == nil {
		return nil
	}
	if f := l.footer; f.line > 0 {
		notes = append(notes, fmt.Sprintf("%s (%q, from line %d on); else say --ragged error",
			linesLeftOut(f.lines, "below the table"), f.text, f.line))
	}
	if f := l.filled; f.lines > 0 {
		notes = append(notes, fmt.Sprintf("%d lines have too few fields, line %d first: what lacks is "+
			"missing, as --ragged fill says", f.lines, f.first))
	}
	if x := l.unknown; x.values > 0 {
		notes = append(notes, fmt.Sprintf("values left out, of indices that are no input, such as %d in "+
			"line %d: %d", x.index, x.line, x.values))
	}
	return notes
}

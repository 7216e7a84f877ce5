package dataset

import "bytes"

// splitter cuts text into records and records into fields, as RFC 4180 says: a field that begins
// with a quote ends with one, may hold separators and line ends, and a doubled quote stands for
// one.
type splitter struct {
	separator byte // ' ' stands for runs of blanks
	quote     byte // '"' or '\''; 0 stands for the former
	comment   byte // lines that begin with it are no records; 0 for none
	fields    [][]byte
	unquoted  []byte // where fields with doubled quotes are put together; never shortened here
}

// mark is the character around fields.
func (s *splitter) mark() byte {
	if s.quote == 0 {
		return '"'
	}
	return s.quote
}

// recordEnd returns where the first record of text ends, at a line feed, or −1 if the end is
// not in text.
func (s *splitter) recordEnd(text []byte) int {
	end := bytes.IndexByte(text, '\n')
	line := text
	if end >= 0 {
		line = text[:end]
	}
	quote := s.mark()
	if bytes.IndexByte(line, quote) < 0 || s.comment != 0 && line[0] == s.comment {
		return end
	}
	quoted, start := false, true // start: a quote here would open a field
	for i, c := range text {
		switch {
		case quoted:
			quoted = c != quote // a doubled quote closes and opens again at once
			start = !quoted
		case c == quote && start:
			quoted = true
		case c == '\n':
			return i
		default:
			start = c == s.separator || start && (c == ' ' || c == '\t')
		}
	}
	return -1
}

// empty reports whether a record is none: a blank line, a comment, the end of a DOS file, or a
// rule of dashes, as databases and Markdown draw it.
func (s *splitter) empty(record []byte) bool {
	return !beginsPlainly(record) && s.emptyLine(record)
}

// beginsPlainly reports whether a record begins as most do, with a letter or a digit.
func beginsPlainly(record []byte) bool {
	return len(record) > 0 &&
		(record[0] > '|' || record[0]-'0' <= 9 || record[0]|0x20-'a' < 26)
}

// emptyLine is empty of a line that may be.
func (s *splitter) emptyLine(record []byte) bool {
	const endOfFile = 0x1a
	return s.comment != 0 && len(record) > 0 && record[0] == s.comment ||
		len(record) == 1 && record[0] == endOfFile || isRule(trimBlanks(record))
}

// isRule reports whether a line consists of dashes and what crosses them, or of nothing.
func isRule(line []byte) bool {
	dashes := 0
	for _, c := range line {
		switch c {
		case '-', '=':
			dashes++
		case '+', '|', ':', ' ':
		default:
			return false
		}
	}
	return len(line) == 0 || dashes > 2
}

// split returns the fields of a record, without blanks and quotes around them; none where it is
// empty. They share the memory of record and unquoted.
func (s *splitter) split(record []byte) [][]byte {
	s.fields = s.fields[:0]
	if s.empty(record) {
		return nil
	}
	rest := trimBlanks(record)
	if s.separator != ' ' { // blanks inside may be empty fields of a table with tabs
		rest = record
	}
	for {
		var field []byte
		var more bool
		field, rest, more = s.field(rest)
		s.fields = append(s.fields, field)
		if !more {
			return s.fields
		}
	}
}

// field cuts off the first field and reports whether there are more.
func (s *splitter) field(text []byte) (field, rest []byte, more bool) {
	if open := s.trimLeft(text); len(open) > 0 && open[0] == s.mark() {
		var after []byte
		field, after = s.quoted(open[1:])
		tail, rest, more := s.cut(after)
		if tail = s.trim(tail); len(tail) > 0 { // "a"b: as spreadsheets read it
			field = append(append([]byte{}, field...), tail...)
		}
		return trimBlanks(field), rest, more
	}
	field, rest, more = s.cut(text)
	return s.trim(field), rest, more
}

// cut splits text at the first separator.
func (s *splitter) cut(text []byte) (before, after []byte, found bool) {
	if s.separator == ' ' {
		at := bytes.IndexAny(text, " \t")
		if at < 0 {
			return text, nil, false
		}
		return text[:at], s.trimLeft(text[at:]), true
	}
	at := bytes.IndexByte(text, s.separator)
	if at < 0 {
		return text, nil, false
	}
	return text[:at], text[at+1:], true
}

// quoted reads to the closing quote and returns what is behind it.
func (s *splitter) quoted(text []byte) (field, rest []byte) {
	start, quote := len(s.unquoted), s.mark()
	for {
		at := bytes.IndexByte(text, quote)
		if at < 0 { // the record ends inside quotes
			at = len(text)
		}
		doubled := at+1 < len(text) && text[at+1] == quote
		if !doubled && len(s.unquoted) == start {
			return text[:at], text[min(at+1, len(text)):]
		}
		s.unquoted = append(s.unquoted, text[:at]...)
		if !doubled {
			return s.unquoted[start:len(s.unquoted):len(s.unquoted)], text[min(at+1, len(text)):]
		}
		s.unquoted = append(s.unquoted, quote)
		text = text[at+2:]
	}
}

// trim cuts off the blanks around a field, but for separators.
func (s *splitter) trim(field []byte) []byte {
	if len(field) > 0 && field[0] > ' ' && field[len(field)-1] > ' ' {
		return field
	}
	return trimBlanks(field)
}

func (s *splitter) trimLeft(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t' && s.separator != '\t') {
		text = text[1:]
	}
	return text
}

// trimBlanks cuts off spaces, tabs and line ends.
func trimBlanks(text []byte) []byte {
	for len(text) > 0 && isBlank(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isBlank(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

func isBlank(c byte) bool {
	return c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n')
}

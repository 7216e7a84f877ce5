package dataset

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// skipPreamble passes over the lines before the table and returns the rest.
func (l *layout) skipPreamble(sample []byte) []byte {
	if line, rest := cutLine(sample); len(line) == len("sep=")+1 &&
		bytes.EqualFold(line[:len("sep=")], []byte("sep=")) {
		l.skip = 1
		if l.Separator == "" {
			l.Separator = separatorName(line[len("sep=")])
			l.note("separator %s, from the line %q", l.Separator, line)
		}
		return rest
	}
	rest := sample
	for {
		line, after := cutLine(rest)
		if len(line) == 0 || line[0] != '#' {
			break
		}
		l.comments = true
		l.skip++
		rest = after
	}
	if l.comments {
		l.note("lines that begin with # are comments")
	}
	return rest
}

// titleLines is how far down the header is looked for.
const titleLines = 50

// skipTitle passes over the lines above the first one that has all the names that are wanted, and
// those that are there in one line with them, if they are. It reports whether there is that line.
func (l *layout) skipTitle(text []byte, hint hints) (found bool) {
	n := l.lineWith(text, slices.Concat(hint.names, hint.also))
	if n < 0 {
		n = l.lineWith(text, hint.names)
	}
	if n > 0 {
		l.skip += n
		l.note("%s", linesLeftOut(n, "above the header"))
	}
	return n >= 0
}

// lineWith is the number, from 0, of the line on which the first record begins that has all the
// names, of which one is no number; −1 if there is none.
func (l *layout) lineWith(text []byte, names []string) int {
	s := l.split(l.separator, false)
	if !slices.ContainsFunc(names, func(name string) bool { return !l.numbers([]string{name}) }) {
		return -1
	}
	for n := 0; n < titleLines; {
		record, rest := s.cutRecord(text)
		if namesAll(fieldsOf(s.split(record)), names) {
			return n
		}
		n += 1 + bytes.Count(record, []byte{'\n'})
		text = rest
	}
	return -1
}

// skipCaptions passes over lines with fewer fields, by at least two, than nearly all behind them.
func (l *layout) skipCaptions(text []byte) {
	s := l.split(l.separator, false)
	var widths, begins []int // of records, and the lines on which they begin
	counts := map[int]int{}
	for line := 0; len(text) > 0 && len(widths) < sampleRecords; {
		record, rest := s.cutRecord(text)
		text = rest
		n := len(s.split(record))
		widths, begins = append(widths, n), append(begins, line)
		line += 1 + bytes.Count(record, []byte{'\n'})
		if counts[n]++; len(widths) == 2 && widths[0] == n {
			return
		}
	}
	most := 0
	for n := range counts {
		if n > 2 && (counts[n] > counts[most] || most == 0) {
			most = n
		}
	}
	first := slices.Index(widths, most)
	if most == 0 || first < 1 || 20*counts[most] < 19*(len(widths)-first-counts[0]) {
		return
	}
	above := slices.Max(widths[:first])
	if above == 0 || above > most-2 { // a header may lack one name
		return
	}
	l.skip += begins[first]
	l.note("%s", linesLeftOut(begins[first], "above the table"))
}

// maxHeaderLines is the most lines of a record that is looked at for captions: quotes that open
// nothing reach further.
const maxHeaderLines = 20

// cutRecord returns the first record of text and what follows it; the first line where a quote
// is open for too long.
func (s *splitter) cutRecord(text []byte) (record, rest []byte) {
	end := s.recordEnd(text)
	if end < 0 || bytes.Count(text[:end], []byte{'\n'}) > maxHeaderLines {
		return cutLine(text)
	}
	return bytes.TrimSuffix(text[:end], []byte{'\r'}), text[end+1:]
}

// linesLeftOut says that n lines are.
func linesLeftOut(n int, where string) string {
	if n == 1 {
		return "1 line " + where + " is left out"
	}
	return fmt.Sprintf("%d lines %s are left out", n, where)
}

// guessComments takes lines among the rows for comments if they begin with # as comments do, and
// have another number of fields than the first, as no other line that begins with # has. It returns
// the other records.
func (l *layout) guessComments(records [][]string) [][]string {
	found := false
	for _, record := range records[1:] {
		switch begins := strings.HasPrefix(record[0], "#"); {
		case begins && len(record) == len(records[0]), l.comments:
			return records
		case begins && len(record[0]) > 1:
			found = found || isBlank(record[0][1]) || record[0][1] == '#' ||
				unicode.IsLetter(rune(record[0][1]))
		}
	}
	if !found || strings.HasPrefix(records[0][0], "#") {
		return records
	}
	l.comments = true
	l.note("lines that begin with # are comments")
	return slices.DeleteFunc(records, func(r []string) bool { return strings.HasPrefix(r[0], "#") })
}

// cutLine returns the first line of text and what follows it.
func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'}), rest
}

func firstLine(text []byte) []byte {
	line, _ := cutLine(text)
	return line
}

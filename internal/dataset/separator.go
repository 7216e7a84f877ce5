package dataset

import (
	"fmt"
	"strconv"
	"strings"
)

// separators are the separators with names, in the order in which they are tried: a comma may be a
// decimal mark and a blank part of a name, so they come last.
var separators = []struct {
	name string
	char byte
}{{"tab", '\t'}, {"semicolon", ';'}, {"pipe", '|'}, {comma, ','}, {blanks, ' '}}

// separatorChar is the separator as a character, 0 if it is to be found out.
func (f Format) separatorChar() (byte, error) {
	for _, s := range separators {
		if f.Separator == s.name {
			return s.char, nil
		}
	}
	s := f.Separator
	if strings.HasPrefix(s, `\`) && len(s) > 1 { // \t, \x01
		if char, _, rest, err := strconv.UnquoteChar(s, 0); err == nil && rest == "" {
			s = string(char)
		}
	}
	switch {
	case s == "":
		return 0, nil
	case s == "\t":
		return '\t', nil
	case len(s) == 1 && s[0] != 0 && s[0] < 0x7f && !strings.Contains("\"#.+- \r\n", s) &&
		(s[0] < '0' || s[0] > '9'):
		return s[0], nil
	}
	return 0, fmt.Errorf("separator %q: expected comma, semicolon, tab, pipe, blanks or a character "+
		"of ASCII", f.Separator)
}

// separatorName is the name of a separator.
func separatorName(char byte) string {
	for _, s := range separators {
		if char == s.char {
			return s.name
		}
	}
	if char < ' ' {
		return fmt.Sprintf(`\x%02x`, char)
	}
	return string(char)
}

// rareSeparators are separators where all lines agree, and wordMarks those that must make the names
// that are wanted, too, as they are within names and numbers.
const (
	rareSeparators = "^~:!\x01\x1f"
	wordMarks      = "&@%$/=*_\\"
)

// guessSeparator picks the separator that most lines have equally often.
func (l *layout) guessSeparator(text []byte, extension string, hint hints) (err error) {
	if l.separator, err = l.separatorChar(); err != nil {
		return err
	}
	if l.separator != 0 {
		l.Separator = separatorName(l.separator)
		return nil
	}
	if l.separator = l.likeHint(firstLine(text), hint); l.separator != 0 {
		return nil
	}
	best, bestShare := byte(','), 0.0
	for _, s := range separators {
		if share := l.agreement(text, s.char); share > bestShare {
			best, bestShare = s.char, share
		}
		if s.name == hint.like.Separator && bestShare > 0 && l.agreement(text, s.char) == bestShare {
			best = s.char
			break
		}
	}
	for _, rare := range []byte(rareSeparators + wordMarks) {
		if bestShare > 0 || l.agreement(text, rare) < 1 {
			continue
		}
		l.separator = rare
		if strings.IndexByte(wordMarks, rare) < 0 || l.lineWith(text, hint.names) >= 0 {
			best, bestShare = rare, 1
		}
	}
	l.separator, l.Separator = best, separatorName(best)
	usual := best == ',' && extension != ".tsv" || best == '\t' && extension == ".tsv"
	if !usual && bestShare > 0 {
		l.note("separator %s", l.Separator)
	}
	return nil
}

// likeHint takes the separator of another file if the first line, split by it, has the names that
// are wanted; else it returns 0.
func (l *layout) likeHint(line []byte, hint hints) byte {
	char, err := hint.like.separatorChar()
	if err != nil || char == 0 || hint.like.Header == no {
		return 0
	}
	s := l.split(char, false)
	if !namesAll(fieldsOf(s.split(line)), hint.names) {
		return 0
	}
	l.Separator = separatorName(char)
	return char
}

// agreement is the share of records that have as many fields, at least two, as most do.
func (l *layout) agreement(text []byte, separator byte) float64 {
	s := l.split(separator, l.comments)
	counts := map[int]int{}
	records := 0
	for records < sampleRecords && len(text) > 0 {
		end := s.recordEnd(text)
		if end < 0 {
			end = len(text)
		}
		if fields := s.split(text[:end]); len(fields) > 0 {
			counts[len(fields)]++
			records++
		}
		text = text[min(end+1, len(text)):]
	}
	most := 0
	for fields, n := range counts {
		if fields > 1 {
			most = max(most, n)
		}
	}
	return float64(most) / float64(max(records, 1))
}

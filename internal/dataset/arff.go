package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// isARFF reports whether a text is one of Weka's: @relation is in its first line that is neither
// blank nor a comment, which % begins.
func isARFF(text []byte) bool {
	for len(text) > 0 {
		var line []byte
		line, text = cutLine(text)
		if line = trimBlanks(line); len(line) > 0 && line[0] != '%' {
			return hasWord(line, "@relation")
		}
	}
	return false
}

// hasWord reports whether a line begins with a word, in any letter case.
func hasWord(line []byte, word string) bool {
	return len(line) >= len(word) && strings.EqualFold(string(line[:len(word)]), word) &&
		(len(line) == len(word) || isBlank(line[len(word)]))
}

// readARFF takes the names of the columns from the attributes, and passes over all in front of the
// rows.
func (l *layout) readARFF(text []byte) error {
	l.Separator, l.separator, l.Decimal, l.decimal = comma, ',', point, '.'
	l.Header, l.arff = yes, true
	var absent []string
	for len(text) > 0 {
		var line []byte
		line, text = cutLine(text)
		l.skip++
		switch line = trimBlanks(line); {
		case hasWord(line, "@attribute"):
			name, kind, err := attribute(line[len("@attribute"):])
			if err != nil {
				return fmt.Errorf("line %d: %w", l.skip, err)
			}
			l.names, absent = append(l.names, name), append(absent, absentValue(kind))
		case hasWord(line, "@data"):
			if len(l.names) == 0 {
				return errors.New("expected @attribute lines in front of @data, found none")
			}
			l.note("ARFF: the names are those of the attributes")
			if firstRowInBraces(text) {
				l.rows = &ownRows{read: readBraces, absent: absent, sparse: true}
				l.note("rows in braces (sparse): what is not written is 0, or the first of the values that " +
					"the attribute names")
				return nil
			}
			if l.quote = '"'; bytes.IndexByte(text, '"') < 0 {
				l.quote = '\''
			}
			l.separateARFF(text)
			return nil
		}
	}
	return errors.New("expected a line @data behind @relation, found none")
}

// separateARFF takes tabs or blanks for separators where the first row has no comma.
func (l *layout) separateARFF(rows []byte) {
	for len(rows) > 0 {
		var line []byte
		line, rows = cutLine(rows)
		if line = trimBlanks(line); len(line) == 0 || line[0] == '%' {
			continue
		}
		for _, s := range separators {
			if l.Separator != comma || len(l.names) < 2 || bytes.IndexByte(line, ',') >= 0 {
				return
			}
			if bytes.IndexByte(line, s.char) >= 0 {
				l.Separator, l.separator = s.name, s.char
			}
		}
		return
	}
}

// attribute reads a name, which may have quotes around it, and the type behind it.
func attribute(text []byte) (name string, kind []byte, err error) {
	text = trimBlanks(text)
	end, behind := bytes.IndexAny(text, " \t{"), 0
	if len(text) > 0 && (text[0] == '\'' || text[0] == '"') {
		quote := text[0]
		text, behind = text[1:], 1
		end = bytes.IndexByte(text, quote)
	}
	if end <= 0 {
		return "", nil, fmt.Errorf("expected a name and a type behind @attribute, found %q",
			clip(string(text)))
	}
	return string(text[:end]), trimBlanks(text[end+behind:]), nil
}

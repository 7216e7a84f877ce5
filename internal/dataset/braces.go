package dataset

import (
	"bytes"
	"fmt"
	"strconv"
)

// absentValue is what stands, by the specification of ARFF, for a value of an attribute of the
// given type that a row in braces does not have: 0, or the first of the values that the type names.
// A text or a date has no such value, and is missing.
func absentValue(kind []byte) string {
	if len(kind) == 0 || kind[0] != '{' {
		if hasWord(kind, "string") || hasWord(kind, "date") {
			return ""
		}
		return "0"
	}
	first, _ := cutValue(bytes.TrimLeft(kind[1:], " \t"))
	return string(first)
}

// firstRowInBraces reports whether the first row is sparse.
func firstRowInBraces(rows []byte) bool {
	for len(rows) > 0 {
		var line []byte
		line, rows = cutLine(rows)
		if line = trimBlanks(line); len(line) > 0 && line[0] != '%' {
			return line[0] == '{'
		}
	}
	return false
}

// readBraces makes the cells of a row such as {1 3.5, 4 yes}: indices from 0 that grow, and values.
func readBraces(row []cell, record []byte, r *cellReader, _ *batch) (isRow bool, err error) {
	record = trimBlanks(record)
	if len(record) < 2 || record[0] != '{' || record[len(record)-1] != '}' {
		return false, fmt.Errorf("expected a row in braces as the first one, found %q",
			clip(string(record)))
	}
	last, rest := firstPair, trimBlanks(record[1:len(record)-1])
	for len(rest) > 0 {
		word, behind := cutWord(rest)
		n, err := strconv.ParseUint(string(word), 10, 31)
		index := int(n)
		switch {
		case err != nil || index >= len(row):
			return false, fmt.Errorf("expected the number of an attribute, 0 to %d, found %q", len(row)-1,
				clip(string(word)))
		case index <= last:
			return false, fmt.Errorf("expected numbers of attributes that grow, found %d behind %d", index,
				last)
		}
		value, behind := cutValue(bytes.TrimLeft(behind, " \t"))
		if len(value) == 0 {
			return false, fmt.Errorf("expected a value behind the number %d of an attribute, found none",
				index)
		}
		r.read(&row[index], value, index)
		last = index
		if behind = trimBlanks(behind); len(behind) > 0 && behind[0] != ',' {
			return false, fmt.Errorf("expected a comma behind the value %q, found %q",
				clip(string(value)), clip(string(behind)))
		}
		if len(behind) > 0 {
			behind = trimBlanks(behind[1:])
		}
		rest = behind
	}
	return true, nil
}

// cutValue cuts a value off text: what is between quotes, in which a backslash makes a quote one of
// the value's, or else what is in front of a comma or brace.
func cutValue(text []byte) (value, rest []byte) {
	if len(text) == 0 || text[0] != '\'' && text[0] != '"' {
		end := bytes.IndexAny(text, ",}")
		if end < 0 {
			end = len(text)
		}
		return trimBlanks(text[:end]), text[end:]
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[0]:
			return unescapeValue(text[1:i]), text[i+1:]
		}
	}
	return nil, text // a quote that does not close
}

// unescapeValue takes the backslashes out that stand in front of something.
func unescapeValue(value []byte) []byte {
	if bytes.IndexByte(value, '\\') < 0 {
		return value
	}
	plain := make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+1 < len(value) {
			i++
		}
		plain = append(plain, value[i])
	}
	return plain
}

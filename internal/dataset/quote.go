package dataset

import "bytes"

// guessQuote finds out what is around fields, and returns the sample as RFC 4180 would have it:
// single quotes if there are no double ones and all lines of the beginning, but for the header,
// have a field between two of them. What another file had is enough where nothing speaks against
// it.
func (l *layout) guessQuote(sample []byte, like string) []byte {
	doubles := bytes.IndexByte(sample, '"') >= 0
	switch {
	case l.Quote != "":
	case doubles && (escapesQuotes(sample) || like == escaped &&
		bytes.Contains(sample, []byte(`\"`))):
		l.Quote = escaped
		l.note(`\" within quotes stands for a quote`)
	case !doubles && (singleQuotes(sample) || like == single && bytes.IndexByte(sample, '\'') >= 0):
		l.Quote = single
		l.note("single quotes around fields")
	}
	if l.quote = '"'; l.Quote == single {
		l.quote = '\''
	}
	if l.Quote == escaped {
		return unescape(sample)
	}
	return sample
}

// singleQuotes reports whether all lines of the beginning, but for the header, have a field between
// two single quotes.
func singleQuotes(text []byte) bool {
	lines, between := 0, 0
	for ; len(text) > 0 && lines < titleLines; lines++ {
		var line []byte
		if line, text = cutLine(text); betweenQuotes(line) {
			between++
		}
	}
	return between > 0 && between >= lines-1
}

// betweenQuotes reports whether a field of a line, whatever the separator, has single quotes
// around it.
func betweenQuotes(line []byte) bool {
	for _, s := range separators {
		opened := false
		for field := range bytes.SplitSeq(line, []byte{s.char}) {
			if field = trimBlanks(field); len(field) == 0 {
				continue
			}
			end := field[len(field)-1] == '\''
			if opened && end || len(field) > 1 && field[0] == '\'' && end {
				return true
			}
			opened = opened || field[0] == '\''
		}
	}
	return false
}

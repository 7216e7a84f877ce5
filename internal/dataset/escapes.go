package dataset

import (
	"bufio"
	"bytes"
	"io"
)

// escaped is the Format.Quote of double quotes within which \" stands for one, as MySQL and
// programs that think of JSON write them.
const escaped = "escaped"

// unescaper makes "" of every \", so that what follows reads quotes as RFC 4180 has them. No byte
// moves. A backslash behind a backslash escapes nothing.
type unescaper struct {
	*bufio.Reader
	literal bool // the next byte is what the last backslash stands in front of
}

func (r *unescaper) Read(p []byte) (n int, err error) {
	for ; n < len(p); n++ {
		c, err := r.ReadByte()
		if err != nil {
			return n, err
		}
		switch next, _ := r.Peek(1); {
		case r.literal:
			r.literal = false
		case c == '\\' && len(next) > 0 && (next[0] == '"' || next[0] == '\\'):
			r.literal, c = true, next[0]
		}
		p[n] = c
	}
	return n, nil
}

// unescape is what an unescaper makes of text.
func unescape(text []byte) []byte {
	whole := make([]byte, len(text))
	n, _ := io.ReadFull(&unescaper{Reader: bufio.NewReader(bytes.NewReader(text))}, whole)
	return whole[:n]
}

// escapesQuotes reports whether \" is within a quoted field of text, as what is behind it is
// neither a separator nor an end nor another quote.
func escapesQuotes(text []byte) bool {
	const ends = "\",;\t| \r\n"
	for at := 0; ; {
		next := bytes.Index(text[at:], []byte(`\"`))
		if next < 0 || at+next+2 >= len(text) {
			return false
		}
		at += next + 2
		if bytes.IndexByte([]byte(ends), text[at]) < 0 && opensQuote(text[:at-2]) {
			return true
		}
	}
}

// opensQuote reports whether the last line of text has a field that begins with a quote.
func opensQuote(text []byte) bool {
	line := text[bytes.LastIndexByte(text, '\n')+1:]
	for i, c := range line {
		if c == '"' && (i == 0 || bytes.IndexByte([]byte(",;\t| "), line[i-1]) >= 0) {
			return true
		}
	}
	return false
}

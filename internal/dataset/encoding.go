package dataset

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"

	"github.com/symvi/symvi/internal/magic"
)

const (
	utf8Encoding    = "utf-8"
	utf16Encoding   = "utf-16" // with a byte order mark, else little-endian
	utf16beEncoding = "utf-16be"
	utf32Encoding   = "utf-32" // as utf-16
	latin1Encoding  = "latin-1"
)

const byteOrderMark = "\ufeff" // in UTF-8

// guessEncoding tells the encoding from the beginning of a text.
func guessEncoding(start []byte) (name, why string) {
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe\x00\x00")),
		bytes.HasPrefix(start, []byte("\x00\x00\xfe\xff")):
		return utf32Encoding, "from its byte order mark"
	case bytes.HasPrefix(start, []byte(byteOrderMark)):
		return utf8Encoding, "with a byte order mark"
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return utf16Encoding, "from its byte order mark"
	case halfZeros(start, 1):
		return utf16Encoding, "as every other byte is zero"
	case halfZeros(start, 0):
		return utf16beEncoding, "as every other byte is zero"
	case !utf8.Valid(magic.WholeRunes(start)):
		return latin1Encoding, fmt.Sprintf("as line %d is not UTF-8; else say --encoding "+
			"(windows-1251, gbk, …)", firstInvalid(start))
	}
	return utf8Encoding, ""
}

// firstInvalid is the number of the first line that is not UTF-8.
func firstInvalid(text []byte) (line int) {
	for line = 1; ; line++ {
		end := bytes.IndexByte(text, '\n')
		if end < 0 || !utf8.Valid(text[:end]) {
			return line
		}
		text = text[end+1:]
	}
}

// halfZeros reports whether nearly every second byte of the beginning of a text, from the given one
// on, is zero, and no other is: text of mostly Latin letters in UTF-16.
func halfZeros(start []byte, first int) bool {
	start = start[:min(len(start), 1<<10)]
	zeros, others := 0, 0
	for i, c := range start {
		switch {
		case c != 0:
		case i%2 == first:
			zeros++
		default:
			others++
		}
	}
	return len(start) > 7 && others == 0 && 10*zeros > 9*(len(start)/2)
}

// encodingOf is the encoding of the given name: one of those that are found out, or any that
// browsers know, such as windows-1251, gbk or shift_jis.
func encodingOf(name string) (encoding.Encoding, error) {
	switch name {
	case utf8Encoding:
		return unicode.UTF8, nil
	case utf16Encoding:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), nil
	case utf16beEncoding:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), nil
	case utf32Encoding:
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), nil
	case latin1Encoding: // Windows-1252, which has the letters of Latin-1 and more
		return charmap.Windows1252, nil
	}
	e, err := htmlindex.Get(name)
	if err != nil || e == encoding.Replacement {
		return nil, fmt.Errorf("encoding %q: expected %s, %s, %s, %s, %s, or the name of another, such "+
			"as windows-1251, gbk or shift_jis", clip(name), utf8Encoding, utf16Encoding, utf16beEncoding,
			utf32Encoding, latin1Encoding)
	}
	return e, nil
}

// decode returns r as UTF-8 without byte order marks.
func decode(r io.Reader, name string) (io.Reader, error) {
	e, err := encodingOf(name)
	if err != nil {
		return nil, err
	}
	if name != utf8Encoding {
		return transform.NewReader(r, e.NewDecoder()), nil
	}
	buffered := bufio.NewReader(r)
	for {
		start, _ := buffered.Peek(len(byteOrderMark))
		if string(start) != byteOrderMark {
			return buffered, nil
		}
		if _, err := buffered.Discard(len(byteOrderMark)); err != nil {
			return nil, err
		}
	}
}

// trimMarks cuts the byte order marks off the beginning of a text in UTF-8.
func trimMarks(text []byte) []byte {
	for bytes.HasPrefix(text, []byte(byteOrderMark)) {
		text = text[len(byteOrderMark):]
	}
	return text
}

package dataset

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encodings are the encodings of text that Format.Encoding can name.
func Encodings() []string {
	return []string{utf8Encoding, utf16Encoding, utf16beEncoding, latin1Encoding}
}

const (
	utf8Encoding    = "utf-8"
	utf16Encoding   = "utf-16" // with a byte order mark, else little-endian
	utf16beEncoding = "utf-16be"
	latin1Encoding  = "latin-1"
)

const byteOrderMark = "\ufeff" // in UTF-8

// guessEncoding tells the encoding from the beginning of a text.
func guessEncoding(start []byte) (name, why string) {
	switch {
	case bytes.HasPrefix(start, []byte(byteOrderMark)):
		return utf8Encoding, "with a byte order mark"
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return utf16Encoding, "from its byte order mark"
	case halfZeros(start, 1):
		return utf16Encoding, "as every other byte is zero"
	case halfZeros(start, 0):
		return utf16beEncoding, "as every other byte is zero"
	case !utf8.Valid(wholeRunes(start)):
		return latin1Encoding, "as it is not UTF-8"
	}
	return utf8Encoding, ""
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

// wholeRunes cuts off the beginning of a character whose end is not in text.
func wholeRunes(text []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return text[:len(text)-n]
			}
			break
		}
	}
	return text
}

// decode returns r as UTF-8 without a byte order mark.
func decode(r io.Reader, encoding string) (io.Reader, error) {
	switch encoding {
	case utf8Encoding:
		buffered := bufio.NewReader(r)
		if start, _ := buffered.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
			if _, err := buffered.Discard(len(byteOrderMark)); err != nil {
				return nil, err
			}
		}
		return buffered, nil
	case utf16Encoding:
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian,
			unicode.UseBOM).NewDecoder()), nil
	case utf16beEncoding:
		return transform.NewReader(r, unicode.UTF16(unicode.BigEndian,
			unicode.UseBOM).NewDecoder()), nil
	case latin1Encoding: // Windows-1252, which has the letters of Latin-1 and more
		return transform.NewReader(r, charmap.Windows1252.NewDecoder()), nil
	}
	return nil, fmt.Errorf("encoding %q: expected one of %s", encoding, quoteList(Encodings()))
}

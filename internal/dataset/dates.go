package dataset

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// dateLayouts are ways to write dates and times; single digits are read by them too, and fractions
// of a second.
const dateLayouts = `2006-1-2|2006/1/2|2006.1.2|2/1/2006|1/2/2006|2.1.2006|2-1-2006|1-2-2006
2/1/06|1/2/06|2.1.06|2-1-06|2-Jan-2006|2-Jan-06|2 Jan 2006|2. Jan 2006|2Jan2006|2 January 2006
2. January 2006|Jan 2, 2006|Jan 2 2006|January 2, 2006|January 2 2006|2006-Jan-2|Mon, 2 Jan 2006
Mon 2 Jan 2006|Monday, January 2, 2006|Mon 2006-1-2|2006年1月2日|2006-002
2006-1|2006/1|Jan-06|Jan-2006|Jan 2006|January 2006|2006-Jan|1/2006|2006年1月
15:04|15:04:05|3:04 PM|3:04PM|3:04:05 PM|3:04:05PM|3 PM|3PM
2006-1-2 15:04|2006-1-2 15:04:05|2006-1-2T15:04|2006-1-2T15:04:05|2006-1-2T15:04Z|2006-1-2T15:04:05Z
2006-1-2T15:04:05-07:00|2006-1-2T15:04:05-0700|2006-1-2T15:04-07:00|2006-1-2 15:04:05-07:00
2006-1-2 15:04:05-07|2006-1-2 15:04:05 -0700|2006-1-2 15:04:05 -07:00|2006-1-2 15:04:05 MST
2006-1-2 15:04:05 -0700 MST|2006-1-2 15:04:05Z|2006-1-2 3:04 PM|2006-1-2 3:04:05 PM|2006-1-2 15
2006-1-2T15|2006/1/2 15:04|2006/1/2 15:04:05|2006.1.2 15:04|2006.1.2 15:04:05
2/1/2006 15:04|1/2/2006 15:04|2/1/2006 15:04:05|1/2/2006 15:04:05|2/1/2006, 15:04:05
1/2/2006, 3:04:05 PM|1/2/06, 3:04:05 PM|2/1/06 15:04|1/2/06 15:04|2/1/06 15:04:05|1/2/06 15:04:05
1/2/2006 3:04 PM|2/1/2006 3:04 PM|1/2/2006 3:04:05 PM|2/1/2006 3:04:05 PM|1/2/06 3:04 PM
2.1.2006 15:04|2.1.2006 15:04:05|2.1.2006, 15:04|2.1.06 15:04|2.1.06 15:04:05|2-1-2006 15:04
2-1-2006 15:04:05|1-2-2006 15:04|1-2-2006 15:04:05|2-Jan-2006 15:04|2-Jan-2006 15:04:05
2-Jan-06 15:04|2-Jan-06 15:04:05|2-Jan-06 03.04.05 PM|2 Jan 2006 15:04|2 Jan 2006 15:04:05
2 Jan 2006, 15:04|2Jan2006:15:04:05|2Jan2006 15:04:05|Jan 2, 2006 15:04|Jan 2, 2006 15:04:05
Jan 2, 2006 3:04 PM|Jan 2, 2006, 3:04 PM|Jan 2, 2006 3:04:05 PM|Jan 2, 2006, 3:04:05 PM
Mon Jan 2 15:04:05 2006|Mon Jan 2 15:04:05 MST 2006|Mon, 2 Jan 2006 15:04:05 MST
Mon, 2 Jan 2006 15:04:05 -0700|2/Jan/2006:15:04:05 -0700|[2/Jan/2006:15:04:05 -0700]
20060102T150405|20060102T150405Z|20060102T1504|20060102 150405|20060102 15:04:05`

// datesByShape are those layouts by their shapes, made when the first text is looked at.
var datesByShape = sync.OnceValue(func() map[string][]string {
	shapes := map[string][]string{}
	for _, layout := range strings.FieldsFunc(dateLayouts, func(r rune) bool {
		return r == '|' || r == '\n'
	}) {
		shape := string(dateShape(nil, []byte(layout)))
		shapes[shape] = append(shapes[shape], layout)
	}
	return shapes
})

// dateShape appends what layouts and the dates that they fit have in common: 0 for digits, a for
// letters, - for signs, without the fraction of a second.
func dateShape(shape, text []byte) []byte {
	colons := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		last := byte(0)
		if len(shape) > 0 {
			last = shape[len(shape)-1]
		}
		switch {
		case r == '.' && colons > 1 && last == '0':
			for i < len(text) && text[i]-'0' <= 9 {
				i++
			}
		case '0' <= r && r <= '9':
			if last != '0' {
				shape = append(shape, '0')
			}
		case unicode.IsLetter(r):
			if last != 'a' {
				shape = append(shape, 'a')
			}
		case r == '+', r == '-', r == '\u2010', r == '\u2011':
			shape = append(shape, '-')
		case r == ':':
			colons++
			shape = append(shape, ':')
		default:
			shape = utf8.AppendRune(shape, r)
		}
	}
	return shape
}

// periods are parts of a year, and lengths of time: 2019-W05, 2019Q1, P1DT2H, 2 days 03:00:00,
// 5h 20m, 75:13.
var periods = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\d{4}[- ]?[QHW]\d{1,2}(-\d)?|[QH]\d[- /]\d{4}` +
		`|[-+]?P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?` +
		`|-?\d+ days?,? [-+]?\d+:\d\d:\d\d(\.\d+)?|-?(\d+:)?\d+:[0-5]\d(\.\d+)?` +
		`|(\d+ ?d(ays?)? ?)?\d+ ?h(ours?|rs?)?,? ?\d+ ?m(in(utes?|s)?)?( ?\d+ ?s(ec(onds?|s)?)?)?` +
		`|\d+ ?m(in(utes?|s)?)? ?\d+ ?s(ec(onds?|s)?)?)$`)
})

const leastDate, mostDate = 4, 40 // bytes

// isDate reports whether text is a date, a time, a part of a year or a length of time.
func isDate(text []byte) bool {
	if len(text) < leastDate || len(text) > mostDate || !bytes.ContainsAny(text, "0123456789") {
		return false
	}
	var room [2 * mostDate]byte
	if layouts := datesByShape()[string(dateShape(room[:0], text))]; layouts != nil {
		date := string(text)
		for _, layout := range layouts {
			if _, err := time.Parse(layout, date); err == nil {
				return true
			}
		}
	}
	return periods().Match(text)
}

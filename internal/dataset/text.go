package dataset

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxQuoted = 60 // bytes of a value that an error repeats
	maxListed = 20 // names that an error lists
)

// clip shortens s, at a character boundary, to what an error should repeat.
func clip(s string) string {
	if len(s) <= maxQuoted {
		return s
	}
	end := maxQuoted
	for end > maxQuoted-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// visible shows control characters, which names and values may hold, as dots: what is printed keeps
// to its line, and tells a terminal nothing.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '·'
		}
		return r
	}, text)
}

// lineError is an error whose text keeps to one line, also where that of a library does not.
type lineError struct{ error }

func (e lineError) Error() string { return visible(e.error.Error()) }
func (e lineError) Unwrap() error { return e.error }

// oneLine makes one line of the text of err, if it is more.
func oneLine(err error) error {
	if err == nil || !strings.ContainsFunc(err.Error(), unicode.IsControl) {
		return err
	}
	return lineError{err}
}

// quoteList lists names for an error, each quoted, and says how many it left out.
func quoteList(names []string) string {
	var b strings.Builder
	for i, name := range names[:min(len(names), maxListed)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", clip(name))
	}
	if left := len(names) - maxListed; left > 0 {
		fmt.Fprintf(&b, " and %d more", left)
	}
	return b.String()
}

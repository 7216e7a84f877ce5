package dataset

import (
	"fmt"
	"strings"
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

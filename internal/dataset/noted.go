package dataset

import (
	"bytes"
	"unicode/utf8"
)

// bounds are the signs of a value that is only known to be below or above a number, or about it.
var bounds = []string{"<=", ">=", "=<", "=>", "<", ">", "≤", "≥", "~", "≈"}

// cutBound cuts the sign off a value such as <0.5, ≥100 or 90+, and reports whether there is one.
func cutBound(text []byte) (rest []byte, found bool) {
	for _, sign := range bounds {
		if rest, found = bytes.CutPrefix(text, []byte(sign)); found {
			rest = trimSpaces(rest)
			return rest, len(rest) > 0 && startsNumber(rest[0])
		}
	}
	rest, found = bytes.CutSuffix(text, []byte("+"))
	return rest, found && len(rest) > 0 && startsNumber(rest[len(rest)-1])
}

// footnotes are what stands behind a number that has a footnote.
const footnotes = "*†‡§¶#¹²³⁴⁵⁶⁷⁸⁹⁰ᵃᵇᶜᵈᵉᶠ"

// cutFootnote cuts the mark of a footnote off a number: stars, daggers, raised digits, one or two
// characters in brackets, or a small letter. It reports whether there is one, and whether it is a
// letter, which may be a unit.
func cutFootnote(text []byte) (rest []byte, found, letter bool) {
	rest = bytes.TrimRight(text, footnotes)
	if len(rest) == len(text) {
		rest, letter = cutNote(text)
	}
	found = len(rest) < len(text)
	rest = trimSpaces(rest)
	return rest, found && len(rest) > 0 && rest[len(rest)-1]-'0' <= 9, letter
}

// cutNote cuts off [1], (a) or a letter.
func cutNote(text []byte) (rest []byte, letter bool) {
	if len(text) < 2 {
		return text, false
	}
	last := text[len(text)-1]
	if 'a' <= last && last <= 'z' && !usualUnit(string(last)) {
		return text[:len(text)-1], true
	}
	open := byte('[')
	switch last {
	case ')':
		open = '('
	case ']':
	default:
		return text, false
	}
	at := bytes.LastIndexByte(text, open)
	if note := text[max(at, 0)+1 : len(text)-1]; at > 0 && 0 < len(note) && len(note) < 3 &&
		utf8.Valid(note) && bytes.IndexByte(note, '.') < 0 {
		return text[:at], false
	}
	return text, false
}

// noted are the numbers of a column whose texts are such with a sign or mark.
type noted struct {
	bounds, notes, letters int
	bound, note            string // the first of them
}

// add counts a text, or reports false where it is none.
func (n *noted) add(text []byte, decimal byte) bool {
	if rest, found := cutBound(text); found && isPlain(rest, decimal) {
		if n.bounds++; n.bounds == 1 {
			n.bound = clip(string(text))
		}
		return true
	}
	rest, found, letter := cutFootnote(text)
	if !found || !isPlain(rest, decimal) {
		return false
	}
	if n.notes++; n.notes == 1 {
		n.note = clip(string(text))
	}
	if letter {
		n.letters++
	}
	return true
}

func isPlain(text []byte, decimal byte) bool {
	_, _, ok := readNumber(text, decimal)
	return ok
}

// readNoted makes a number of a text that is one with a sign or mark of the column.
func (how *reading) readNoted(c *cell, decimal byte) {
	rest, found := []byte(nil), false
	if how.bounds {
		rest, found = cutBound(c.text)
	}
	if how.notes && !found {
		rest, found, _ = cutFootnote(c.text)
	}
	if !found {
		return
	}
	if n, _, ok := readNumber(rest, decimal); ok {
		c.number, c.how, c.kind = n, plainly, cellNumber
	}
}

// findNoted decides whether the texts of column j, a minority among numbers, are numbers with a
// sign or mark, says so in r, and reports it.
func (u *understanding) findNoted(j int, r *Report) bool {
	c := u.survey.columns[j]
	o, name := c.odd, u.survey.names[j]
	if c.numbers < c.texts && !c.many || o.bounds+o.notes == 0 {
		return false
	}
	if o.bounds > 0 {
		u.reading(j).bounds = true
		r.guess("column %q: %d values like %q are read as the number behind or before the sign; else "+
			"name them with --missing-values, or say --text %s", clip(name), o.bounds, o.bound, quoted(name))
	}
	if o.notes > 0 {
		u.reading(j).notes = true
		r.guess("column %q: %d values like %q are read as numbers with a footnote; else name them with "+
			"--missing-values, or say --text %s", clip(name), o.notes, o.note, quoted(name))
	}
	return true
}

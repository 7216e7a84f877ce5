package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// aligned says where the columns of a text are that is laid out by position, so that cells may be
// blank: between characters that are blank in all lines.
type aligned struct {
	columns []extent
}

// extent is a range of places of a line, in characters.
type extent struct{ begin, end int }

func (e extent) width() int { return e.end - e.begin }

// word is what stands between two blanks.
type word struct {
	extent
	text []byte
}

// cutPlaced cuts the first word off a line of which some characters are behind it already.
func cutPlaced(line []byte, behind int) (w word, rest []byte, found bool) {
	for len(line) > 0 && isBlank(line[0]) {
		line, behind = line[1:], behind+1
	}
	text, rest := cutWord(line)
	return word{extent{behind, behind + utf8.RuneCount(text)}, text}, rest, len(text) > 0
}

// place is the column, from a given one on, below which a word stands; false where there is none
// alone.
func (a *aligned) place(w word, from int) (column int, alone bool) {
	for column = from; column < len(a.columns) && a.columns[column].end <= w.begin; column++ {
	}
	if column == len(a.columns) { // behind all others
		return column - 1, from < column
	}
	alone = column+1 == len(a.columns) || w.end <= a.columns[column+1].begin
	return column, alone && w.end > a.columns[column].begin
}

// cells splits a line, a field for each column. They are valid until the next call.
func (a *aligned) cells(fields [][]byte, line []byte) ([][]byte, error) {
	fields = fields[:0]
	for w, rest, more := cutPlaced(line, 0); more; w, rest, more = cutPlaced(rest, w.end) {
		column, alone := a.place(w, len(fields))
		if !alone {
			return nil, fmt.Errorf("expected a value below each name, or none, found %q between two "+
				"columns: write NA for missing values, or separate columns by commas", clip(string(w.text)))
		}
		for len(fields) < column {
			fields = append(fields, nil)
		}
		fields = append(fields, w.text)
	}
	for len(fields) < len(a.columns) {
		fields = append(fields, nil)
	}
	return fields, nil
}

// read makes the cells of a row.
func (a *aligned) read(row []cell, record []byte, r *cellReader, b *batch) (bool, error) {
	fields, err := a.cells(b.splitter.fields, record)
	if err != nil {
		return false, err
	}
	b.splitter.fields = fields
	for j, field := range fields {
		r.read(&row[j], field, j)
	}
	return true, nil
}

// errUnaligned is why a text is not laid out by position.
var errUnaligned = errors.New("not by position")

// align takes a text with blank cells for one laid out by position if that is certain: every
// column has one name in the first line, but for the first, which may have none, and no cell has
// two words; the values of every column begin or end at one place; and some are longer than others
// in front of others.
func (l *layout) align(text []byte) bool {
	s := l.split(' ', l.comments)
	if bytes.IndexByte(text, '\t') >= 0 || l.hasQuotes(text) {
		return false
	}
	a, lines, unnamed := &aligned{columns: commonColumns(text, s)}, 0, 0
	fits := make([]fit, len(a.columns))
	err := eachLine(text, s, func(line []byte) (err error) {
		if lines++; lines == 1 {
			unnamed, err = l.alignedNames(a, line)
			return err
		}
		next := 0
		for w, rest, more := cutPlaced(line, 0); more; w, rest, more = cutPlaced(rest, w.end) {
			column, alone := a.place(w, next)
			if !alone {
				return errUnaligned
			}
			fits[column].add(w.extent)
			next = column + 1
		}
		return nil
	})
	const leastLines = 4
	blank := func(f fit) bool { return f.count < lines-1 }
	if err != nil || lines < leastLines || !slices.ContainsFunc(fits, blank) || !areAligned(fits) {
		return false
	}
	l.rows = &ownRows{read: a.read, absent: make([]string, len(a.columns))}
	l.aligned, l.Header, l.unnamed = a, yes, unnamed
	l.note("columns are told by their position, and blank cells are missing; else say --separator " +
		"blanks")
	return true
}

// alignedNames checks the names, and returns 1 where the first column has none, else 0.
func (l *layout) alignedNames(a *aligned, line []byte) (unnamed int, err error) {
	fields, err := a.cells(nil, line)
	if err != nil {
		return 0, err
	}
	for j, name := range fieldsOf(fields) {
		if name == "" && j > 0 || name != "" && l.numbers([]string{name}) {
			return 0, errUnaligned
		}
	}
	if len(fields) > 1 && len(fields[0]) == 0 {
		unnamed = 1
	}
	return unnamed, nil
}

// eachLine calls f with the lines of text that are records, until it returns an error.
func eachLine(text []byte, s *splitter, f func(line []byte) error) error {
	for len(text) > 0 {
		var line []byte
		if line, text = cutLine(text); s.empty(line) {
			continue
		}
		if err := f(line); err != nil {
			return err
		}
	}
	return nil
}

// commonColumns are the ranges of places between those that are blank in all lines.
func commonColumns(text []byte, s *splitter) (columns []extent) {
	var used []bool
	eachLine(text, s, func(line []byte) error {
		for w, rest, more := cutPlaced(line, 0); more; w, rest, more = cutPlaced(rest, w.end) {
			for len(used) < w.end {
				used = append(used, false)
			}
			for place := w.begin; place < w.end; place++ {
				used[place] = true
			}
		}
		return nil
	})
	for place, there := range used {
		switch {
		case there && (place == 0 || !used[place-1]):
			columns = append(columns, extent{place, place + 1})
		case there:
			columns[len(columns)-1].end++
		}
	}
	return columns
}

// fit is how the values of a column stand below each other.
type fit struct {
	first, last extent // the least and the largest begin and end
	count       int
	short, long int // the least and the largest width
}

// add takes in a value.
func (f *fit) add(e extent) {
	if f.count++; f.count == 1 {
		f.first, f.last, f.short, f.long = e, e, e.width(), e.width()
		return
	}
	f.first = extent{min(f.first.begin, e.begin), min(f.first.end, e.end)}
	f.last = extent{max(f.last.begin, e.begin), max(f.last.end, e.end)}
	f.short, f.long = min(f.short, e.width()), max(f.long, e.width())
}

// areAligned reports whether the values of every column begin or end at one place, and those of one
// in front of others have several widths.
func areAligned(fits []fit) bool {
	padded := false
	for j, f := range fits {
		left, right := f.first.begin == f.last.begin, f.first.end == f.last.end
		if !left && !right {
			return false
		}
		padded = padded || f.short < f.long && (right || j < len(fits)-1)
	}
	return padded
}

package dataset

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// guessHeader decides whether the first record holds names.
func (l *layout) guessHeader(records [][]string, hint hints) {
	if l.Header != "" {
		return
	}
	l.Header = yes
	if namesAll(records[0], hint.names) || countsUp(records[0]) ||
		yearly(records[0]) && !slices.ContainsFunc(records[1:], yearly) {
		return
	}
	if l.looksLikeData(records) || hint.like.Header == no {
		l.Header = no
		l.note("no header: the first line is like those below it (%s); columns go by number",
			shorten(records[0]))
	}
}

// namesAll reports whether record has all the names that are wanted, at least one, also where some
// of them are made to differ.
func namesAll(record, want []string) bool {
	lacks := func(name string) bool { return !slices.Contains(record, name) }
	if slices.ContainsFunc(want, lacks) {
		record = slices.Clone(record)
		if distinctNames(record) == nil || slices.ContainsFunc(want, lacks) {
			return false
		}
	}
	return len(want) > 0
}

// countsUp reports whether a record is 0, 1, 2, …, which pandas writes for columns without names,
// behind an empty name for its index.
func countsUp(record []string) bool {
	index := record[0] == ""
	if index {
		record = record[1:]
	}
	for i, field := range record {
		if field != strconv.Itoa(i) {
			return false
		}
	}
	return len(record) > 2 || index && len(record) > 0
}

// yearly reports whether the numbers of a record, at least two, are years at equal distances.
func yearly(record []string) bool {
	years, first, step := 0, 0.0, 0.0
	for _, field := range record {
		n, number := parseNumber([]byte(field), '.')
		switch {
		case !number:
			continue
		case n.scale > 0 || n.value < 1000 || n.value > 2200:
			return false
		case years == 0:
			first = n.value
		case years == 1:
			step = n.value - first
		}
		if years > 0 && (step <= 0 || n.value != first+float64(years)*step) {
			return false
		}
		years++
	}
	return years > 1
}

// looksLikeData reports whether the first record is like those below it: a number wherever a
// column has numbers, and where there are none, values that come again.
func (l *layout) looksLikeData(records [][]string) bool {
	numeric, again := 0, 0
	for i, first := range records[0] {
		numbers, texts, same, amounts := 0, 0, 0, 0
		for _, record := range records[1:] {
			if i >= len(record) || l.missing(record[i]) {
				continue
			}
			if record[i] == first {
				same++
			}
			if number, amount := l.isQuantity(record[i], l.decimal); number || amount {
				numbers++
				if amount {
					amounts++
				}
			} else {
				texts++
			}
		}
		number, amount := l.isQuantity(first, l.decimal)
		number = number || amount && amounts > 0 // else it is a name like "5 min"
		switch {
		case numbers > texts && !number && !l.missing(first):
			return false // a word above numbers
		case number && (numbers > texts || len(records) == 1):
			numeric++
		case first != "" && same > 0:
			again++
		}
	}
	return numeric > 0 || again > 0 && again == len(records[0])
}

func (l *layout) missing(field string) bool {
	return field == "" || slices.Contains(missingWords, field)
}

// adoptHashedHeader makes the last comment the header if it has as many fields as the records.
func (l *layout) adoptHashedHeader(sample, rest []byte, want []string) {
	if !l.comments || l.Header == no {
		return
	}
	before := bytes.Split(bytes.TrimSuffix(sample[:len(sample)-len(rest)], []byte{'\n'}), []byte{'\n'})
	last := bytes.TrimLeft(before[len(before)-1], "# ")
	s := l.split(l.separator, false)
	names, hashed := fieldsOf(s.split(firstLine(rest))), fieldsOf(s.split(last))
	below := firstLine(rest[min(len(firstLine(rest))+1, len(rest)):])
	if namesAll(names, want) && !namesAll(hashed, want) ||
		!l.numbers(names) && l.numbers(fieldsOf(s.split(below))) {
		return // there is a header below the comments
	}
	if len(hashed) == len(names) && len(hashed) > 1 && !l.numeric(last) {
		l.skip--
		l.hashed = true
		l.Header = yes
		l.note("the header begins with #")
	}
}

// numeric reports whether all fields of a line are numbers.
func (l *layout) numeric(line []byte) bool {
	s := l.split(l.separator, false)
	for _, field := range s.split(line) {
		if _, ok := parseNumber(field, '.'); !ok {
			return false
		}
	}
	return true
}

// numbers reports whether one of the fields is a number.
func (l *layout) numbers(record []string) bool {
	return slices.ContainsFunc(record, func(field string) bool {
		_, number := parseNumber([]byte(field), '.')
		return number
	})
}

// guessRowNames finds out whether the first record is a header that lacks one name: that of the
// first column, in which R writes the names of the rows, all different, or of one behind the last
// separator. Types of columns may be below it, as tibbles print them, and prose at the end.
func (l *layout) guessRowNames(records [][]string) {
	width := len(records[0])
	empty, distinct := true, true // the last field of all others is; the first ones are
	seen, types := map[string]bool{}, 0
	for i, record := range records[1:] {
		switch {
		case len(record) == width+1:
			empty = empty && record[width] == ""
			distinct = distinct && !seen[record[0]]
			seen[record[0]] = true
		case i == types && types < maxBelow && len(record) == width && !l.numbers(record):
			types++
		case !l.prose(record):
			return
		}
	}
	switch {
	case len(seen) == 0 || l.Header == no || l.numbers(records[0]):
	case empty:
		l.unnamed = -1
		records[0] = append(records[0], "")
	case distinct:
		l.unnamed = 1
		for i := range 1 + types {
			records[i] = append([]string{""}, records[i]...)
		}
		l.note("the header has no name for the first column")
	}
}

// prose reports whether a record looks like a remark below a table.
func (l *layout) prose(record []string) bool {
	fields := make([][]byte, len(record))
	for i, field := range record {
		fields[i] = []byte(field)
	}
	return isProse(bytes.Join(fields, []byte{l.separator}), fields, l.separator == ' ')
}

// maxBelow is how many records below a header may be none.
const maxBelow = 3

// guessBelow counts the records below the header that have units in them, or other captions.
func (l *layout) guessBelow(records [][]string) {
	if l.Header != yes {
		return
	}
	for l.below < maxBelow && len(records) > l.below+2 &&
		l.isCaption(records[l.below+1], records[l.below+2:]) {
		l.below++
	}
	if l.below > 0 {
		l.note("%s (%s)", linesLeftOut(l.below, "below the header"), shorten(records[1]))
	}
}

// isCaption reports whether a record has no number but texts, other than those for missing values,
// in the columns that have numbers in most of the records below it: in two of them, or a unit in
// one.
func (l *layout) isCaption(record []string, below [][]string) bool {
	texts, units := 0, 0
	for i, field := range record {
		numbers, others := 0, 0
		for _, r := range below {
			if i >= len(r) || l.missing(r[i]) || missingMark([]byte(r[i])) {
				continue
			}
			if l.isWritten(r[i], l.decimal) {
				numbers++
			} else {
				others++
			}
		}
		if numbers <= others {
			continue
		}
		switch bare := strings.Trim(field, "()[] "); {
		case l.isWritten(field, l.decimal):
			return false
		case usualUnit(bare):
			units++
		case !l.missing(field) && !missingMark([]byte(field)):
			texts++
		}
	}
	return units > 0 || texts > 1
}

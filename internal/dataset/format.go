package dataset

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Format says how a text holds a table. An empty field is found out from the contents.
type Format struct {
	// comma, semicolon, tab, pipe, blanks, or a character
	Separator string `json:"separator,omitempty"`
	Decimal   string `json:"decimal,omitempty"`  // point or comma
	Header    string `json:"header,omitempty"`   // yes or no
	Encoding  string `json:"encoding,omitempty"` // one of Encodings
	Quote     string `json:"quote,omitempty"`    // around a field: double, single or escaped
	// Ragged is what becomes of lines with too few fields: fill takes what lacks for missing, error
	// refuses all. Empty, it refuses those that are no prose below the table.
	Ragged string `json:"ragged,omitempty"`
}

const (
	yes = "yes"
	no  = "no"

	blanks = "blanks" // runs of spaces and tabs
	point  = "point"
	comma  = "comma"

	double = "double"
	single = "single"

	raggedFill  = "fill"
	raggedError = "error"
)

// separators are the separators with names, in the order in which they are tried: a comma may be a
// decimal mark and a blank part of a name, so they come last.
var separators = []struct {
	name string
	char byte
}{{"tab", '\t'}, {"semicolon", ';'}, {"pipe", '|'}, {comma, ','}, {blanks, ' '}}

// layout is a Format ready for use, and what else was found out about a text.
type layout struct {
	Format
	separator byte // ' ' for blanks
	decimal   byte
	quote     byte
	carriage  bool // lines end in a carriage return alone
	below     int  // records below the header that are none, such as units
	repeats   int  // records of the last pass that repeat the header, and are left out
	footer    footer
	filled    filledLines
	skip      int  // lines before the header or first record: comments and "sep="
	comments  bool // lines that begin with # are comments
	arff      bool // those that begin with % are, and names come from attributes
	names     []string
	unnamed   int  // where the header lacks a name: 1 for the first column, −1 for the last one
	hashed    bool // the header begins with #, as numpy.savetxt writes it
	repeated  []repeatedName
	scratch   []byte
	splitter  splitter
	notes     []string
}

// decimalMark is that of its numbers, a point where numbers are no text.
func (l *layout) decimalMark() byte {
	if l == nil {
		return '.'
	}
	return l.decimal
}

// sampleSize is how much of the beginning of a text decides its layout, in bytes.
const sampleSize = 1 << 20

// sampleRecords is how many records do, at most, and sampleFields how many fields where there are
// many in a record.
const (
	sampleRecords = 1000
	sampleFields  = 1 << 13
)

// Check reports what f asks for that there is not.
func (f Format) Check() error {
	if _, err := f.separatorChar(); err != nil {
		return err
	}
	if _, err := encodingOf(f.Encoding); f.Encoding != "" && err != nil {
		return err
	}
	for _, field := range []struct {
		name, value string
		choices     []string
	}{{"decimal", f.Decimal, []string{point, comma}}, {"header", f.Header,
		[]string{yes, no}},
		{"quote", f.Quote, []string{double, single, escaped}},
		{"ragged", f.Ragged, []string{raggedFill, raggedError}}} {
		if field.value != "" && !slices.Contains(field.choices, field.value) {
			return fmt.Errorf("%s %q: expected one of %s", field.name, field.value, quoteList(field.choices))
		}
	}
	return nil
}

// separatorChar is the separator as a character, 0 if it is to be found out.
func (f Format) separatorChar() (byte, error) {
	for _, s := range separators {
		if f.Separator == s.name {
			return s.char, nil
		}
	}
	s := f.Separator
	if strings.HasPrefix(s, `\`) && len(s) > 1 { // \t, \x01
		if char, _, rest, err := strconv.UnquoteChar(s, 0); err == nil && rest == "" {
			s = string(char)
		}
	}
	switch {
	case s == "":
		return 0, nil
	case s == "\t":
		return '\t', nil
	case len(s) == 1 && s[0] != 0 && s[0] < 0x7f && !strings.Contains("\"#.+- \r\n", s) &&
		(s[0] < '0' || s[0] > '9'):
		return s[0], nil
	}
	return 0, fmt.Errorf("separator %q: expected comma, semicolon, tab, pipe, blanks or a character "+
		"of ASCII", f.Separator)
}

// separatorName is the name of a separator.
func separatorName(char byte) string {
	for _, s := range separators {
		if char == s.char {
			return s.name
		}
	}
	if char < ' ' {
		return fmt.Sprintf(`\x%02x`, char)
	}
	return string(char)
}

// guessLayout finds out the rest of a format from the beginning of a text in UTF-8.
func guessLayout(f Format, sample []byte, whole bool, extension string, hint hints) (*layout,
	error) {
	l := &layout{Format: f}
	l.carriage = bytes.IndexByte(sample, '\n') < 0 && bytes.IndexByte(sample, '\r') >= 0
	if l.carriage {
		sample = bytes.ReplaceAll(sample, []byte{'\r'}, []byte{'\n'})
		l.note("lines end in carriage returns")
	}
	if end := bytes.LastIndexByte(sample, '\n'); !whole && end >= 0 {
		sample = sample[:end+1]
	}
	if at := bytes.IndexByte(sample, 0); at >= 0 {
		return nil, fmt.Errorf("expected text, found a zero byte in line %d: a binary file, or UTF-32? "+
			"UTF-16 without a byte order mark "+
			"is read with --encoding utf-16", 1+bytes.Count(sample[:at], []byte{'\n'}))
	}
	if what := otherText(sample); what != "" {
		return nil, fmt.Errorf("expected separated fields, found %s: %s", what, asCSV)
	}
	if isARFF(sample) {
		return l, l.readARFF(sample)
	}
	sample = l.guessQuote(sample, hint.like.Quote)
	rest := l.skipPreamble(sample)
	if err := l.guessSeparator(rest, extension, hint); err != nil {
		return nil, err
	}
	if hint.like.Header != no {
		l.adoptHashedHeader(sample, rest, hint.names)
	}
	if !l.hashed && l.Header != no && !l.skipTitle(rest, hint) || l.Header == no {
		l.skipCaptions(rest)
	}
	records := l.sample(sample)
	if len(records) == 0 {
		return nil, fmt.Errorf("expected a table, found an empty file")
	}
	records = l.guessComments(records)
	l.guessRowNames(records)
	l.guessDecimal(records, hint.like)
	l.guessHeader(records, hint)
	l.guessBelow(records)
	if hint.like.Header == "" {
		l.remarkCodes(records)
	}
	return l, nil
}

func (l *layout) note(format string, args ...any) {
	l.notes = append(l.notes, visible(fmt.Sprintf(format, args...)))
}

// split is the layout's splitter, for the given separator, whose fields are of no use any more.
func (l *layout) split(separator byte, comments bool) *splitter {
	l.splitter.separator, l.splitter.quote, l.splitter.comment = separator, l.quote, 0
	if comments {
		l.splitter.comment = l.comment()
	}
	l.splitter.unquoted = nil
	return &l.splitter
}

// comment is the character that begins a line that is no record, 0 for none.
func (l *layout) comment() byte {
	switch {
	case l.arff:
		return '%'
	case l.comments:
		return '#'
	}
	return 0
}

// skipPreamble passes over the lines before the table and returns the rest.
func (l *layout) skipPreamble(sample []byte) []byte {
	if line, rest := cutLine(sample); len(line) == len("sep=")+1 &&
		bytes.EqualFold(line[:len("sep=")], []byte("sep=")) {
		l.skip = 1
		if l.Separator == "" {
			l.Separator = separatorName(line[len("sep=")])
			l.note("separator %s, from the line %q", l.Separator, line)
		}
		return rest
	}
	rest := sample
	for {
		line, after := cutLine(rest)
		if len(line) == 0 || line[0] != '#' {
			break
		}
		l.comments = true
		l.skip++
		rest = after
	}
	if l.comments {
		l.note("lines that begin with # are comments")
	}
	return rest
}

// titleLines is how far down the header is looked for.
const titleLines = 50

// skipTitle passes over the lines above the first one that has all the names that are wanted, and
// those that are there in one line with them, if they are. It reports whether there is that line.
func (l *layout) skipTitle(text []byte, hint hints) (found bool) {
	n := l.lineWith(text, slices.Concat(hint.names, hint.also))
	if n < 0 {
		n = l.lineWith(text, hint.names)
	}
	if n > 0 {
		l.skip += n
		l.note("%s", linesLeftOut(n, "above the header"))
	}
	return n >= 0
}

// skipCaptions passes over lines with fewer fields, by at least two, than nearly all behind them.
func (l *layout) skipCaptions(text []byte) {
	s := l.split(l.separator, false)
	var widths, begins []int // of records, and the lines on which they begin
	counts := map[int]int{}
	for line := 0; len(text) > 0 && len(widths) < sampleRecords; {
		record, rest := s.cutRecord(text)
		text = rest
		n := len(s.split(record))
		widths, begins = append(widths, n), append(begins, line)
		line += 1 + bytes.Count(record, []byte{'\n'})
		if counts[n]++; len(widths) == 2 && widths[0] == n {
			return
		}
	}
	most := 0
	for n := range counts {
		if n > 2 && (counts[n] > counts[most] || most == 0) {
			most = n
		}
	}
	first := slices.Index(widths, most)
	if most == 0 || first < 1 || 20*counts[most] < 19*(len(widths)-first-counts[0]) {
		return
	}
	above := slices.Max(widths[:first])
	if above == 0 || above > most-2 { // a header may lack one name
		return
	}
	l.skip += begins[first]
	l.note("%s", linesLeftOut(begins[first], "above the table"))
}

// maxHeaderLines is the most lines of a record that is looked at for captions: quotes that open
// nothing reach further.
const maxHeaderLines = 20

// cutRecord returns the first record of text and what follows it; the first line where a quote
// is open for too long.
func (s *splitter) cutRecord(text []byte) (record, rest []byte) {
	end := s.recordEnd(text)
	if end < 0 || bytes.Count(text[:end], []byte{'\n'}) > maxHeaderLines {
		return cutLine(text)
	}
	return bytes.TrimSuffix(text[:end], []byte{'\r'}), text[end+1:]
}

// linesLeftOut says that n lines are.
func linesLeftOut(n int, where string) string {
	if n == 1 {
		return "1 line " + where + " is left out"
	}
	return fmt.Sprintf("%d lines %s are left out", n, where)
}

// lineWith is the number, from 0, of the line on which the first record begins that has all the
// names, of which one is no number; −1 if there is none.
func (l *layout) lineWith(text []byte, names []string) int {
	s := l.split(l.separator, false)
	if !slices.ContainsFunc(names, func(name string) bool { return !l.numbers([]string{name}) }) {
		return -1
	}
	for n := 0; n < titleLines; {
		record, rest := s.cutRecord(text)
		if namesAll(fieldsOf(s.split(record)), names) {
			return n
		}
		n += 1 + bytes.Count(record, []byte{'\n'})
		text = rest
	}
	return -1
}

// guessComments takes lines among the rows for comments if they begin with # as comments do, and
// have another number of fields than the first, as no other line that begins with # has. It returns
// the other records.
func (l *layout) guessComments(records [][]string) [][]string {
	found := false
	for _, record := range records[1:] {
		switch begins := strings.HasPrefix(record[0], "#"); {
		case begins && len(record) == len(records[0]), l.comments:
			return records
		case begins && len(record[0]) > 1:
			found = found || isBlank(record[0][1]) || record[0][1] == '#' ||
				unicode.IsLetter(rune(record[0][1]))
		}
	}
	if !found || strings.HasPrefix(records[0][0], "#") {
		return records
	}
	l.comments = true
	l.note("lines that begin with # are comments")
	return slices.DeleteFunc(records, func(r []string) bool { return strings.HasPrefix(r[0], "#") })
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

// numbers reports whether one of the fields is a number.
func (l *layout) numbers(record []string) bool {
	return slices.ContainsFunc(record, func(field string) bool {
		_, number := parseNumber([]byte(field), '.')
		return number
	})
}

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

// cutLine returns the first line of text and what follows it.
func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'}), rest
}

// rareSeparators are separators where all lines agree, and wordMarks those that must make the names
// that are wanted, too, as they are within names and numbers.
const (
	rareSeparators = "^~:!\x01\x1f"
	wordMarks      = "&@%$/=*_\\"
)

// guessSeparator picks the separator that most lines have equally often.
func (l *layout) guessSeparator(text []byte, extension string, hint hints) (err error) {
	if l.separator, err = l.separatorChar(); err != nil {
		return err
	}
	if l.separator != 0 {
		l.Separator = separatorName(l.separator)
		return nil
	}
	if l.separator = l.likeHint(firstLine(text), hint); l.separator != 0 {
		return nil
	}
	best, bestShare := byte(','), 0.0
	for _, s := range separators {
		if share := l.agreement(text, s.char); share > bestShare {
			best, bestShare = s.char, share
		}
		if s.name == hint.like.Separator && bestShare > 0 && l.agreement(text, s.char) == bestShare {
			best = s.char
			break
		}
	}
	for _, rare := range []byte(rareSeparators + wordMarks) {
		if bestShare > 0 || l.agreement(text, rare) < 1 {
			continue
		}
		l.separator = rare
		if strings.IndexByte(wordMarks, rare) < 0 || l.lineWith(text, hint.names) >= 0 {
			best, bestShare = rare, 1
		}
	}
	l.separator, l.Separator = best, separatorName(best)
	usual := best == ',' && extension != ".tsv" || best == '\t' && extension == ".tsv"
	if !usual && bestShare > 0 {
		l.note("separator %s", l.Separator)
	}
	return nil
}

// likeHint takes the separator of another file if the first line, split by it, has the names that
// are wanted; else it returns 0.
func (l *layout) likeHint(line []byte, hint hints) byte {
	char, err := hint.like.separatorChar()
	if err != nil || char == 0 || hint.like.Header == no {
		return 0
	}
	s := l.split(char, false)
	if !namesAll(fieldsOf(s.split(line)), hint.names) {
		return 0
	}
	l.Separator = separatorName(char)
	return char
}

// agreement is the share of records that have as many fields, at least two, as most do.
func (l *layout) agreement(text []byte, separator byte) float64 {
	s := l.split(separator, l.comments)
	counts := map[int]int{}
	records := 0
	for records < sampleRecords && len(text) > 0 {
		end := s.recordEnd(text)
		if end < 0 {
			end = len(text)
		}
		if fields := s.split(text[:end]); len(fields) > 0 {
			counts[len(fields)]++
			records++
		}
		text = text[min(end+1, len(text)):]
	}
	most := 0
	for fields, n := range counts {
		if fields > 1 {
			most = max(most, n)
		}
	}
	return float64(most) / float64(max(records, 1))
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

func firstLine(text []byte) []byte {
	line, _ := cutLine(text)
	return line
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

// sample splits the first records.
func (l *layout) sample(text []byte) [][]string {
	s := l.split(l.separator, l.comments)
	for range l.skip {
		_, text = cutLine(text)
	}
	if l.hashed {
		text = bytes.TrimLeft(text, "# ")
	}
	const most = 1 << 16 // bytes of all that room is made for at first
	all := make([]byte, 0, min(len(text), most))
	ends := make([]uint32, 0, min(len(text)/2+1, 2*sampleRecords)) // of fields in all, and of
	var widths []uint32                                            // records in fields
	for len(text) > 0 && len(widths) < sampleRecords && (len(widths) < fewRows ||
		len(ends) < sampleFields) {
		end := s.recordEnd(text)
		if end < 0 {
			end = len(text)
		}
		if fields := s.split(text[:end]); len(fields) > 0 {
			for _, f := range fields {
				all = append(all, trimWide(f)...)
				ends = append(ends, uint32(len(all)))
			}
			widths = append(widths, uint32(len(fields)))
		}
		text = text[min(end+1, len(text)):]
	}
	joined, begin, fields := string(all), uint32(0), make([]string, len(ends))
	for i, end := range ends {
		fields[i], begin = joined[begin:end], end
	}
	records := make([][]string, len(widths))
	for i, n := range widths {
		records[i], fields = fields[:n:n], fields[n:]
	}
	return records
}

// fieldsOf copies the fields of a record.
func fieldsOf(fields [][]byte) []string {
	record := make([]string, len(fields))
	for i, f := range fields {
		record[i] = string(trimWide(f))
	}
	return record
}

// guessDecimal decides between 0.5 and 0,5 by the fields that only one reading makes numbers of.
func (l *layout) guessDecimal(records [][]string, like Format) {
	if l.Decimal == "" && l.Separator == like.Separator {
		l.Decimal = like.Decimal
	}
	if l.Decimal == "" {
		points, commas, unclear := 0, 0, 0
		for _, record := range records {
			for _, field := range record {
				asPoint, asComma := l.isNumber(field, '.'), l.isNumber(field, ',')
				if !asPoint && !asComma {
					asPoint, asComma = l.isWritten(field, '.'), l.isWritten(field, ',')
				}
				switch {
				case asPoint && !asComma:
					points++
				case asComma && !asPoint:
					commas++
				case asPoint && strings.Contains(field, ","): // 1,234: thousands or a decimal comma
					unclear++
				}
			}
			if points > 0 { // which decides
				break
			}
		}
		l.Decimal = point
		if l.separator == ',' { // thousands have their commas in quotes, as decimals would
			unclear = 0
		}
		if points == 0 && commas+unclear > 0 {
			l.Decimal = comma
			how := ""
			if commas == 0 {
				how = "; all could be thousands, then say --decimal point"
			}
			l.note("decimal comma%s", how)
		}
	}
	l.decimal = '.'
	if l.Decimal == comma {
		l.decimal = ','
	}
}

// isNumber reports whether a field is a number with the given decimal mark.
func (l *layout) isNumber(field string, decimal byte) bool {
	l.scratch = append(l.scratch[:0], field...)
	return isPlain(l.scratch, decimal)
}

// isQuantity reports whether a field is a number, or one with a usual unit.
func (l *layout) isQuantity(field string, decimal byte) (number, amount bool) {
	if l.isNumber(field, decimal) {
		return true, false
	}
	_, unit, ok := readAmount(l.scratch, decimal)
	return false, ok && usualUnit(string(unit))
}

// isWritten reports whether a field is either, with the given decimal mark.
func (l *layout) isWritten(field string, decimal byte) bool {
	number, amount := l.isQuantity(field, decimal)
	return number || amount
}

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

// remarkCodes says which columns have integers with leading zeros, which may be codes.
func (l *layout) remarkCodes(records [][]string) {
	var columns []string
	example := ""
	for i, name := range records[0] {
		for _, record := range records[1:] {
			if i < len(record) && isCode(record[i]) {
				if example == "" {
					example = record[i]
				}
				if name == "" || l.Header == no {
					name = strconv.Itoa(i + 1)
				}
				columns = append(columns, quoted(name))
				break
			}
		}
	}
	if n := len(columns); n > 0 {
		l.note("numbers with leading zeros, like %q: if they are codes, say --text %s", clip(example),
			strings.Join(columns[:min(n, maxListed)], ","))
	}
}

// isCode reports whether a field is an integer with leading zeros.
func isCode(field string) bool {
	return len(field) > 1 && field[0] == '0' && strings.Trim(field, "0123456789") == ""
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

// shorten shows the beginning of a record.
func shorten(record []string) string {
	return clip(strings.Join(record, ", "))
}

package dataset

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// remarkIdentifier warns of a column of integers that seems to identify the rows: all different,
// and consecutive in another order, or with a name that says so.
func (u *understanding) remarkIdentifier(j int) {
	y, c, name := u.survey, u.survey.columns[j], u.survey.names[j]
	if u.options.Raw || y.kept < fewRows || !c.whole || c.texts+c.missing > 0 || c.numbers != y.kept {
		return
	}
	switch consecutive := c.max-c.min+1 == float64(y.kept); {
	case !consecutive && !namesIdentifier(name), !y.shelf.allDifferent(slices.Index(y.inputs, j)):
	case consecutive:
		u.report.warn("column %q numbers the rows, in another order: if it only identifies them, say "+
			"--drop %s", clip(name), quoted(name))
	default:
		u.report.warn("column %q has another integer in every row: if it only identifies them, say "+
			"--drop %s", clip(name), quoted(name))
	}
}

// allDifferent reports whether column k holds short decimals, each once.
func (s *shelf) allDifferent(k int) bool {
	if s == nil || s.broken || s.columns[k].kind != keptShort || s.columns[k].missing {
		return false
	}
	values, first, width := s.slots(k)
	sorted := make([]int32, 0, s.rows)
	for at := first; at < len(values); at += width {
		sorted = append(sorted, bitsShort(values[at]))
	}
	slices.Sort(sorted)
	return len(slices.Compact(sorted)) == s.rows
}

// remarkDates warns of a column of integers that are all dates like 20240131.
func (u *understanding) remarkDates(j int) {
	y, c, name := u.survey, u.survey.columns[j], u.survey.names[j]
	if c.whole && c.min >= 1900_00_00 && c.max <= 2100_12_31 && y.kept >= fewRows &&
		y.shelf.all(slices.Index(y.inputs, j), func(m int32) bool {
			month, day := m/100%100, m%100
			return 1 <= month && month <= 12 && 1 <= day && day <= 31
		}) {
		u.report.warn("column %q holds dates like %.0f, taken for numbers, between which the "+
			"days do not count alike: make days of them", clip(name), c.min)
	}
}

// all reports whether column k holds short integers, beside missing values, that all pass a test.
func (s *shelf) all(k int, test func(m int32) bool) bool {
	if s == nil || s.broken || s.columns[k].kind != keptShort || s.columns[k].scale > 0 {
		return false
	}
	values, first, width := s.slots(k)
	for at := first; at < len(values); at += width {
		if m := bitsShort(values[at]); m != missingSlot && !test(m) {
			return false
		}
	}
	return true
}

// identifierNames are what columns of identifiers go by, in small letters.
var identifierNames = strings.Fields("id ids idx index key uuid guid no no. nr nr. row rowid " +
	"rownum rownames serial")

// namesIdentifier reports whether a name says that a column identifies the rows: id, customer_id,
// CustomerId.
func namesIdentifier(name string) bool {
	name = strings.TrimSpace(name)
	if slices.Contains(identifierNames, strings.ToLower(name)) {
		return true
	}
	for _, end := range []string{"id", "Id", "ID"} {
		front, found := strings.CutSuffix(name, end)
		if !found || front == "" {
			continue
		}
		last := []rune(front)[len([]rune(front))-1]
		if !unicode.IsLetter(last) || end != "id" && unicode.IsLower(last) {
			return true
		}
	}
	return false
}

// sumWords are what people write in front of a row that sums up the others, in small letters.
var sumWords = []string{"total", "totals", "sum", "grand total", "subtotal", "average", "mean",
	"all", "gesamt", "summe", "insgesamt"}

// remarkSums warns of a category of one row whose name says that the row sums up others.
func (u *understanding) remarkSums(j int) {
	c := u.survey.columns[j]
	for i, name := range c.levels.names {
		word := strings.ToLower(strings.Trim(name, " :"))
		if c.levels.counts[i] == 1 && slices.Contains(sumWords, word) {
			u.report.warn("column %q is %q in one row: does it sum up the others? then remove it",
				clip(u.survey.names[j]), name)
		}
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

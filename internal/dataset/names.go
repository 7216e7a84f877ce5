package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// checkNames refuses names that cannot be printed, and gives columns of one name different ones.
func (s *textSource) checkNames() error {
	for i, name := range s.names {
		if !utf8.ValidString(name) {
			return fmt.Errorf("%s: header: expected UTF-8 in the name of column %d, found %q; "+
				"say --encoding latin-1", s.in.path, i+1, clip(name))
		}
	}
	s.lay.repeated = distinctNames(s.names)
	if n := len(s.lay.repeated); n > 0 {
		first := s.lay.repeated[0]
		more := ""
		if n > 1 {
			more = fmt.Sprintf(" (and %d other names)", n-1)
		}
		s.lay.note("columns of the same name: the second %q%s is %q, and so on; is the first line one "+
			"of data? then say --no-header", clip(first.name), more, clip(s.names[first.columns[1]]))
	}
	return nil
}

// repeatedName is a name that several columns have.
type repeatedName struct {
	name    string
	columns []int // from 0
}

// distinctNames makes x.2, x.3, … of all but the first of the names x, unless another column has
// that name, and returns the names that were there more than once.
func distinctNames(names []string) []repeatedName {
	var repeats []repeatedName
	seen := make(map[string]int, len(names)) // first column of a name, or −1 − its place in repeats
	for i, name := range names {
		first, again := seen[name]
		switch {
		case name == "":
		case !again:
			seen[name] = i
		case first >= 0:
			seen[name] = -1 - len(repeats)
			repeats = append(repeats, repeatedName{name, []int{first, i}})
		default:
			r := &repeats[-1-first]
			r.columns = append(r.columns, i)
		}
	}
	for _, r := range repeats {
		number := 2
		for _, i := range r.columns[1:] {
			for ; ; number++ {
				names[i] = r.name + "." + strconv.Itoa(number)
				if _, taken := seen[names[i]]; !taken {
					break
				}
			}
			seen[names[i]] = i
		}
	}
	return repeats
}

// checkNamed refuses a list, given by a flag, with a name that several columns have.
func (l *layout) checkNamed(list, flag string) error {
	if l == nil || len(l.repeated) == 0 {
		return nil
	}
	wanted, err := words(list)
	if err != nil { // which findColumns says, or one name with a quote in it
		wanted = []string{list}
	}
	for _, r := range l.repeated {
		if slices.Contains(wanted, r.name) {
			return fmt.Errorf("--%s: expected the name of one column, found %q for columns %d and %d; "+
				"say a column's number", flag, clip(r.name), r.columns[0]+1, r.columns[1]+1)
		}
	}
	return nil
}

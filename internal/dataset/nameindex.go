package dataset

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// nameIndex numbers distinct values in the order of their first appearance and counts them. Numbers
// are told apart by value, so that 0 and 0.0 are one; other texts by spelling.
type nameIndex struct {
	texts   map[string]int32 // nil, as numbers, where there are none
	numbers map[float64]int32
	names   []string
	counts  []int
}

// indexOf is the index of names that are already known, in this order. A name that is a number is
// found by its value, and also by its spelling, by which a table that writes numbers in another way
// has it.
func indexOf(names []string) *nameIndex {
	x := &nameIndex{texts: make(map[string]int32, len(names)), numbers: map[float64]int32{}}
	for i, name := range names {
		x.texts[name] = int32(i)
		if bare := strings.TrimFunc(name, isSpace); bare != name { // as cells are
			x.texts[bare] = int32(i)
		}
		if n, _, ok := readNumber([]byte(name), '.'); ok {
			if _, known := x.numbers[n.value]; !known {
				x.numbers[n.value] = int32(i)
			}
		}
	}
	x.names, x.counts = names, make([]int, len(names))
	return x
}

// find returns the number of the value of c.
func (x *nameIndex) find(c *cell) (int32, bool) {
	if c.kind == cellNumber {
		i, known := x.numbers[c.value]
		return i, known
	}
	i, known := x.texts[string(c.text)]
	return i, known
}

// add counts the value of c and returns its number. It keeps a copy, not the memory of c.
func (x *nameIndex) add(c *cell) int32 {
	i, known := x.find(c)
	if !known {
		i = int32(len(x.names))
		name := c.canonical()
		if c.kind == cellNumber {
			if x.numbers == nil {
				x.numbers = map[float64]int32{}
			}
			x.numbers[c.value] = i
		} else {
			if x.texts == nil {
				x.texts = map[string]int32{}
			}
			x.texts[name] = i
		}
		x.names, x.counts = append(x.names, name), append(x.counts, 0)
	}
	x.counts[i]++
	return i
}

// sorted returns the names in their final order, and rank: the place there of every number.
func (x *nameIndex) sorted() (names []string, counts []int, rank []int32) {
	order := make([]int32, len(x.names))
	for i := range order {
		order[i] = int32(i)
	}
	compare := nameOrder(x.names)
	slices.SortFunc(order, func(a, b int32) int { return compare(x.names[a], x.names[b]) })
	rank = make([]int32, len(order))
	for place, i := range order {
		names, counts = append(names, x.names[i]), append(counts, x.counts[i])
		rank[i] = int32(place)
	}
	return names, counts, rank
}

// nameOrder compares by value when every name is a number, otherwise by bytes.
func nameOrder(names []string) func(a, b string) int {
	value := make(map[string]float64, len(names))
	for _, name := range names {
		v, err := strconv.ParseFloat(name, 64)
		if err != nil {
			return strings.Compare
		}
		value[name] = v
	}
	return func(a, b string) int {
		return cmp.Or(cmp.Compare(value[a], value[b]), strings.Compare(a, b))
	}
}

// alike returns a pair of names that differ only in letter case, blanks or marks, if there is one.
// Signs that mean something, as in <50, 50+ and A-, are no marks.
func alike(names []string) (a, b string, found bool) {
	seen := map[string]string{}
	for _, name := range names {
		end := strings.TrimRight(name, "-")
		key := strings.Map(func(r rune) rune {
			if strings.ContainsRune("<>≤≥+", r) || unicode.IsMark(r) {
				return r
			}
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, norm.NFKC.String(name)) + name[len(end):]
		if key == "" || len(key) == strings.IndexFunc(key, unicode.IsLetter) ||
			!strings.ContainsFunc(key, unicode.IsLetter) {
			continue // marks tell numbers apart: -1 and 1
		}
		if other, known := seen[key]; known {
			return other, name, true
		}
		seen[key] = name
	}
	return "", "", false
}

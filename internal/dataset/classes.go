package dataset

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// classNames numbers class names in the order of their first appearance, until sorted puts them into their final order.
type classNames struct {
	names []string
	index map[string]int32
}

// newClassNames numbers the given names, which must be distinct, 0, 1, ….
func newClassNames(names []string) *classNames {
	c := &classNames{names: names, index: make(map[string]int32, len(names))}
	for i, name := range names {
		c.index[name] = int32(i)
	}
	return c
}

// add returns the number of name, a new one if the name is new. It keeps a copy, not the memory behind name.
func (c *classNames) add(name string) int32 {
	label, known := c.index[name]
	if !known {
		name = strings.Clone(name)
		label = int32(len(c.names))
		c.names = append(c.names, name)
		c.index[name] = label
	}
	return label
}

// sorted returns the names in their final order and rank, where rank[l] is the final label of the name that add numbered l.
func (c *classNames) sorted() (names []string, rank []int32) {
	names = slices.Clone(c.names)
	slices.SortFunc(names, classOrder(names))
	rank = make([]int32, len(names))
	for i, name := range names {
		rank[c.index[name]] = int32(i)
	}
	return names, rank
}

// classOrder compares by number when every name is an int64 in decimal (by spelling among equals, such as 1 and 01), otherwise by
// the bytes of the name.
func classOrder(names []string) func(a, b string) int {
	value := make(map[string]int64, len(names))
	for _, name := range names {
		v, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			return strings.Compare
		}
		value[name] = v
	}
	return func(a, b string) int {
		return cmp.Or(cmp.Compare(value[a], value[b]), strings.Compare(a, b))
	}
}

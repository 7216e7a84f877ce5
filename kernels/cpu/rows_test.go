package cpu

import (
	"os"
	"slices"
)

// testRows are the rows that tests compare with the portable one: all, or the one that
// SYMVI_TEST_ISA names, for machines that are slow at what others test as well.
func testRows() []*row {
	name := os.Getenv("SYMVI_TEST_ISA")
	return slices.DeleteFunc(rows(), func(r *row) bool { return name != "" && r.name != name })
}

// ISAsToTest are their names.
func ISAsToTest() []string {
	var names []string
	for _, r := range testRows() {
		names = append(names, r.name)
	}
	return names
}

package dataset

import (
	"strings"
	"testing"
)

// TestLimits checks that every limit is kept, names its flag, and can be raised.
func TestLimits(t *testing.T) {
	rows := rowsOf("a,b,k", 60, func(i int) string {
		return strings.Repeat("x", i%2+3) + ",1.5," +
			string(rune('p'+i%3))
	})
	for part, l := range map[string]Limits{
		"line 3: expected lines of at most 9 bytes, found a longer one or an open " +
			"quote; --max-line": {Line: 9},
		"line 3, field 1: expected at most 3 bytes, found 4; --max-field":   {Field: 3},
		"line 1: expected at most 2 columns, found 3; --max-columns":        {Columns: 2},
		`column "k": expected at most 2 classes, found more; --max-classes`: {Classes: 2},
	} {
		path := writeFile(t, "t.csv", rows)
		_, err := ReadTable(path, Options{Target: "k", Fold: -1, Limits: l})
		wantError(t, err, part)
		s, err := ReadTable(path, Options{Target: "k", Fold: -1, Limits: Limits{Line: 10, Field: 4,
			Columns: 3, Classes: 3}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(writeFile(t, "new.csv", "a,b,k,more\nxxx,1,p,1\n"), &s.Schema,
			ReadOptions{}); err == nil {
			t.Error("new rows with more columns than the training allowed: got no error")
		}
	}
}

package dataset

import (
	"fmt"
	"strings"
	"testing"
)

// TestAligned reads tables laid out by position, in which cells are blank, as CSV with these empty.
func TestAligned(t *testing.T) {
	type format struct {
		row   string // of a name, a number, a text and a class
		names string
	}
	for name, f := range map[string]format{
		"right":       {"%-6s %8s %7s %3s\n", "row,u,c,k"},
		"left":        {"%-6s  %-9s  %-8s  %-3s\n", "row,u,c,k"},
		"no name":     {"%-6s %8s %7s %3s\n", ",u,c,k"},
		"header left": {"%6s %8s %-7s %3s\n", "row,u,c,k"},
		"letters":     {"%-6s %8s %-7s %3s\n", "row,ü,c,größe"},
	} {
		var plain, csv strings.Builder
		put := func(fields ...string) {
			csv.WriteString(strings.Join(fields, ",") + "\n")
			fmt.Fprintf(&plain, f.row, fields[0], fields[1], fields[2], fields[3])
		}
		put(strings.Split(f.names, ",")...)
		for i := range 60 {
			u, c := fmt.Sprintf("%.*f", i%3, wave(i)), []string{"red", "", "größer"}[i*i%7%3]
			if i%5 == 4 {
				u = ""
			}
			put(fmt.Sprint("n", i*i), u, c, []string{"a", "b"}[i*i%3%2])
		}
		target := f.names[strings.LastIndexByte(f.names, ',')+1:]
		want := readNamed(t, "t.csv", csv.String(), target)
		got := readNamed(t, "t.txt", plain.String(), target)
		if !equalBits(got.Train.X, want.Train.X) || !equalBits(got.Test.X, want.Test.X) {
			t.Errorf("%s: other values: inputs %q, want %q", name, got.FeatureNames(), want.FeatureNames())
		}
		if said := strings.Join(got.Report.Guesses, "\n"); !strings.Contains(said, "by their position") {
			t.Errorf("%s: said %q", name, said)
		}
		checkReader(t, writeFile(t, "t.txt", plain.String()), got, Options{})
	}
}

func readNamed(t *testing.T, name, text, target string) *Split {
	t.Helper()
	s, err := ReadTable(writeFile(t, name, text), Options{Target: target, Fold: -1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestUnaligned refuses lines of fewer fields where it is not certain to which columns they belong,
// and a line behind the first ones that has a word between two columns.
func TestUnaligned(t *testing.T) {
	rows := strings.Repeat("Ann    1.25    1\nBo            22\nEva       3   13\n", 9)
	table := "name      u    y\n" + rows
	if s := readNamed(t, "t.txt", table, "y"); s.Report.Rows != 27 {
		t.Fatalf("%d rows", s.Report.Rows)
	}
	for text, want := range map[string]string{
		"a b y\n1 2 3\n3 4\n" + strings.Repeat("1 2 3\n", 9):      "line 3: expected 3 fields",
		strings.Replace(table, "name      u ", "name  the u ", 1): "line 2: expected 4 fields",
		strings.Replace(table, "1.25    1", "1.25\t1", 1):         "line 3: expected 3 fields",
		strings.Replace(table, "Bo  ", "\"B\"", 1):                "line 3: expected 3 fields",
		strings.Replace(table, "Bo     ", "Bo  4 5", 1):           "(separator blanks), found 4",
		strings.Replace(table, "     3  ", "  30   ", 1):          "line 3: expected 3 fields",
		strings.Replace(table, "name ", "     ", 1):               "y", // pandas' index
	} {
		s, err := ReadTable(writeFile(t, "t.txt", text), Options{Target: "y", Fold: -1})
		if want == "y" && err == nil && s.Report.Rows == 27 {
			continue
		}
		wantError(t, err, want)
	}
	long := table + strings.Repeat(rows, sampleSize/len(rows)+1)
	lines := strings.Count(long, "\n")
	_, err := ReadTable(writeFile(t, "t.txt", long+"Ann    1.25 1 22\n"), Options{Target: "y",
		Fold: -1, Drop: "name"})
	wantError(t, err, fmt.Sprintf("line %d: expected a value below each name, or none, found \"1\" "+
		"between two columns", lines+1))
	s, err := ReadTable(writeFile(t, "t.txt", long), Options{Target: "y", Fold: -1, Drop: "name"})
	if err != nil || s.Report.Rows != lines-1 {
		t.Errorf("%v: %v", err, s)
	}
}

// TestAlignedWithoutBlanks leaves a table without blank cells to the splitter at blanks, also where
// the header lacks a name.
func TestAlignedWithoutBlanks(t *testing.T) {
	table := rowsOf("       u    y", 30, func(i int) string {
		return fmt.Sprintf("n%-3d %3d %4d", i, i*i%13, i*i%113)
	})
	s, err := ReadTable(writeFile(t, "t.txt", table), Options{Target: "y", Drop: "1", Fold: -1})
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(s.Report.Guesses, "\n"); strings.Contains(said, "position") {
		t.Errorf("said %q", said)
	}
}

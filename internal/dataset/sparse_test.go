package dataset

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// sparseRows are n rows of LIBSVM, and the same as CSV, where some columns are rare.
func sparseRows(n int, label func(i int) string, indices []int) (pairs, csv string) {
	r := rand.New(rand.NewPCG(1, 2))
	var p, c strings.Builder
	c.WriteString("label")
	for _, index := range indices {
		fmt.Fprintf(&c, ",%d", index)
	}
	for i := range n {
		p.WriteString(label(i))
		c.WriteString("\n" + strings.TrimPrefix(label(i), "+"))
		for k, index := range indices {
			value := "0"
			if r.IntN(k+2) == 0 {
				value = fmt.Sprintf("%.*f", k%4, wave(i+9*k))
				fmt.Fprintf(&p, " %d:%s", index, value)
			}
			c.WriteString("," + value)
		}
		p.WriteString([]string{"\n", " \n", " # remark, \"open\n", "\r\n"}[i%4])
	}
	return p.String(), c.String() + "\n"
}

// TestPairsAreCSV checks that rows of LIBSVM give the bits of a dense table, classes and numbers.
func TestPairsAreCSV(t *testing.T) {
	for name, label := range map[string]func(i int) string{
		"classes": func(i int) string { return []string{"+1", "-1"}[i*i%3%2] },
		"numbers": func(i int) string { return fmt.Sprintf("%.2f", wave(i)) },
	} {
		for _, indices := range [][]int{{1, 2, 3, 7, 9}, {0, 1, 2}, {5, 70000, 4294967295}} {
			pairs, csv := sparseRows(3000, label, indices)
			o := Options{Fold: -1}
			got, err := ReadTable(writeFile(t, "t", "# made\n\n"+pairs), o)
			if err != nil {
				t.Fatal(err)
			}
			o.Target = labelName
			want, err := ReadTable(writeFile(t, "t.csv", csv), o)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.FeatureNames(), want.FeatureNames()) || got.Train.N != want.Train.N ||
				!equalBits(got.Train.X, want.Train.X) || !equalBits(got.Test.X, want.Test.X) ||
				!equalBits(got.Train.Y, want.Train.Y) || !slices.Equal(got.Train.Labels, want.Train.Labels) {
				t.Errorf("%s, %v: other values", name, indices)
			}
		}
	}
}

// TestPairs reads small files of LIBSVM of all kinds.
func TestPairs(t *testing.T) {
	rows := func(row func(i int) string) string { return rowsOf("", 40, row)[1:] }
	class := func(i int) int { return i*i%3%2*2 - 1 }
	ab := []string{"-1", "1"}
	for name, c := range map[string]struct {
		outcome
		text string
	}{
		"groups": {outcome{rows: 40, inputs: 2, classes: ab, says: []string{"rows of LIBSVM",
			`the target is "label"`, "1 … 4", "qid, the group of a row, is left out"}},
			rows(func(i int) string {
				return fmt.Sprintf("%d qid:%d 1:%.2f 4:%.1f # doc", class(i), i/5, wave(i), wave(i+7))
			})},
		"another target": {outcome{target: "4", rows: 40, inputs: 2, says: []string{"task regress"}},
			rows(func(i int) string {
				return fmt.Sprintf("%d 1:%.2f 4:%.1f", class(i), wave(i), wave(i+7))
			})},
		"BOM": {outcome{rows: 40, inputs: 2, classes: ab, says: []string{"LIBSVM"}},
			"\ufeff" + rows(func(i int) string {
				return fmt.Sprintf("%d 1:%.2f 4:%.1f", class(i), wave(i), wave(i+7))
			})},
		"packed": {outcome{rows: 40, inputs: 2, classes: ab, says: []string{"LIBSVM"}},
			packed(rows(func(i int) string {
				return fmt.Sprintf("%d 0:%.2f 4:%.1e", class(i), wave(i), wave(i+7))
			}))},
	} {
		t.Run(name, func(t *testing.T) { c.check(t, writeFile(t, "t.svm", c.text)) })
	}
}

// TestBadPairs names the line of what is wrong in rows of LIBSVM.
func TestBadPairs(t *testing.T) {
	good := strings.Repeat("1 1:2 3:4\n-1 2:0.5 3:1\n1 1:3 2:2\n", 7)
	for bad, want := range map[string]string{
		"1 1:2 1:3":         "line 22: expected indices that grow, found 1 behind 1",
		"1 3:2 2:3":         "line 22: expected indices that grow, found 2 behind 3",
		"1 1:x":             `line 22: expected a number behind 1:, found "x"`,
		"1 1:nan":           `line 22: expected a number behind 1:, found "nan"`,
		"1 1:":              `line 22: expected a number behind 1:, found ""`,
		"1 1:1e999":         `line 22: expected a number behind 1:`,
		"1 1:2 3":           `line 22: expected index:value with an index from 0 to 4294967295, found "3"`,
		"1 -1:2":            `line 22: expected index:value`,
		"1 4294967296:2":    `line 22: expected index:value`,
		"1 1 :2":            `line 22: expected index:value`,
		"1:2 3:4":           `line 22: expected a label in front of index:value, found "1:2"`,
		"1,2 1:2 3:4":       `line 22: expected one label, found "1,2"`,
		"spam 1:2":          `line 22: expected a number for a label, found "spam"`,
		"1 1:2 qid:3 qid:4": `line 22: expected index:value`,
		"1 4:1 5:1 6:1 7:1": "line 22: expected at most 6 columns, found 8; --max-columns",
		"1 1:2\x003:4":      "zero byte",
	} {
		_, err := ReadTable(writeFile(t, "t.svm", good+bad+"\n"+good), Options{Fold: -1,
			Limits: Limits{Columns: 6}})
		wantError(t, err, "t.svm: ", want)
	}
	for text, want := range map[string]string{
		"1\n-1\n1\n":                              "say --target (columns:",
		strings.Repeat("1:2 3:4 5:6\n", 9):        "line 1: expected a label in front",
		strings.Repeat("1 1:2 3:4\n1,3 3:4\n", 9): "line 2: expected one label",
		strings.Repeat("1 1:2 3:4\n", 9):          "at least 2 classes",
	} {
		_, err := ReadTable(writeFile(t, "t.svm", text), Options{Fold: -1})
		wantError(t, err, want)
	}
	refused := fmt.Errorf("too much")
	_, err := ReadTable(writeFile(t, "t.svm", good), Options{Fold: -1,
		Admit: func(bytes float64) error {
			if bytes != 4*21*4 {
				t.Errorf("asked for %v bytes", bytes)
			}
			return refused
		}})
	wantError(t, err, "21 rows of 4 columns are kept with all their zeros: too much")
}

// TestNewPairs reads new rows with fewer and with other indices, without labels, one alone, and as
// CSV.
func TestNewPairs(t *testing.T) {
	label := func(i int) string { return fmt.Sprint(i * i % 3 % 2) }
	pairs, _ := sparseRows(200, label, []int{1, 2, 5})
	s, err := ReadTable(writeFile(t, "t.svm", pairs), Options{Fold: -1, Missing: MissingError})
	if err != nil {
		t.Fatal(err)
	}
	dense := readNew(t, &s.Schema, "1,2,5\n0,0.5,0\n7,0,2\n0,0,0\n")
	for text, remark := range map[string]string{
		"0 2:0.5\n0 1:7 5:2\n1\n":                 "",
		"2:0.5\n1:7 5:2\n0\n":                     "",
		"1 2:0.5 6:9\n0 0:3 1:7 4:1 5:2 9:9\n1\n": "indices that are no input, such as 6 in line 1: 4",
	} {
		r, err := Open(writeFile(t, "new.txt", text), &s.Schema, ReadOptions{})
		if text[0] == '2' { // without labels
			r, err = Open(writeFile(t, "new.txt", text), &s.Schema, ReadOptions{Targets: TargetsIgnored})
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if !equalBits(got.X, dense) {
			t.Errorf("%q: %v, want %v", text, got.X, dense)
		}
		if said := strings.Join(r.Remarks(), "\n"); !strings.Contains(said, remark) {
			t.Errorf("%q: said %q, want %q", text, said, remark)
		}
		r.Close()
	}
	if got := readNew(t, &s.Schema, "1 2:0.5\n"); !equalBits(got, dense[:3]) {
		t.Errorf("one row: %v, want %v", got, dense[:3])
	}
	r, err := Open(writeFile(t, "new.txt", "1 2:0.5\n1 5:1 2:3\n"), &s.Schema, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = r.ReadAll()
	wantError(t, err, "new.txt: line 2: expected indices that grow")
}

// readNew returns the inputs of new rows.
func readNew(t *testing.T, s *Schema, text string) []float32 {
	t.Helper()
	r, err := Open(writeFile(t, "new.csv", text), s, ReadOptions{Targets: TargetsIgnored})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	table, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return table.X
}

// TestBracesAreRows checks that rows of ARFF in braces give the bits of the same rows in full.
func TestBracesAreRows(t *testing.T) {
	const head = "@relation r\n@attribute u numeric\n@attribute 'a b' { 'no, never' ,yes}\n" +
		"@attribute s string\n@attribute v INTEGER\n@ATTRIBUTE k {p,q}\n@data\n% made\n"
	full, braces := head, head
	for i := range 60 {
		u, v := fmt.Sprintf("%.2f", wave(i)), i*i%7
		fields, written := []string{"0", `"no, never"`, "?", "0", "p"}, []string{}
		put := func(j int, value string) {
			fields[j], written = value, append(written, fmt.Sprintf("%d %s", j, value))
		}
		if i%3 > 0 {
			put(0, u)
		}
		if i*i%5 == 1 {
			put(1, "yes")
		}
		if i%2 == 0 {
			put(2, []string{"x", `"don't, y"`}[i*i%3%2])
		}
		if v > 2 {
			put(3, fmt.Sprint(v))
		}
		if i*i%11%2 == 1 {
			put(4, "q")
		}
		full += strings.Join(fields, ",") + "\n"
		braces += "{" + strings.Join(written, ", ") + "}\n"
	}
	if !strings.Contains(braces, "\n{}\n") && !strings.Contains(braces, "{}") {
		t.Error("no row is empty")
	}
	o := Options{Target: "k", Fold: -1}
	got, err := ReadTable(writeFile(t, "t.arff", braces), o)
	if err != nil {
		t.Fatal(err)
	}
	want, err := ReadTable(writeFile(t, "t.arff", full), o)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.FeatureNames(), want.FeatureNames()) ||
		!equalBits(got.Train.X, want.Train.X) || !equalBits(got.Test.X, want.Test.X) ||
		!slices.Equal(got.Train.Labels, want.Train.Labels) {
		t.Errorf("other values: %q, want %q", got.FeatureNames(), want.FeatureNames())
	}
	checkReader(t, writeFile(t, "t.arff", braces), got, o)
}

// TestBadBraces names the line of what is wrong in such rows.
func TestBadBraces(t *testing.T) {
	const head = "@relation r\n@attribute u real\n@attribute v real\n@attribute k {p,q}\n@data\n"
	for bad, want := range map[string]string{
		"{0 1, 3 2}":      `line 8: expected the number of an attribute, 0 to 2, found "3"`,
		"{-1 1}":          `line 8: expected the number of an attribute`,
		"{x 1}":           `line 8: expected the number of an attribute`,
		"{1 1, 0 2}":      "line 8: expected numbers of attributes that grow, found 0 behind 1",
		"{1 1, 1 2}":      "line 8: expected numbers of attributes that grow, found 1 behind 1",
		"{0 1, 1}":        "line 8: expected a value behind the number 1 of an attribute, found none",
		"{0 'a}":          "line 8: expected a value behind the number 0",
		"{0 'a' 1 2}":     `line 8: expected a comma behind the value "a", found "1 2"`,
		"{0 1, 1 2}, {3}": `line 8: expected a comma behind the value "2"`,
		"{0 1":            "line 8: expected a row in braces as the first one",
		"1,2,p":           "line 8: expected a row in braces as the first one",
		"{0 nan_}":        `column "u": expected a number as in 3 other rows, found "nan_"`,
	} {
		_, err := ReadTable(writeFile(t, "t.arff", head+"{0 1.5}\n{1 2, 2 q}\n"+bad+"\n{2 q}\n"),
			Options{Target: "k", Fold: -1})
		wantError(t, err, "t.arff: ", want)
	}
}

// FuzzRows reads arbitrary lines as rows of LIBSVM and of ARFF in braces.
func FuzzRows(f *testing.F) {
	for _, seed := range rowSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(checkRows)
}

// rowSeeds are lines of both kinds.
var rowSeeds = []string{"1 1:2.5 3:-7 # x", "-1 qid:4 0:1e3\t4294967295:1 ", "+1", "1:2 3:4",
	"{0 1.5, 3 'a, b'}", "{}", `{1 "it\"s",2 ?}`, "{ 0 x ,1 y }\r"}

// checkRows compares the reader of a line with one that splits it at blanks first, and fails unless
// the values of a row in braces are parts of it.
func checkRows(t *testing.T, line []byte) {
	if strings.ContainsAny(string(line), "\n\v\f\u0085\u00a0\x00") || !utf8.Valid(line) {
		return
	}
	all := []int64{0, 1, 2, 3, 4, 7, 1000, 4294967295}
	r, b := &cellReader{decimal: '.', readings: make([]*reading, 1+len(all))}, &batch{}
	for _, known := range []bool{false, true} {
		row := make([]cell, 1+len(all))
		p := &pairs{indices: all, known: known}
		isRow, err := p.readPairs(row, line, r, b)
		want, wantRow, ok := splitPairs(string(line), all, known)
		if ok != (err == nil) || wantRow != isRow {
			t.Fatalf("%q: %v, row %v; want well %v, row %v", line, err, isRow, ok, wantRow)
		}
		for j, text := range want {
			if ok && string(row[j].text) != text {
				t.Fatalf("%q: column %d is %q, want %q", line, j, row[j].text, text)
			}
		}
	}
	row := make([]cell, 1+len(all))
	if _, err := readBraces(row, line, r, b); err != nil {
		wantError(t, err, "expected ")
		return
	}
	for j, v := range row {
		if text := string(v.text); !strings.Contains(string(line), text) &&
			!strings.Contains(string(line), `\`) {
			t.Fatalf("%q: column %d is %q", line, j, text)
		}
	}
}

// splitPairs is readPairs in another way. It returns the text of every column.
func splitPairs(line string, indices []int64, known bool) (texts []string, isRow, ok bool) {
	line, _, _ = strings.Cut(line, "#")
	words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' })
	texts = make([]string, 1+len(indices))
	if len(words) == 0 {
		return texts, false, true
	}
	if !strings.Contains(words[0], ":") {
		var v cell
		r := &cellReader{decimal: '.', readings: make([]*reading, 1)}
		r.read(&v, []byte(words[0]), 0)
		if v.kind == cellText || strings.Contains(words[0], ",") {
			return nil, false, false
		}
		texts[0], words = string(v.text), words[1:]
	} else if !known {
		return nil, false, false
	}
	if len(words) > 0 && strings.HasPrefix(words[0], "qid:") {
		words = words[1:]
	}
	last := int64(-1)
	for _, w := range words {
		number, value, _ := strings.Cut(w, ":")
		index, err := strconv.ParseUint(number, 10, 32)
		if _, plain := parseNumber([]byte(value), '.'); err != nil || int64(index) <= last || !plain ||
			!strings.Contains(w, ":") {
			return nil, false, false
		}
		last = int64(index)
		if at := slices.Index(indices, last); at >= 0 {
			texts[1+at] = value
		}
	}
	return texts, true, true
}

package dataset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shared is a directory of files that the project does not carry; tests read them where they are.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "shared"}, parts...)...)
	if root := os.Getenv("SYMVI_SHARED"); root != "" {
		path = filepath.Join(append([]string{root}, parts...)...)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not here", filepath.Join(parts...))
	}
	return path
}

// outcome is how reading a table ends.
type outcome struct {
	file, target string
	set          func(*Options)
	err          string   // part of the error, or
	inputs       int      // inputs of a row,
	rows         int      // used,
	classes      []string // their names,
	says         []string // and parts of guesses and warnings
}

func (c outcome) check(t *testing.T, path string) {
	t.Helper()
	o := Options{Target: c.target, Fold: -1}
	if c.set != nil {
		c.set(&o)
	}
	s, err := ReadTable(path, o)
	if c.err != "" {
		wantError(t, err, c.err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, s.Schema, s.Train)
	checkTable(t, s.Schema, s.Test)
	if s.Report.Rows != c.rows || s.Train.N+s.Test.N != c.rows || s.Inputs != c.inputs ||
		!slices.Equal(s.ClassNames, c.classes) {
		t.Errorf("%d rows (%d + %d), %d inputs, classes %q; want %d rows, %d inputs, classes %q",
			s.Report.Rows, s.Train.N, s.Test.N, s.Inputs, s.ClassNames, c.rows, c.inputs, c.classes)
	}
	said := strings.Join(slices.Concat(s.Report.Guesses, s.Report.Warnings), "\n")
	for _, part := range c.says {
		if !strings.Contains(said, part) {
			t.Errorf("%q is not said; but: %s", part, said)
		}
	}
	if c.says == nil && said != "" {
		t.Errorf("said: %s", said)
	}
	checkReader(t, path, s, o)
}

// checkReader reads the file again as one of new rows: every row must have the bits that the
// training or its test part saw.
func checkReader(t *testing.T, path string, s *Split, o Options) {
	t.Helper()
	text, err := s.Schema.roundTrip()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(path, text, ReadOptions{Format: o.Format, Targets: TargetsOptional,
		DropMissing: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	again, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	key := func(t *Table, i int) string {
		var b strings.Builder
		for _, x := range t.Row(i) {
			b.WriteString(bitsOf(x))
		}
		if t.Labels != nil {
			b.WriteByte(byte(t.Labels[i]))
		}
		return b.String()
	}
	for i := range again.N {
		count[key(again, i)]++
	}
	for _, part := range []*Table{s.Train, s.Test} {
		for i := range part.N {
			if k := key(part, i); count[k] == 0 {
				t.Fatalf("no row of the file, read again, has the bits of row %d", i)
			} else {
				count[k]--
			}
		}
	}
}

// yesNo are the classes of most files.
var yesNo = []string{"no", "yes"}

// TestField reads the files of shared/field, each of which stands for a kind of failure.
func TestField(t *testing.T) {
	numbers := "holds numbers with fractions"
	for _, c := range []outcome{
		{file: "plain/plain.csv", target: "out", rows: 60, inputs: 2, classes: yesNo},
		{file: "plain/PLAIN.CSV", target: "out", rows: 60, inputs: 2, classes: yesNo},
		{file: "plain/plain.csv.gz", target: "out", rows: 60, inputs: 2, classes: yesNo},
		{file: "plain/swapped.csv", target: "out", rows: 60, inputs: 2, classes: yesNo},

		{file: "offset/unix.csv", target: "y", rows: 200, inputs: 1, says: []string{numbers}},
		{file: "offset/geo.csv", target: "y", rows: 60, inputs: 2, says: []string{numbers}},

		{file: "continuous/price.csv", target: "price", rows: 200, inputs: 2,
			says: []string{"task regress: \"price\" " + numbers}},
		{file: "continuous/price.csv", target: "price", set: func(o *Options) { o.Task = "classify" },
			err: "found 195 different values in 200 rows; for numbers say --task regress"},
		{file: "continuous/round.csv", target: "price", rows: 200, inputs: 2,
			says: []string{"task regress: \"price\" holds many different numbers"}},

		{file: "noheader/n.csv", target: "3", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"no header: the first line"}},
		{file: "noheader/n.csv", target: "out", err: "no header was found, so columns go by number"},
		{file: "noheader/dup.csv", target: "-1", rows: 61, inputs: 3, classes: yesNo,
			says: []string{"no header"}},

		{file: "labels/int.csv", target: "k", rows: 60, inputs: 2, classes: []string{"0", "1"}},
		{file: "labels/float.csv", target: "k", rows: 60, inputs: 2, classes: []string{"0", "1"}},
		{file: "labels/mixed.csv", target: "k", rows: 60, inputs: 2, classes: []string{"0", "1"}},
		{file: "labels/negpos.csv", target: "s", rows: 60, inputs: 2, classes: []string{"-1", "1"}},
		{file: "labels/noncontig.csv", target: "digit", rows: 60, inputs: 2, classes: []string{"3", "7"}},
		{file: "labels/case.csv", target: "k", rows: 60, inputs: 2,
			classes: []string{"No", "Yes", "no", "yes"}, says: []string{"differ only in spelling"}},

		{file: "imbalance/imb.csv", target: "k", rows: 600, inputs: 2, classes: []string{"neg", "pos"}},
		{file: "imbalance/rare.csv", target: "k", rows: 100, inputs: 2,
			classes: []string{"common", "other",
				"rare"}, says: []string{"class \"rare\" has only one row, which is for training"}},
		{file: "imbalance/oneclass-train.csv", target: "k", err: "expected at least 2 classes"},

		{file: "semicolon/comma.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"separator semicolon", "decimal comma"}},
		{file: "semicolon/point.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"separator semicolon"}},
		{file: "semicolon/quoted-header.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"separator semicolon"}},
		{file: "semicolon/ambiguous.csv", target: "y", rows: 60, inputs: 1,
			says: []string{"separator semicolon", "decimal comma", numbers}},
		{file: "tab/t.tsv", target: "out", rows: 60, inputs: 2, classes: yesNo},
		{file: "tab/tab.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"separator tab"}},
		{file: "space/data.csv", target: "3", rows: 60, inputs: 2, classes: []string{"0", "1"},
			says: []string{"separator blanks", "no header"}},
		{file: "space/data.txt", target: "3", rows: 60, inputs: 2, classes: []string{"0", "1"},
			says: []string{"separator blanks", "no header"}},

		{file: "bomcrlf/b.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"byte order mark"}},
		{file: "bomcrlf/quoted.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"byte order mark"}},
		{file: "bomcrlf/blank.csv", target: "out", rows: 60, inputs: 2, classes: yesNo},
		{file: "bomcrlf/comment.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"# are comments"}},
		{file: "bomcrlf/cr.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"carriage returns"}},
		{file: "bomcrlf/latin1.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"encoding latin-1"}},
		{file: "bomcrlf/utf16.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"encoding utf-16"}},
		{file: "bomcrlf/sep.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{"separator comma, from the line"}},
		{file: "bomcrlf/trailing.csv", target: "out", rows: 60, inputs: 2, classes: yesNo},

		{file: "index/pandas.csv", target: "out", rows: 60, inputs: 2, classes: yesNo},
		{file: "index/id.csv", target: "out", rows: 60, inputs: 1, classes: yesNo,
			says: []string{"column \"Id\" counts the rows and is left out; keep it with --only, or say " +
				"--drop Id"}},
		{file: "index/id.csv", target: "out", set: func(o *Options) { o.Drop = "Id" }, rows: 60,
			inputs: 1, classes: yesNo},
		{file: "index/id.csv", target: "out", set: func(o *Options) { o.Only = "Id,noise" }, rows: 60,
			inputs: 2, classes: yesNo},

		{file: "missing/empty.csv", target: "out", rows: 60, inputs: 3, classes: yesNo,
			says: []string{`missing values ("v" 1)`}},
		{file: "missing/NA.csv", target: "out", set: func(o *Options) { o.Missing = MissingError },
			err: `line 8: expected a value, found none; missing values: "v" 1; say --missing drop or mean`},
		{file: "missing/nan.csv", target: "out", set: func(o *Options) { o.Missing = MissingDrop },
			rows: 59, inputs: 2, classes: yesNo},
		{file: "missing/q.csv", target: "out", rows: 60, inputs: 3, classes: yesNo,
			says: []string{`missing values ("v" 1)`}},
		{file: "missing/sentinel.csv", target: "out", rows: 60, inputs: 3, classes: yesNo,
			says: []string{"-999 lies far from all other values and is read as missing"}},
		{file: "missing/target.csv", target: "out", rows: 59, inputs: 2, classes: yesNo},
		{file: "missing/target.csv", target: "out", set: func(o *Options) { o.Missing = MissingError },
			err: "line 10: expected a value of the target"},

		{file: "categorical/bool.csv", target: "out", rows: 60, inputs: 2, classes: yesNo},
		{file: "categorical/c.csv", target: "out", rows: 60, inputs: 4, classes: yesNo},
		{file: "categorical/thousands.csv", target: "out", rows: 60, inputs: 2, classes: yesNo,
			says: []string{`"pay" has marks between thousands, like "57,394"`}},

		{file: "constant/c.csv", target: "y", rows: 60, inputs: 1,
			says: []string{`column "b" is the same in all rows (0.1) and left out`}},
		{file: "constant/near.csv", target: "y", rows: 60, inputs: 2,
			says: []string{`column "b" hardly varies`}},
		{file: "constant/target.csv", target: "y",
			err: "expected a target that varies, found 7.5 in all rows"},

		{file: "huge/outlier.csv", target: "y", rows: 60, inputs: 1,
			says: []string{`column "a": line 2: 1e+20 is so far`, "different values become the same"}},
		{file: "huge/h.csv", target: "y", rows: 60, inputs: 2, says: []string{numbers}},
		{file: "huge/max.csv", target: "y", rows: 60, inputs: 1, says: []string{numbers}},
		{file: "huge/tscale.csv", target: "y", rows: 60, inputs: 1, says: []string{numbers}},
		{file: "huge/inf.csv", target: "y",
			err: `line 2, column "a": expected a number as in 2 other rows, found "inf"`},

		{file: "tiny/0.csv", target: "y", err: "expected at least 2 rows of data, found 0"},
		{file: "tiny/1.csv", target: "y", err: "expected at least 2 rows of data, found 1"},
		{file: "tiny/2.csv", target: "y", rows: 2, inputs: 1, says: []string{"only 2 rows"}},
		{file: "tiny/5.csv", target: "y", rows: 5, inputs: 1, says: []string{"only 5 rows"}},
		{file: "tiny/hex.csv", target: "y", err: `line 2, column "x": expected a number, found "0x10"`},
		{file: "tiny/pct.csv", target: "y",
			err: `column "x": expected amounts of one unit, found "%" (line 2) and "$" (line 3): convert them`},
		{file: "tiny/onlytarget.csv", target: "y", err: "expected an input column beside the target"},
		{file: "tiny/quote.csv", target: "y", err: "line 3: expected a closing quote"},
		{file: "tiny/ragged.csv", target: "y",
			err: "line 3: expected 2 fields as in the header (separator comma), found 3"},
		{file: "names/n.csv", target: "price ($)", rows: 30, inputs: 2,
			says: []string{numbers, `column "größe" counts the rows`}},
		{file: "names/dup.csv", target: "y", rows: 3, inputs: 2,
			says: []string{`the second "x" is "x.2"`}},
	} {
		t.Run(c.file, func(t *testing.T) { c.check(t, shared(t, "field", filepath.FromSlash(c.file))) })
	}
}

// TestPublicTables reads tables as people download them, given the target and nothing else.
func TestPublicTables(t *testing.T) {
	for _, c := range []outcome{
		{file: "penguins.csv", target: "species", rows: 344, inputs: 14,
			classes: []string{"Adelie", "Chinstrap", "Gentoo"}, says: []string{`"sex" 11`}},
		{file: "tips.csv", target: "tip", rows: 244, inputs: 12, says: []string{"task regress"}},
		{file: "titanic.csv", target: "survived", rows: 891, inputs: 32, classes: []string{"0", "1"},
			says: []string{`column "alive" says the same as the target and is left out`}},
		{file: "auto-mpg.csv", target: "mpg", rows: 398, inputs: 7,
			says: []string{`missing values ("horsepower" 2)`}},
		{file: "pima.csv", target: "9", rows: 768, inputs: 8, classes: []string{"0", "1"},
			says: []string{"no header"}},
		{file: "abalone.csv", target: "9", rows: 4177, inputs: 10,
			says: []string{"no header", "task regress"}},
		{file: "winequality-red.csv", target: "12", rows: 1599, inputs: 11,
			classes: []string{"3", "4", "5", "6", "7", "8"}, says: []string{"no header", "task classify"}},
		{file: "auto-insurance.csv", target: "2", rows: 63, inputs: 1,
			says: []string{"no header", "task regress"}},
	} {
		t.Run(c.file, func(t *testing.T) { c.check(t, shared(t, "data", "tables", c.file)) })
	}
}

// TestUCI reads a split that comes with the data.
func TestUCI(t *testing.T) {
	dir := shared(t, "data", "uci", "yacht")
	s, err := ReadTable(dir, Options{Fold: 3})
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, s.Schema, s.Train)
	checkTable(t, s.Schema, s.Test)
	if s.Name != "yacht" || s.Train.N != 277 || s.Test.N != 31 || s.Inputs != 6 || s.Task != Regress {
		t.Errorf("%s: %d + %d rows, %d inputs, %v", s.Name, s.Train.N, s.Test.N, s.Inputs, s.Task)
	}
	_, err = ReadTable(dir, Options{Fold: 20})
	wantError(t, err, "--split 20", "no such file")
}

package dataset

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// rowsOf makes a table of n rows below a header.
func rowsOf(header string, n int, row func(i int) string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := range n {
		b.WriteString(row(i) + "\n")
	}
	return b.String()
}

// wave is a number that neither counts nor repeats itself soon.
func wave(i int) float64 { return float64(i*i*7919%1009)/100 - 5 }

// TestKinds makes a small table of each kind of difficulty.
func TestKinds(t *testing.T) {
	ab := []string{"a", "b"}
	class := func(i int) string { return ab[i*i%3%2] }
	plain := func(i int) string { return fmt.Sprintf("%.2f,%.2f,%s", wave(i), wave(i+50), class(i)) }
	numbers := "holds numbers with fractions"
	for name, c := range map[string]struct {
		outcome
		text string
	}{
		"plain": {outcome{target: "k", rows: 40, inputs: 2, classes: ab},
			rowsOf("u,v,k", 40, plain)},
		"no header": {outcome{target: "3", rows: 40, inputs: 2, classes: ab,
			says: []string{"no header"}}, strings.TrimPrefix(rowsOf("", 40, plain), "\n")},
		"header no": {outcome{target: "3", set: func(o *Options) { o.Header = no }, rows: 40, inputs: 2,
			classes: ab}, strings.TrimPrefix(rowsOf("", 40, plain), "\n")},
		"semicolon": {outcome{target: "k", rows: 40, inputs: 2, classes: ab,
			says: []string{"semicolon",
				"decimal comma"}}, strings.ReplaceAll(strings.ReplaceAll(rowsOf("u,v,k", 40,
			plain), ",", ";"), ".", ",")},
		"blanks": {outcome{target: "k", rows: 40, inputs: 2, classes: ab,
			says: []string{"separator blanks"}}, strings.ReplaceAll(rowsOf("u,v,k", 40, plain), ",", "   ")},
		"pipe": {outcome{target: "k", rows: 40, inputs: 2, classes: ab,
			says: []string{"separator pipe"}}, strings.ReplaceAll(rowsOf("u,v,k", 40, plain), ",", "|")},
		"CRLF": {outcome{target: "k", rows: 40, inputs: 2, classes: ab},
			strings.ReplaceAll(rowsOf("u,v,k", 40, plain), "\n", "\r\n")},
		"quotes": {outcome{target: "k", rows: 40, inputs: 2, classes: []string{"a", "b \"c\",\nd"}},
			strings.ReplaceAll(rowsOf("u,v,k", 40, plain), ",b\n", ",\"b \"\"c\"\",\nd\"\n")},
		"savetxt": {outcome{target: "k", rows: 40, inputs: 2, classes: ab,
			says: []string{"separator blanks", "are comments",
				"begins with #"}}, strings.ReplaceAll(rowsOf("# u,v,k", 40, plain), ",", " ")},
		"caret": {outcome{target: "k", rows: 40, inputs: 2, classes: ab,
			says: []string{"separator ^"}}, strings.ReplaceAll(rowsOf("u,v,k", 40, plain), ",", "^")},
		"title": {outcome{target: "k", rows: 40, inputs: 2, classes: ab,
			says: []string{"3 lines above the header are left out"}},
			"Report of 2024, final\nmade by hand\n\n" + rowsOf("u,v,k", 40, plain)},
		"row names": {outcome{target: "k", rows: 40, inputs: 2, classes: ab,
			says: []string{"the header has no name for the first column"}},
			rowsOf(`"u" "v" "k"`, 40, func(i int) string {
				return fmt.Sprintf("\"%d\" %s", i+1, strings.ReplaceAll(plain(i), ",", " "))
			})},
		"separator at the end": {outcome{target: "k", rows: 40, inputs: 2, classes: ab},
			rowsOf("u,v,k", 40, func(i int) string { return plain(i) + "," })},
		"JSON": {outcome{target: "k", err: "found JSON: write the table as CSV"},
			"[{\"u\": 1, \"k\": 2}]\n"},
		"amounts as target": {outcome{target: "y", rows: 40, inputs: 1,
			says: []string{`column "y" holds amounts in "$", like "$0"`, "task regress"}},
			rowsOf("u,y", 40, func(i int) string { return fmt.Sprintf("%.2f,$%d", wave(i), i) })},
		"dates as target": {outcome{target: "y", err: `dates like "2024-01-01" are not understood`},
			rowsOf("u,y", 40, func(i int) string {
				return fmt.Sprintf("%.2f,2024-%02d-%02d", wave(i), 1+i/28, 1+i%28)
			})},
		"pandas": {outcome{target: "2", rows: 40, inputs: 2, classes: ab},
			rowsOf(",0,1,2", 40, func(i int) string { return fmt.Sprint(i, ",", plain(i)) })},
		"tail": {outcome{target: "k", rows: 40, inputs: 2, classes: ab},
			rowsOf("u,v,k,", 40, func(i int) string { return plain(i) + "," })},
		"excel tail": {outcome{target: "k", rows: 40, inputs: 2, classes: ab},
			rowsOf("u,v,k", 40, plain) + ",,\n,,\n"},
		"equal": {outcome{target: "k", rows: 40, inputs: 1, classes: []string{"0", "1"}},
			rowsOf("u,k", 40, func(i int) string {
				return fmt.Sprint(wave(i), ",",
					[]string{"0", "1.0", "0.0", "1"}[i*i%7%4])
			})},
		"spelling": {outcome{target: "k", rows: 40, inputs: 1, classes: []string{"No", "no", "yes"},
			says: []string{`"No" and "no"`}},
			rowsOf("u,k", 40, func(i int) string {
				return fmt.Sprint(wave(i), ",",
					[]string{"no", "yes", "No"}[i*i%7%3])
			})},
		"codes": {outcome{target: "k", set: func(o *Options) { o.Text = "c" }, rows: 40, inputs: 1 + 3,
			classes: ab},
			rowsOf("u,c,k", 40, func(i int) string {
				return fmt.Sprint(wave(i), ",", i*i%3+i%2, ",",
					class(i))
			})},
		"two targets": {outcome{target: "y,z", rows: 40, inputs: 1,
			says: []string{"task regress: several targets"}},
			rowsOf("u,y,z", 40, func(i int) string {
				return fmt.Sprint(wave(i), ",", wave(2*i), ",",
					wave(3*i))
			})},
		"repeats": {outcome{target: "y", rows: 40, inputs: 1,
			says: []string{numbers, `column "copy" says the same as the target`}},
			rowsOf("u,y,copy", 40, func(i int) string {
				return fmt.Sprint(wave(i), ",", wave(2*i), ",",
					wave(2*i))
			})},
		"repeats in few rows": {outcome{target: "y", rows: 7, inputs: 1,
			says: []string{`column "copy" says the same as the target and is left out; keep it with --only`}},
			rowsOf("u,y,copy", 7, func(i int) string {
				return fmt.Sprintf("%.2f,%d.5,%d.50", wave(i),
					i*i, i*i)
			})},
		"repeats a class in few rows": {outcome{target: "y", rows: 7, inputs: 1, classes: ab,
			says: []string{`column "copy" says the same as the target`}},
			rowsOf("u,y,copy", 7, func(i int) string {
				return fmt.Sprintf("%.2f,%s,%s", wave(i), class(i), class(i))
			})},
		"repeats the second target": {outcome{target: "y,z", rows: 40, inputs: 1,
			says: []string{`column "copy" says the same as the target`}},
			rowsOf("u,y,z,copy", 40, func(i int) string {
				return fmt.Sprint(wave(i), ",", wave(2*i), ",", wave(3*i), ",", wave(3*i))
			})},
		"repeats alone": {outcome{target: "y",
			err: `found none that can be used: "copy" (repeats the target); --only keeps a column`},
			rowsOf("y,copy", 40, func(i int) string { return fmt.Sprint(wave(2*i), ",", wave(2*i)) })},
		"repeats and asked for": {outcome{target: "y", set: func(o *Options) { o.Only = "copy" },
			rows:   40,
			inputs: 1, says: []string{`column "copy" says the same as the target, and is an input because of --only`}},
			rowsOf("y,copy", 40, func(i int) string { return fmt.Sprint(wave(2*i), ",", wave(2*i)) })},
		"dropped for what is no input": {outcome{target: "k", rows: 30, inputs: 2, classes: ab,
			set:  func(o *Options) { o.Missing = MissingDrop },
			says: []string{`column "name" has too many different texts`, ""}},
			rowsOf("u,v,k,name,empty", 40, func(i int) string {
				u, name := fmt.Sprintf("%.2f", wave(i)), fmt.Sprint("N", i)
				if i%4 == 1 {
					u = "NA"
				}
				if i%3 == 0 {
					name = ""
				}
				return fmt.Sprintf("%s,%.2f,%s,%s,", u, wave(i+50), class(i), name)
			})},
		"dates": {outcome{target: "y", rows: 40, inputs: 1, says: []string{numbers,
			`column "when" holds dates or times`}},
			rowsOf("u,when,y", 40, func(i int) string {
				return fmt.Sprintf("%.2f,2024-01-%02d,%.2f", wave(i),
					1+i%28, wave(2*i))
			})},
		"names": {outcome{target: "y", rows: 40, inputs: 1, says: []string{numbers,
			`too many different texts`}},
			rowsOf("u,name,y", 40, func(i int) string {
				return fmt.Sprintf("%.2f,N%d,%.2f", wave(i), i,
					wave(2*i))
			})},
		"mixed": {outcome{target: "y",
			err: `line 7, column "u": expected a number as in 39 other rows, found "five"`},
			rowsOf("u,y", 40, func(i int) string {
				return strings.Replace(fmt.Sprintf("%d,%.2f", i*3,
					wave(2*i)), "15,", "five,", 1)
			})},
		"classes": {outcome{target: "name",
			err: "found 40 different values in 40 rows; choose another --target"},
			rowsOf("u,name", 40, func(i int) string { return fmt.Sprintf("%.2f,N%d", wave(i), i) })},
		"same twice": {outcome{target: "y", set: func(o *Options) { o.Drop = "y" },
			err: "--target y: expected a column that --drop and --only do not name"},
			rowsOf("u,y", 9, plain)},
		"no such": {outcome{target: "z",
			err: `--target: expected a column "z", found only "u", "v", "k"`}, rowsOf("u,v,k", 40, plain)},
		"far": {outcome{target: "9", err: "--target 9: expected a number from 1 to 3"},
			rowsOf("u,v,k", 40, plain)},
		"binary": {outcome{target: "k", err: "found a zero byte in line 2"}, "u,k\n\x00,1\n"},
		"empty":  {outcome{target: "k", err: "found an empty file"}, ""},
		"bad flag": {outcome{target: "k", set: func(o *Options) { o.Separator = "and" },
			err: `separator "and": expected comma`}, "u,k\n1,2\n"},
	} {
		t.Run(name, func(t *testing.T) { c.check(t, writeFile(t, "t.csv", c.text)) })
	}
}

// TestSamePlainText checks that one table gives the same bits in every text layout.
func TestSamePlainText(t *testing.T) {
	base := rowsOf("u,v,k", 2500, func(i int) string {
		return fmt.Sprintf("%.2f,%.4f,%s", wave(i), wave(i+50), []string{"a", "b"}[i*i%3%2])
	})
	want := readText(t, "t.csv", base)
	for name, text := range map[string]string{
		"t.tsv":     strings.ReplaceAll(base, ",", "\t"),
		"blank.csv": strings.ReplaceAll(base, "\n", "\n\n"),
		"crlf.csv":  strings.ReplaceAll(base, "\n", "\r\n"),
		"cr.csv":    strings.ReplaceAll(base, "\n", "\r"),
		"comma.csv": strings.ReplaceAll(strings.ReplaceAll(base, ",", ";"), ".", ","),
		"quote.csv": strings.ReplaceAll(base, ",", "\",\""),
		"wide.txt":  strings.ReplaceAll(base, ",", "     "),
		"t.csv.gz":  string(gzipped([]byte(base))),
	} {
		if name == "quote.csv" {
			text = "\"" + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\"\n\"") + "\"\n"
		}
		got := readText(t, name, text)
		if !equalBits(got.Train.X, want.Train.X) || !equalBits(got.Test.X, want.Test.X) ||
			!slices.Equal(got.Train.Labels, want.Train.Labels) {
			t.Errorf("%s: other values", name)
		}
	}
}

func readText(t *testing.T, name, text string) *Split {
	t.Helper()
	s, err := ReadTable(writeFile(t, name, text), Options{Target: "k", Fold: -1})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// TestReaderOfNewRows reads rows that are unlike the training's.
func TestReaderOfNewRows(t *testing.T) {
	s := readText(t, "t.csv", rowsOf("u,c,k", 60, func(i int) string {
		return fmt.Sprintf("%.2f,%s,%s", wave(i), []string{"red", "blue", ""}[i%3],
			[]string{"a", "b"}[i*i%3%2])
	}))
	read := func(text string, o ReadOptions) (*Chunk, []string, error) {
		r, err := Open(writeFile(t, "new.csv", text), &s.Schema, o)
		if err != nil {
			return nil, nil, err
		}
		defer r.Close()
		c := &Chunk{}
		err = r.Next(c)
		return c, r.Remarks(), err
	}
	c, remarks, err := read("extra,c,u\n1,red,1e6\n2,green,0\n3,,\n",
		ReadOptions{Targets: TargetsOptional, Keep: []string{"extra"}})
	if err != nil {
		t.Fatal(err)
	}
	if c.N != 3 || c.Labels != nil || c.Known != nil || c.Kept[1][0] != "2" {
		t.Errorf("%+v", c)
	}
	if want := []float32{0, 1, 0}; !slices.Equal(c.X[1:4], want) || c.X[5] != 0 || c.X[6] != 0 ||
		c.X[8] != 0 || c.X[11] != 1 {
		t.Errorf("inputs %v", c.X)
	}
	said := strings.Join(remarks, "\n")
	for _, part := range []string{`"u": 1 of 3 rows lie outside`,
		`"c": 1 of 3 rows have a text that training had not, like "green"`,
		`"u": 1 of 3 rows are missing`} {
		if !strings.Contains(said, part) {
			t.Errorf("%q is not said: %s", part, said)
		}
	}
	c, _, err = read("u,c,k\n1,red,a\n2,red,\n3,red,z\n", ReadOptions{Targets: TargetsOptional})
	if err != nil || !slices.Equal(c.Known, []bool{true, false, false}) || c.Labels[0] != 0 {
		t.Errorf("%v: %+v", err, c)
	}
	c, remarks, err = read("u,c,k\n1,red,a\nTotal,,\n", ReadOptions{})
	if err != nil || c.N != 1 || !strings.Contains(strings.Join(remarks, "\n"),
		"1 rows without a target are left out") {
		t.Errorf("%v: %+v, said %q", err, c, remarks)
	}
	for part, text := range map[string]string{
		`line 3, column "k": expected a class of the training ("a", "b"), ` +
			`found "z"`: "u,c,k\n1,red,a\n3,red,z\n",
		`expected a column "k" as in training, found only "u", "c"`: "u,c\n1,red\n",
		`expected a column "c" as in training, found only "u", "k"`: "u,k\n1,a\n",
		`line 2, column "u": expected a number, found "one"`:        "u,c,k\none,red,a\n",
		"expected a header with a column":                           "1,red,a\n2,red,b\n",
	} {
		_, _, err := read(text, ReadOptions{})
		wantError(t, err, "new.csv", part)
	}
}

// TestMissingOfOtherPrograms refuses missing values of rows for a posterior of another program
// without naming flags that its evaluation has not.
func TestMissingOfOtherPrograms(t *testing.T) {
	for text, want := range map[string]string{
		"u,k\n1,a\n,b\n2,a\n": `line 3: expected a value, found none; missing values: "u" 1; fill in or`,
		"u,k\n1,a\n3,\n2,b\n": "line 3: expected a value of the target, found none (1 rows have none); f",
	} {
		_, err := ReadTable(writeFile(t, "t.csv", text),
			Options{Target: "k", Fold: -1, Raw: true, Missing: MissingError})
		wantError(t, err, want)
	}
}

package dataset

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestReadings makes a small table of each kind of value that is not what it looks like. Every one
// is read again as one of new rows, which must have the bits that training saw.
func TestReadings(t *testing.T) {
	ab := []string{"a", "b"}
	class := func(i int) string { return ab[i*i%3%2] }
	// of is a table of one input and a class.
	of := func(value func(i int) string) string {
		return rowsOf("u,k", 40, func(i int) string { return value(i) + "," + class(i) })
	}
	every := func(n int, mark, format string) func(i int) string {
		return func(i int) string {
			if i%n == 2 {
				return mark
			}
			return fmt.Sprintf(format, wave(i))
		}
	}
	marked := func(says ...string) outcome {
		return outcome{target: "k", rows: 40, inputs: 2, classes: ab, says: append(says,
			`is read as missing; name what stands for missing values with --missing-values`,
			`missing values ("u"`)}
	}
	plain := outcome{target: "k", rows: 40, inputs: 1, classes: ab}
	says := func(o outcome, says ...string) outcome { o.says = says; return o }
	cases := map[string]struct {
		outcome
		text string
	}{
		"marks and numbers with a unit": {marked(`"-" among numbers`, `amounts in "cm", like "-5 cm"`),
			of(every(7, "-", "%v cm"))},
		"a mark that is a category": {outcome{target: "k", rows: 40, inputs: 3, classes: ab},
			of(func(i int) string { return []string{"x", "-", "y"}[i*i%7%3] })},
		"a mark that is a class": {outcome{target: "k", rows: 40, inputs: 1, classes: []string{"+", "-"}},
			rowsOf("u,k", 40, func(i int) string {
				return fmt.Sprint(wave(i), ",", []string{"+", "-"}[i*i%3%2])
			})},
		"a mark in the target": {outcome{target: "y", rows: 34, inputs: 1,
			says: []string{`column "y": "." among numbers is read as missing`}},
			rowsOf("u,y", 40, func(i int) string {
				return fmt.Sprint(wave(i+9), ",", every(7, ".", "%v")(i))
			})},
		"a mark with own words": {outcome{target: "k", set: func(o *Options) { o.MissingWords = "-9" },
			err: `line 4, column "u": expected a number as in 34 other rows, found "."`},
			of(every(7, ".", "%v"))},
		"a mark as text": {outcome{target: "k", set: func(o *Options) { o.Text = "u" }, rows: 40,
			inputs: 3, classes: ab},
			of(func(i int) string { return []string{"1", "-", "2"}[i*i%7%3] })},
		"padding":      {plain, of(func(i int) string { return fmt.Sprintf("\u00a0%v\u2009", wave(i)) })},
		"padded names": {says(plain), of(func(i int) string { return fmt.Sprint(wave(i)) })},
		"blanks between thousands": {says(plain,
			`column "u" has blanks between thousands, like "41 000.5", and is read as numbers`),
			of(func(i int) string { return fmt.Sprintf("%d %03d.5", 41+i, i*i*7%1000) })},
		"apostrophes": {says(plain, `"u" has blanks between thousands, like "41'000"`),
			of(func(i int) string { return fmt.Sprintf("%d'%03d", 41+i, i*i*7%1000) })},
		"minus signs": {says(plain, `column "u" has a minus sign that is not ASCII's, like "−5"`),
			of(func(i int) string { return strings.Replace(fmt.Sprint(wave(i)), "-", "−", 1) })},
		"accountants' brackets": {says(plain, `column "u" has brackets for negative numbers, like "(5)"`),
			of(func(i int) string {
				if x := wave(i); x < 0 {
					return fmt.Sprintf("(%v)", -x)
				}
				return fmt.Sprint(wave(i))
			})},
		"Fortran": {says(plain, `column "u" has exponents with a D, like "-5.00D+00"`),
			of(func(i int) string {
				return strings.Replace(fmt.Sprintf("%.2e", wave(i)), "e", "D", 1)
			})},
		"codes with a D": {outcome{target: "k", rows: 40, inputs: 2, classes: ab},
			of(func(i int) string { return []string{"1D5", "2D3"}[i*i%7%2] })},
		"a unit": {says(plain,
			`column "u" holds amounts in "cm", like "-5 cm", which are read as numbers`),
			of(func(i int) string { return fmt.Sprint(wave(i), " cm") })},
		"per cent": {says(plain, `amounts in "%", like "0%"`),
			of(func(i int) string { return fmt.Sprint(i*i%9, "%") })},
		"dollars": {says(plain, `amounts in "$", like "$1,000.50"`),
			of(func(i int) string { return fmt.Sprintf(`"$1,%03d.50"`, i*i%997) })},
		"negative dollars": {says(plain, `amounts in "$", like "-$5"`),
			of(func(i int) string {
				if x := wave(i); x < 0 {
					return fmt.Sprintf("-$%v", -x)
				}
				return fmt.Sprintf("$%v", wave(i))
			})},
		"euros": {says(outcome{target: "k", rows: 40, inputs: 2, classes: ab}, "separator semicolon",
			"decimal comma", `amounts in "€", like "€ 3,50"`),
			rowsOf("u;v;k", 40, func(i int) string {
				return fmt.Sprintf("€ %d,50;1,%d;%s", 3+i*i%11, i%10, class(i))
			})},
		"euros behind": {says(plain, `amounts in "€"`),
			of(func(i int) string { return fmt.Sprintf("%d.25 €", i*i%17) })},
		"decimal commas in quotes": {says(plain, "decimal comma"),
			of(func(i int) string { return fmt.Sprintf("\"%d,25\"", i*i%17) })},
		"two units": {outcome{target: "k", err: `column "u": expected amounts of one unit, found "cm" ` +
			`(line 2) and "m" (line 3): convert them, or say --drop u, or --text u`},
			of(func(i int) string { return fmt.Sprint(i, []string{" cm", " m"}[i%2]) })},
		"some without a unit": {outcome{target: "k", err: `column "u": expected amounts of one unit, ` +
			`found "cm" (line 2) and 20 numbers without a unit: convert them`},
			of(func(i int) string { return fmt.Sprint(i, []string{" cm", ""}[i%2]) })},
		"units as text": {outcome{target: "k", set: func(o *Options) { o.Text = "u" }, rows: 40,
			inputs: 4, classes: ab},
			of(func(i int) string { return fmt.Sprint(i%2, []string{" cm", " m"}[i/2%2]) })},
		"hexadecimal": {outcome{target: "k", err: `line 2, column "u": expected a number, found "0x100" ` +
			`(40 such rows): write plain decimals`},
			of(func(i int) string { return fmt.Sprintf("0x%x", 256+i) })},
		"ordinals": {outcome{target: "k", rows: 40, inputs: 3, classes: ab},
			of(func(i int) string { return []string{"1st", "2nd", "3rd"}[i*i%7%3] })},
		"codes": {outcome{target: "k", rows: 40, inputs: 3, classes: ab},
			of(func(i int) string { return []string{"12A", "13B", "14A"}[i*i%7%3] })},
		"below a limit": {says(plain, `column "u": 6 values like "<0.5" are read as the number`),
			of(every(7, "<0.5", "%v"))},
		"above a limit": {says(plain, `values like "≥ 100"`), of(every(7, "≥ 100", "%v"))},
		"top codes":     {says(plain, `values like "90+"`), of(every(7, "90+", "%v"))},
		"a limit is missing": {outcome{target: "k", rows: 40, inputs: 2, classes: ab,
			set:  func(o *Options) { o.MissingWords = "<0.5" },
			says: []string{`missing values ("u" 6)`}}, of(every(7, "<0.5", "%v"))},
		"bands": {outcome{target: "k", rows: 40, inputs: 3, classes: ab},
			of(func(i int) string { return []string{"<5", "5-9", ">9"}[i*i%7%3] })},
		"stars": {says(plain, `column "u": 8 values like "23.9*" are read as numbers with a footnote`),
			of(every(5, "23.9*", "%v"))},
		"letters":       {says(plain, `values like "12.1a"`), of(every(5, "12.1a", "%v"))},
		"notes":         {says(plain, `values like "7 [1]"`), of(every(5, "7 [1]", "%v"))},
		"raised digits": {says(plain, `values like "7¹"`), of(every(5, "7¹", "%v"))},
		"stars and marks": {marked(`values like "23.9*"`, `"-" among numbers`), of(func(i int) string {
			if i%6 == 1 {
				return "23.9*"
			}
			return every(7, "-", "%v")(i)
		})},
		"numbers and words that come again": {says(outcome{target: "k", rows: 40, inputs: 3, classes: ab},
			`column "u" holds numbers, and texts like "5more" that come again: all are taken for`),
			of(func(i int) string { return []string{"2", "3", "2", "5more"}[i*i%11%4] })},
		"-200": {says(outcome{target: "k", rows: 40, inputs: 4, classes: ab},
			`column "u": -200 lies far from all other values and is read as missing`,
			`column "v": -200 is below all other values, as in other columns, and is read as missing`),
			rowsOf("u,v,k", 40, func(i int) string {
				v := fmt.Sprint(100 * (i * i % 31))
				if i%9 == 4 {
					v = "-200"
				}
				return every(7, "-200", "%v")(i) + "," + v + "," + class(i)
			})},
		"-200 in a target": {outcome{target: "y", rows: 34, inputs: 1,
			says: []string{`column "y": -200 lies far from all other values`}},
			rowsOf("u,y", 40, func(i int) string {
				return fmt.Sprint(wave(i+9), ",", every(7, "-200", "%v")(i))
			})},
		"999 twice": {plain, of(func(i int) string {
			if i == 3 || i == 30 {
				return "999"
			}
			return fmt.Sprint(wave(i))
		})},
		"two decimal marks": {outcome{target: "k", err: `line 2, column "u": expected numbers with the ` +
			`decimal point of the other columns, found "0,5" (40 such rows)`},
			rowsOf("u;v;k", 40, func(i int) string {
				return fmt.Sprintf("%d,5;%v;%s", i, wave(i), class(i))
			})},
		"names that come twice": {says(outcome{target: "k", rows: 40, inputs: 3, classes: ab},
			`columns of the same name: the second "u" is "u.3", and so on`),
			rowsOf("u,u.2,u,k", 40, func(i int) string {
				return fmt.Sprintf("%v,%v,%v,%s", wave(i), wave(i+1), wave(i+2), class(i))
			})},
		"a target that comes twice": {outcome{target: "k",
			err: `--target: expected the name of one column, found "k" for columns 2 and 3; say a ` +
				`column's number`},
			rowsOf("u,k,k", 40, func(i int) string {
				return fmt.Sprintf("%v,%s,%[2]s", wave(i), class(i))
			})},
	}
	for _, mark := range []string{".", "-", "–", "--", "n/a", "#N/A", "NULL", "None", `""`, "#DIV/0!",
		".A", `\N`, "missing"} {
		o := marked(fmt.Sprintf("column \"u\": %q among numbers", mark))
		if slices.Contains(missingWords, mark) || mark == `""` {
			o.says = []string{`missing values ("u"`}
		}
		cases["missing "+strings.ReplaceAll(mark, "/", " ")] = struct {
			outcome
			text string
		}{o, of(every(7, mark, "%v"))}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { c.check(t, writeFile(t, "t.csv", c.text)) })
	}
}

// TestSameNumberWritten checks that what people write for a number gives the bits of the plain one.
func TestSameNumberWritten(t *testing.T) {
	of := func(write func(x string) string) string {
		return rowsOf("u;k", 60, func(i int) string {
			return write(fmt.Sprintf("%.2f", 1000*wave(i))) + ";" + []string{"a", "b"}[i*i%3%2]
		})
	}
	want := readText(t, "t.csv", of(func(x string) string { return x }))
	for name, write := range map[string]func(x string) string{
		"minus":     func(x string) string { return strings.Replace(x, "-", "−", 1) },
		"unit":      func(x string) string { return x + " kg" },
		"currency":  func(x string) string { return "US$ " + x },
		"brackets":  func(x string) string { return bracketed(x) },
		"padding":   func(x string) string { return "\u00a0" + x + "\u202f" },
		"Fortran":   func(x string) string { return x + "D0" },
		"thousands": spacedThousands,
	} {
		got := readText(t, "t.csv", of(write))
		if !equalBits(got.Train.X, want.Train.X) || !equalBits(got.Test.X, want.Test.X) {
			t.Errorf("%s: other values", name)
		}
	}
}

func bracketed(x string) string {
	if bare, negative := strings.CutPrefix(x, "-"); negative {
		return "(" + bare + ")"
	}
	return x
}

// spacedThousands puts a narrow blank before the last three digits in front of the point.
func spacedThousands(x string) string {
	if at := strings.IndexByte(x, '.') - 3; at > 0 && x[at-1] != '-' {
		return x[:at] + "\u202f" + x[at:]
	}
	return x
}

// TestMarksOfNewRows reads rows with marks of missing values that training had not.
func TestMarksOfNewRows(t *testing.T) {
	text := rowsOf("u,c,k", 40, func(i int) string {
		return fmt.Sprintf("%v,%s,%s", wave(i), []string{"x", "y"}[i%2], []string{"a", "b"}[i*i%3%2])
	})
	for _, own := range []string{"", "-9"} {
		s, err := ReadTable(writeFile(t, "t.csv", text),
			Options{Target: "k", Fold: -1, MissingWords: own})
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(writeFile(t, "new.csv", "u,c\n.,x\n1,-\n"), &s.Schema,
			ReadOptions{Targets: TargetsOptional})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := r.ReadAll()
		if own != "" {
			wantError(t, err, `line 2, column "u": expected a number, found "."`)
		} else if err != nil || rows.X[0] != 0 {
			t.Errorf("%v: inputs %v", err, rows)
		} else if said := strings.Join(r.Remarks(), "\n"); !strings.Contains(said,
			`"u": 1 of 2 rows are missing`) || !strings.Contains(said, `training had not, like "-"`) {
			t.Errorf("said: %s", said)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestUnitsOfNewRows reads rows whose unit is not the training's.
func TestUnitsOfNewRows(t *testing.T) {
	s := readText(t, "t.csv", rowsOf("u,k", 40, func(i int) string {
		return fmt.Sprint(wave(i), " cm,", []string{"a", "b"}[i*i%3%2])
	}))
	for _, value := range []string{"1 m", "1"} {
		r, err := Open(writeFile(t, "new.csv", "u\n"+value+"\n"), &s.Schema,
			ReadOptions{Targets: TargetsOptional})
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.ReadAll()
		wantError(t, err, `line 2, column "u": expected an amount in "cm" as in training, found "`+value)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestAlike tells spellings of one name from names that differ in a sign.
func TestAlike(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  bool
	}{{[]string{"yes", "Yes "}, true}, {[]string{"dark-red", "dark red"}, true},
		{[]string{"<=50K", ">50K"}, false}, {[]string{"A", "A+", "A-"}, false},
		{[]string{"-1", "1"}, false}} {
		if a, b, found := alike(c.names); found != c.want {
			t.Errorf("%q: got %q and %q (%v)", c.names, a, b, found)
		}
	}
}

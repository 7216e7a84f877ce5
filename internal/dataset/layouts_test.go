package dataset

import (
	"fmt"
	"strings"
	"testing"
)

// TestLayouts makes a small table of each kind of line that is no row, and of each way to write
// fields, and reads every one again as one of new rows.
func TestLayouts(t *testing.T) {
	ab := []string{"a", "b"}
	class := func(i int) string { return ab[i*i%3%2] }
	row := func(i int) string { return fmt.Sprintf("%.2f,%.2f,%s", wave(i), wave(i+50), class(i)) }
	plain := outcome{target: "k", rows: 40, inputs: 2, classes: ab}
	says := func(o outcome, says ...string) outcome { o.says = says; return o }
	base := rowsOf("u,v,k", 40, row)
	below := func(line string) string { return strings.Replace(base, "k\n", "k\n"+line+"\n", 1) }
	zeros := func(text string, order func(c byte) [2]byte) string {
		var b strings.Builder
		for i := range len(text) {
			pair := order(text[i])
			b.Write(pair[:])
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		outcome
		text string
	}{
		"units below the header": {says(plain, "1 line below the header is left out (mm, s, -)"),
			below("mm,s,-")},
		"units in brackets": {says(plain, "1 line below the header is left out"), below("(mm),[s],")},
		"two lines below the header": {says(plain, "2 lines below the header are left out (TS, RN, x)"),
			below("TS,RN,x\nAvg,Smp,")},
		"first row misses its values": {says(outcome{target: "k", rows: 41, inputs: 4, classes: ab},
			`missing values ("u" 1, "v" 1)`), below("NA,NA,a")},
		"a word in the first row": {outcome{target: "k",
			err: `line 2, column "u": expected a number as in 40 other rows, found "one"`},
			below("one,2,a")},
		"a source below": {says(plain, `1 line below the table is left out ("Source: World Bank, 2020", `+
			`from line 42 on); else say --ragged error`), base + "Source: World Bank, 2020\n"},
		"several lines below": {says(plain, `3 lines below the table are left out`),
			base + "\n* p < 0.05\nTotal rows: 40\n2024\n"},
		"rows selected": {says(plain, `1 line below the table is left out ("(40 rows)"`),
			base + "(40 rows)\n"},
		"a row behind a remark": {outcome{target: "k", err: `line 42: expected 3 fields as in the ` +
			`header (separator comma), found 1: "Note: see above"; --ragged fill takes`},
			base + "Note: see above\n1,2,a\n"},
		"a remark that is refused": {outcome{target: "k", set: func(o *Options) { o.Ragged = "error" },
			err: `line 42: expected 3 fields`}, base + "Note: see above\n"},
		"a row cut off": {outcome{target: "k", err: `line 42: expected 3 fields as in the header ` +
			`(separator comma), found 2: "1.5,2"; --ragged fill takes what lacks for missing values`},
			base + "1.5,2\n"},
		"short rows filled": {says(outcome{target: "v", set: func(o *Options) { o.Ragged = "fill" },
			rows: 42, inputs: 3 + 1}, `2 lines have too few fields, line 42 first: what lacks is missing, `+
			`as --ragged fill says`), base + "1.5,2\n2.5,2\n"},
		"short rows and prose": {says(outcome{target: "v", set: func(o *Options) { o.Ragged = "fill" },
			rows: 41, inputs: 3 + 1}, `1 lines have too few fields`, `("Source: me", from line 43 on)`),
			base + "1.5,2\nSource: me\n"},
		"a remark above rows without names": {says(outcome{target: "3", rows: 40, inputs: 2, classes: ab},
			"1 line above the table is left out", "no header"),
			"|1x3 Cross validator\n" + base[len("u,v,k\n"):]},
		"years as names": {says(outcome{target: "2020", rows: 40, inputs: 2},
			"3 lines above the table are left out"), "Source,a bank,\n\nUpdated,2020-07-01,\n" +
			rowsOf("name,2018,2019,2020,", 40, func(i int) string {
				return fmt.Sprintf("N%d,%.2f,%.2f,%.2f,", i, wave(i), wave(i+50), wave(i+7))
			})},
		"years by number": {says(outcome{target: "-1", rows: 40, inputs: 2}, `amounts in "e"`),
			rowsOf("name\t2018 \t2019 \t2020 ", 40, func(i int) string {
				return fmt.Sprintf("N%d\t%.2f \t%.2f e\t%.2f ", i, wave(i), wave(i+50), wave(i+7))
			})},
		"ARFF": {says(outcome{target: "k", rows: 40, inputs: 3, classes: ab},
			"ARFF: the names are those of the attributes", `missing values ("u v" 1)`),
			"% made by hand\n\n@RELATION r\n@attribute 'u v' REAL\n@ATTRIBUTE v numeric\n" +
				"@attribute k{a,b}\n@DATA\n% rows\n" + strings.Replace(
				strings.ReplaceAll(base[len("u,v,k\n"):], ",a\n", ",'a'\n"), "-5.00,", "?,", 1)},
		"sparse ARFF": {outcome{target: "k", err: "expected at least 2 rows of data, found 1"},
			"@relation r\n@attribute u real\n@attribute k {a,b}\n@data\n{0 1, 1 a}\n"},
		"ARFF without rows": {outcome{target: "k", err: "expected at least 2 rows of data, found 0"},
			"@relation r\n@attribute u real\n@attribute k {a,b}\n@data\n"},
		"half an ARFF": {outcome{target: "k", err: "expected a line @data behind @relation, found none"},
			"@relation r\n@attribute u real\n"},
		"Markdown": {says(plain, "separator pipe"),
			"|" + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(below("---,:--,--:"), "\n"),
				",", " | "), "\n", "|\n|") + "|\n"},
		"psql": {says(plain, "separator pipe"),
			strings.ReplaceAll(below("-----+----+---"), ",", " | ")},
		"MySQL": {says(plain, "separator pipe"),
			"+---+---+---+\n|" + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(
				below("+-----+----+---"), "\n"), ",", " | "), "\n", "|\n|") + "|\n+---+---+---+\n"},
		"times of a day": {says(plain, `column "t" holds dates or times`),
			rowsOf("u,v,t,k", 40, func(i int) string {
				return fmt.Sprintf("%.2f,%.2f,%d:%02d PM,%s", wave(i), wave(i+50), 1+i%12, i, class(i))
			})},
		"texts that hardly come again": {says(outcome{target: "k", rows: 40, inputs: 40, classes: ab},
			`column "u" has 40 different texts in 40 rows, like "~0", each an input of its own`),
			rowsOf("u,k", 40, func(i int) string { return fmt.Sprint("~", i, ",", class(i)) })},
		"a title above two targets": {says(outcome{target: "y,z", rows: 40, inputs: 2},
			"1 line above the header is left out"), "Measured in May,,,\n" +
			rowsOf("u,v,y,z", 40, func(i int) string {
				return fmt.Sprintf("%.2f,%.2f,%.2f,%.2f", wave(i), wave(i+50), wave(i+3), wave(i+9))
			})},
		"targets whose squares underflow": {outcome{target: "y",
			err: `column "y": expected numbers with a standard deviation of at least 1e-145`},
			rowsOf("u,y", 40, func(i int) string {
				return fmt.Sprintf("%.2f,%.2fe-300", wave(i), wave(i+3))
			})},
		"the header again": {plain, base[:len(base)/2+strings.IndexByte(base[len(base)/2:], '\n')] +
			"\nu,v,k" + base[len(base)/2+strings.IndexByte(base[len(base)/2:], '\n'):] + "u,v,k\n"},
		"separators at the end of some lines": {plain, strings.ReplaceAll(base, "a\n", "a,,\n")},
		"a sum at the end": {says(outcome{target: "y", rows: 41, inputs: 5},
			`column "c" is "Total" in one row: does it sum up the others?`),
			rowsOf("c,u,y", 40, func(i int) string {
				return fmt.Sprintf("%s,%.2f,%.2f", []string{"x", "y", "z"}[i%3], wave(i), wave(i+3))
			}) + "Total,61.5,99.25\n"},
		"a source at the end": {says(plain, `("Source: me", from line 43 on)`), base + "\nSource: me\n"},
		"a word in a target of numbers": {outcome{target: "y",
			err: `line 22, column "y": expected a number as in 39 other rows, found "high" (1 such rows)`},
			rowsOf("u,y", 40, func(i int) string {
				if i == 20 {
					return "1,high"
				}
				return fmt.Sprintf("%.2f,%.2f", wave(i), wave(i+3))
			})},
		"single quotes": {says(plain, "single quotes around fields"),
			strings.ReplaceAll("'"+strings.ReplaceAll(strings.TrimSuffix(base, "\n"), "\n", "'\n'")+"'\n",
				",", "','")},
		"single quotes around texts": {says(outcome{target: "k", rows: 40, inputs: 2,
			classes: []string{"a, c", "b's"}}, "single quotes around fields"),
			strings.ReplaceAll(strings.ReplaceAll(base, ",a\n", ",'a, c'\n"), ",b\n", ",'b''s'\n")},
		"UTF-16 without a mark": {says(plain, "encoding utf-16, as every other byte is zero"),
			zeros(base, func(c byte) [2]byte { return [2]byte{c, 0} })},
		"UTF-16BE without a mark": {says(plain, "encoding utf-16be, as every other byte is zero"),
			zeros(base, func(c byte) [2]byte { return [2]byte{0, c} })},
		"comments above the header": {says(plain, "lines that begin with # are comments"),
			"# units: mm, s, -\n" + base},
		"end of a DOS file": {plain, base + "\x1a"},
		"codes with leading zeros": {says(outcome{target: "k", rows: 40, inputs: 2, classes: ab},
			`numbers with leading zeros, like "01007": if they are codes, say --text zip`),
			rowsOf("u,zip,k", 40, func(i int) string {
				return fmt.Sprintf("%.2f,%05d,%s", wave(i), 1007+i*i*31, class(i))
			})},
		"a code for no answer": {says(outcome{target: "k", rows: 40, inputs: 2, classes: ab},
			`column "q": 99 in 12 rows lies far from all other values: if it stands for a missing one, say `+
				"--missing-values 99"), rowsOf("u,q,k", 40, func(i int) string {
			return fmt.Sprintf("%.2f,%d,%s", wave(i), []int{1, 2, 99, 3, 5}[i*i%7%5], class(i))
		})},
		"a sign and a few integers": {plain, rowsOf("s,q,k", 40, func(i int) string {
			return fmt.Sprintf("%d,%d,%s", []int{-1, 1}[i*i%5%2], []int{0, 5, 9, 5}[i*i%7%4], class(i))
		})},
		"dates without marks": {says(outcome{target: "k", rows: 40, inputs: 2, classes: ab},
			`column "when" holds dates like 20240101, taken for numbers`),
			rowsOf("u,when,k", 40, func(i int) string {
				return fmt.Sprintf("%.2f,2024%02d%02d,%s", wave(i), 1+i%12, 1+i%28, class(i))
			})},
		"pairs, but separated": {outcome{target: "1", set: func(o *Options) { o.Separator = "blanks" },
			rows: 40, inputs: 2, classes: []string{"0", "1"}, says: []string{"no header"}},
			rowsOf("1 1:0.5 3:2", 39, func(i int) string {
				return fmt.Sprintf("%d 1:%s 3:2", i*i%3%2, []string{"0.5", "1", "2"}[i*i%5%3])
			})},
	} {
		t.Run(name, func(t *testing.T) { c.check(t, writeFile(t, "t.csv", c.text)) })
	}
}

// TestIdentifiers warns of columns that identify the rows, and of no others.
func TestIdentifiers(t *testing.T) {
	consecutive := `column "u" numbers the rows, in another order: if it only identifies them, ` +
		"say --drop u"
	for name, c := range map[string]struct {
		name, want string
		value      func(i int) string
	}{
		"consecutive": {"u", consecutive, func(i int) string { return fmt.Sprint(1000 + i*7%60) }},
		"with gaps": {"customer_id", `column "customer_id" has another integer in every row`,
			func(i int) string { return fmt.Sprint(1000 + i*i*31) }},
		"texts": {"u", `column "u" has too many different texts to be coded, like "A1000", and is left ` +
			"out: names or identifiers? say --drop u",
			func(i int) string { return fmt.Sprint("A", 1000+i*7%60) }},
		"one comes twice": {"id", "", func(i int) string { return fmt.Sprint(max(i*7%60, 1)) }},
		"a quantity":      {"u", "", func(i int) string { return fmt.Sprint(i*i*31 + 5) }},
		"fractions":       {"id", "", func(i int) string { return fmt.Sprint(i*7%60, ".5") }},
		"paid":            {"paid", "", func(i int) string { return fmt.Sprint(i*i*31 + 5) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := readText(t, "t.csv", rowsOf(c.name+",v,k", 60, func(i int) string {
				return fmt.Sprintf("%s,%.2f,%s", c.value(i), wave(i), []string{"a", "b"}[i*i%3%2])
			}))
			if said := strings.Join(s.Report.Warnings, "\n"); c.want == "" && said != "" ||
				!strings.Contains(said, c.want) {
				t.Errorf("%q is not said; but: %s", c.want, said)
			}
		})
	}
}

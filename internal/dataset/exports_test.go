package dataset

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode/utf32"
)

// TestExports reads tables as programs print or export them, and each again as one of new rows.
func TestExports(t *testing.T) {
	ab := []string{"a", "b"}
	class := func(i int) string { return ab[i*i%3%2] }
	row := func(i int) string { return fmt.Sprintf("%.2f,%.2f,%s", wave(i), wave(i+50), class(i)) }
	plain := outcome{target: "k", rows: 40, inputs: 2, classes: ab}
	says := func(o outcome, says ...string) outcome { o.says = says; return o }
	base := rowsOf("u,v,k", 40, row)
	printed := func(header string, format func(i int) string) string {
		return rowsOf(header, 40, func(i int) string {
			return fmt.Sprintf(format(i)+" %6.2f %6.2f %s", wave(i), wave(i+50), class(i))
		})
	}
	index := func(i int) string { return fmt.Sprintf("%-4d", i+1) }
	unnamed := "the header has no name for the first column"
	encoded := func(e encoding.Encoding, text string) string {
		out, err := e.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, c := range map[string]struct {
		outcome
		text string
	}{
		"pandas prints": {says(plain, "separator blanks", unnamed, "1 line below the table is left out"),
			printed("        u      v  k", index) + "\n[40 rows x 3 columns]\n"},
		"a tibble prints": {says(plain, "lines that begin with # are comments", "separator blanks",
			unnamed, "1 line below the header is left out"), "# A tibble: 40 × 3\n" +
			printed("       u     v k\n   <dbl> <dbl> <chr>", index) + "# ℹ 2 more variables\n"},
		"decimal commas without quotes": {outcome{target: "k", err: "line 2: expected 3 fields as in " +
			"the header (separator comma), found 4"}, rowsOf("u,v,k", 40, func(i int) string {
			return fmt.Sprintf("%d,%d,%.2f,%s", i%7, i%10, wave(i), class(i))
		})},
		"separators behind a backslash": {outcome{target: "k", err: "expected 3 fields as in the header"},
			strings.ReplaceAll(rowsOf("c,v,k", 40, func(i int) string {
				return fmt.Sprintf(`x%d\, y,%.2f,%s`, i%3, wave(i), class(i))
			}), "\n", "\r\n")},
		"quotes behind a backslash": {says(outcome{target: "k", rows: 40, inputs: 3, classes: ab},
			`\" within quotes stands for a quote`), rowsOf("c,v,k", 40, func(i int) string {
			return fmt.Sprintf(`"x \"%d\", y\\",%.2f,%s`, i%2, wave(i), class(i))
		})},
		"a backslash before the end of a field": {outcome{target: "k", rows: 40, inputs: 3, classes: ab},
			rowsOf("c,v,k", 40, func(i int) string {
				return fmt.Sprintf(`"C:\%d\",%.2f,%s`, i%2, wave(i), class(i))
			})},
		"a name of two lines": {plain, "\"u\n[mm]\"" + strings.TrimPrefix(base, "u")},
		"a name of two lines below a title": {says(plain, "2 lines above the header are left out"),
			"A title\n\n\"u\n[mm]\"" + strings.TrimPrefix(base, "u")},
		"names with wide blanks": {plain, "\u00a0u,v\u3000,k\u200b" + strings.TrimPrefix(base, "u,v,k")},
		"comments among the rows": {says(plain, "lines that begin with # are comments"),
			base[:len(base)/2] + strings.Replace(base[len(base)/2:], "\n", "\n# restarted\n", 2)},
		"two byte order marks": {says(plain, "with a byte order mark"), "\ufeff\ufeff" + base},
		"files with marks in one": {says(outcome{target: "k", rows: 80, inputs: 2, classes: ab},
			"with a byte order mark"), "\ufeff" + base + "\ufeff" + base},
		"UTF-32": {says(plain, "encoding utf-32, from its byte order mark"),
			encoded(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), base)},
		"Shift JIS": {outcome{target: "名", rows: 40, inputs: 2, classes: []string{"中国", "日本"},
			set: func(o *Options) { o.Encoding = "shift_jis" }},
			encoded(japanese.ShiftJIS, rowsOf("u,v,名", 40, func(i int) string {
				return fmt.Sprintf("%.2f,%.2f,%s", wave(i), wave(i+50), []string{"中国", "日本"}[i*i%3%2])
			}))},
		"one byte that is not UTF-8": {says(plain, "encoding latin-1, as line 2 is not UTF-8; else say "+
			"--encoding", "are comments"), strings.Replace(base, "\n", "\n#\xe9\n", 2)},
		"ampersands": {says(plain, "separator &"), strings.ReplaceAll(base, ",", "&")},
		"Hive":       {says(plain, `separator \x01`), strings.ReplaceAll(base, ",", "\x01")},
		"a separator of several characters": {outcome{target: "k", err: `found only "u->v->k"; if ` +
			"something else separates columns, name it with --separator"},
			strings.ReplaceAll(base, ",", "->")},
		"an empty field between blanks": {outcome{target: "k", err: "line 42: expected 3 fields as in " +
			"the header (separator blanks), found 2: \"1.5     a\"; between blanks an empty field"},
			strings.ReplaceAll(base, ",", " ") + "1.5     a\n"},
		"ARFF with tabs": {says(plain, "ARFF"), "@relation r\n@attribute u real\n@attribute v real\n" +
			"@attribute k {a,b}\n@data\n" + strings.ReplaceAll(base[len("u,v,k\n"):], ",", "\t")},
	} {
		t.Run(name, func(t *testing.T) { c.check(t, writeFile(t, "t.txt", c.text)) })
	}
}

// TestEncodingOfNewRows reads new rows in the encoding that was named for the training's.
func TestEncodingOfNewRows(t *testing.T) {
	text, err := japanese.ShiftJIS.NewEncoder().String(rowsOf("長,名", 40, func(i int) string {
		return fmt.Sprint(wave(i), ",", []string{"日本", "中国"}[i*i%3%2])
	}))
	if err != nil {
		t.Fatal(err)
	}
	path := writeFile(t, "t.csv", text)
	s, err := ReadTable(path, Options{Target: "名", Fold: -1, Format: Format{Encoding: "shift_jis"}})
	if err != nil {
		t.Fatal(err)
	}
	checkReader(t, path, s, Options{})
	_, err = ReadTable(path, Options{Target: "名", Fold: -1, Format: Format{Encoding: "ebcdic"}})
	wantError(t, err, `encoding "ebcdic": expected utf-8`, "windows-1251, gbk or shift_jis")
}

// TestUnescaper replaces escapes wherever a reader's pieces end.
func TestUnescaper(t *testing.T) {
	for text, want := range map[string]string{
		`a\"b`: `a""b`, `\\"`: `\\"`, `\\\"`: `\\""`, `\`: `\`, `"\"`: `"""`, `\n`: `\n`, ``: ``,
	} {
		if got := string(unescape([]byte(text))); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

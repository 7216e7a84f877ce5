package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/plot"
)

// written are the files of a directory by their paths.
func written(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	must.Do(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		all[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	}))
	return all
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "report")
	must.Do(t, sample().Write(dir))
	all := written(t, dir)
	want := []string{
		"report.html", "report.md", "tables/small.csv", "tables/wide.csv",
		"figures/fig2.csv", "figures/fig2.png", "figures/fig2.svg",
		"figures/fig2-b.csv", "figures/fig2-b.png", "figures/fig2-b.svg",
	}
	for name, data := range all {
		if !slices.Contains(want, name) {
			t.Errorf("unexpected file %s", name)
		}
		if len(data) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	if len(all) != len(want) {
		t.Errorf("%d files, want %d", len(all), len(want))
	}
	picture, err := png.DecodeConfig(bytes.NewReader(all["figures/fig2.png"]))
	if err != nil || picture.Width < 1000 || picture.Height < 300 {
		t.Errorf("fig2.png is %d × %d (%v)", picture.Width, picture.Height, err)
	}
	if !bytes.Contains(all["report.html"], all["figures/fig2.svg"]) {
		t.Error("the page does not hold fig2.svg")
	}

	// Again, over itself and elsewhere: the same bytes.
	other := t.TempDir()
	for _, place := range []string{dir, other} {
		must.Do(t, sample().Write(place))
		for name, data := range written(t, place) {
			if !bytes.Equal(data, all[name]) {
				t.Errorf("%s differs from the first writing", name)
			}
		}
	}
}

// A report that cannot be made leaves what was there.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	must.Do(t, sample().Write(dir))
	before := written(t, dir)
	for _, c := range []struct {
		name   string
		change func(*Report)
		want   string
	}{
		{"no title", func(r *Report) { r.Title = "" }, "no title"},
		{"no sections", func(r *Report) { r.Sections = nil }, "no sections"},
		{"no sentence", func(r *Report) {
			r.Sections[0].Sentence = ""
		}, "fig2: want a title and a sentence"},
		{"verdict", func(r *Report) { r.Sections[0].Verdict = "perhaps" }, `unknown verdict "perhaps"`},
		{"section id", func(r *Report) { r.Sections[0].ID = "Fig 2" }, `"Fig 2"`},
		{"figure id leaves the directory", func(r *Report) {
			r.Sections[0].Figures[0].ID = "../x"
		}, `"../x"`},
		{"two ids", func(r *Report) { r.Sections[0].Figures[1].ID = "fig2" }, "two figures"},
		{"no plot", func(r *Report) { r.Sections[0].Figures[1].Plot = nil }, "fig2-b: no plot"},
		{"no alt", func(r *Report) { r.Sections[0].Figures[1].Alt = "" }, "do not see"},
		{"empty figure", func(r *Report) {
			r.Sections[0].Figures[1].Plot = &plot.Figure{}
		}, "fig2-b: a figure without panels"},
		{"NaN", func(r *Report) {
			r.Sections[0].Figures[1].Plot.Panels[0][0].Marks[0].(*plot.Line).Y[1] = math.NaN()
		}, "y 1 is NaN"},
		{"no rows", func(r *Report) { r.Sections[1].Tables[1].Rows = nil }, "small"},
		{"ragged", func(r *Report) {
			r.Sections[1].Tables[1].Rows[1] = Cells("1")
		}, "row 1 has 1 cells for 2 columns"},
		{"ragged data", func(r *Report) {
			r.Sections[1].Tables[1].Data = &Data{[]string{"a"}, [][]string{{"1", "2"}}}
		}, "row 0 has 2 values"},
		{"empty data", func(r *Report) { r.Sections[0].Figures[0].Data = NewData("a") }, "no data"},
	} {
		r := sample()
		r.Summary = []string{"changed"}
		c.change(r)
		err := r.Write(dir)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	after := written(t, dir)
	if len(after) != len(before) {
		t.Errorf("%d files became %d", len(before), len(after))
	}
	for name, data := range before {
		if !bytes.Equal(after[name], data) {
			t.Errorf("%s was touched", name)
		}
	}
}

// The page is well-formed and shows text as it is rather than as markup.
func TestPage(t *testing.T) {
	all := must.Get(sample().files())(t)
	page := string(all[len(all)-1].data)
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var open []string
	for {
		token, err := decoder.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "script" || token.Name.Local == "b" {
				t.Errorf("text became <%s>", token.Name.Local)
			}
			if !slices.Contains(xml.HTMLAutoClose, token.Name.Local) {
				open = append(open, token.Name.Local)
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != token.Name.Local {
				t.Fatalf("</%s> closes %q", token.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%q are never closed", open)
	}
	for _, want := range []string{
		`<html lang="en">`, `<meta name="viewport"`, `<!DOCTYPE html>`,
		"&lt;script&gt;alert(1)&lt;/script&gt; &amp; a | pipe.",
		"&lt;b&gt;not bold&lt;/b&gt;", `role="img"`, `<th scope="row">uniform | K = 5</th>`,
		`<th scope="col" class="number">hh</th>`, `<strong>−12.345 ± 0.067</strong>`,
		`<a href="figures/fig2-b.csv">`, `does not reproduce`, `<dt>time</dt><dd>1.23s</dd>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, unwanted := range []string{"<?xml", "ZgotmplZ", "http-equiv", "<!--", "src="} {
		if strings.Contains(page, unwanted) {
			t.Errorf("the page has %s", unwanted)
		}
	}
}

func TestMarkdown(t *testing.T) {
	text := string(sample().markdown())
	for _, want := range []string{
		"# Sample \\<report\\>\n",
		"\nA paragraph with \\<script\\>alert(1)\\</script\\> \\& a \\| pipe.\n",
		"## Figure 2: \\*modes\\*\n",
		"![Curves that \"fall\" \\<slowly\\>](figures/fig2.png)",
		"| uniform \\| K = 5 | \\<b\\>not bold\\</b\\> | −12.345 ± 0.067 |",
		"| **−12.345 ± 0.067** |",
		"\n| α | KL |\n|---|---:|\n| 0.05 | 0.1 |\n| 0.1 | – |\n",
		"| Table 1 | ✗ does not reproduce |",
		"| a\\|b | long",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("report.md lacks %q", want)
		}
	}
	// A table is rows of as many cells as its header, or GitHub shows no table.
	cells := 0
	for i, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if cells != 0 && n != cells {
			t.Errorf("line %d has %d bars, the one before %d: %s", i+1, n, cells, line)
		}
		cells = n
	}
}

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"plain α ± 0.1":      "plain α ± 0.1",
		"a_b*c`d":            "a\\_b\\*c\\`d",
		"two\nlines":         "two lines",
		"1. not a list":      `1\. not a list`,
		"- not a list":       `\- not a list`,
		"-0.5 is a number":   "-0.5 is a number",
		"[link](x) ![y](z)":  `\[link\](x) \!\[y\](z)`,
		`back\slash`:         `back\\slash`,
		"# heading & a $x$":  `\# heading \& a \$x\$`,
		"<https://x.invalid": `\<https://x.invalid`,
	} {
		if got := escape(text); got != want {
			t.Errorf("escape(%q) = %q, want %q", text, got, want)
		}
	}
}

// What is read back from a CSV file is what was put in, to the last bit.
func TestDataRoundTrip(t *testing.T) {
	d := NewData("name", "count", "value", "single")
	values := []float64{1.0 / 3, math.Pi * 1e-300, -math.MaxFloat64, 5e-324, 0}
	for i, v := range values {
		d.Add(fmt.Sprintf("a \"quoted\", name\nof %d", i), i, v, float32(v/1e10))
	}
	text := must.Get(d.csv())(t)
	rows := must.Get(csv.NewReader(bytes.NewReader(text)).ReadAll())(t)
	if strings.Join(rows[0], "|") != "name|count|value|single" || len(rows) != len(values)+1 {
		t.Fatalf("read back %q", rows)
	}
	for i, v := range values {
		row := rows[i+1]
		value, err := strconv.ParseFloat(row[2], 64)
		single, err32 := strconv.ParseFloat(row[3], 32)
		if err != nil || err32 != nil || value != v || float32(single) != float32(v/1e10) {
			t.Errorf("%g came back as %q and %q", v, row[2], row[3])
		}
		if row[0] != fmt.Sprintf("a \"quoted\", name\nof %d", i) || row[1] != strconv.Itoa(i) {
			t.Errorf("row %d came back as %q", i, row)
		}
	}
}

func TestNumericColumns(t *testing.T) {
	column := func(cells ...string) Table {
		table := Table{Header: []string{"label", "x"}}
		for _, c := range cells {
			table.Rows = append(table.Rows, Cells("label", c))
		}
		return table
	}
	for _, c := range []struct {
		table Table
		want  bool
	}{
		{column("1", "2.5 ± 0.1"), true},
		{column("−0.3", "–", ""), true},
		{column("≤ 1e-3", "+4", ".5"), true},
		{column("1", "one"), false},
		{column("-x"), false},
	} {
		if got := c.table.numeric(1); got != c.want {
			t.Errorf("column of %v is numeric: %v, want %v", c.table.Rows, got, c.want)
		}
		if c.table.numeric(0) {
			t.Error("a label column is numeric")
		}
	}
}

package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"regexp"
	"time"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// marks are the signs beside the verdicts, so that no colour is needed to tell them apart.
var marks = map[Verdict]string{
	Reproduces: "✓",
	Partly:     "◐",
	Differs:    "✗",
	NotDone:    "–",
	NotJudged:  "–",
	Extra:      "+",
}

// Mark is the verdict's sign.
func (v Verdict) Mark() string { return marks[v] }

// classes are the verdicts' colours in the page's style sheet.
var classes = map[Verdict]string{
	Reproduces: "good",
	Partly:     "partly",
	Differs:    "bad",
	NotDone:    "open",
	NotJudged:  "open",
	Extra:      "open",
}

// Class is the verdict's class in the page.
func (v Verdict) Class() string { return classes[v] }

// Duration is the time that a section took, to the digits that matter; "" when unknown.
func (s *Section) Duration() string {
	switch {
	case s.Took <= 0:
		return ""
	case s.Took < 10*time.Second:
		return s.Took.Round(10 * time.Millisecond).String()
	}
	return s.Took.Round(time.Second).String()
}

// page is the report as one file of HTML, with links to the files beside it or without.
func (r *Report) page(pictures map[string][]byte, files bool) ([]byte, error) {
	var buf bytes.Buffer
	err := pageTemplate.Execute(&buf, &view{Report: r, Files: files, pictures: pictures})
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return buf.Bytes(), nil
}

// view is a report with what its template asks for.
type view struct {
	*Report
	Files    bool // whether the figures and tables are files beside the page as well
	pictures map[string][]byte
}

// Picture is a figure's SVG element, which plot has made and escaped.
func (v *view) Picture(id string) template.HTML { return template.HTML(v.pictures[id]) }

// File is the path of a figure's file.
func (v *view) File(f Figure, ext string) string { return f.path(ext) }

// TableFile is the path of a table's file.
func (v *view) TableFile(t Table) string { return t.path() }

// IsLabel reports whether a column labels the rows.
func (v *view) IsLabel(t Table, column int) bool { return column < t.labels() }

// IsNumber reports whether a column holds nothing but numbers.
func (v *view) IsNumber(t Table, column int) bool { return t.numeric(column) }

// number begins like one: "88.4 ± 0.2", "−0.03", "≤ 1", or stands for a missing one.
var number = regexp.MustCompile(`^([<>≤≥≈~]?\s*[+\-−±]?\s*[0-9.]|[–—-]?$)`)

// numeric reports whether all cells of a column are numbers or missing.
func (t *Table) numeric(column int) bool {
	if column < t.labels() {
		return false
	}
	for _, row := range t.Rows {
		if !number.MatchString(row[column].Text) {
			return false
		}
	}
	return true
}

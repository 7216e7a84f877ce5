// Package report writes the outcome of a study as a web page that needs nothing but
// itself (report.html), as Markdown (report.md), and every figure as PNG, SVG and CSV.
package report

import (
	"time"

	"github.com/symvi/symvi/internal/plot"
)

// Report is a whole study.
type Report struct {
	Title    string
	Summary  []string // paragraphs of plain text
	Settings []Setting
	Sections []Section
}

// Setting is one line of a list of settings: seeds, machine, version, ….
type Setting struct{ Name, Value string }

// Section is one figure or table of the paper and what came out of it.
type Section struct {
	ID         string // letters, digits and hyphens; a link and the base of file names
	Title      string
	Verdict    Verdict  // "" where there is nothing to judge
	Sentence   string   // one plain sentence: what came out?
	Paragraphs []string // plain text
	Settings   []Setting
	Figures    []Figure
	Tables     []Table
	Took       time.Duration // 0: not shown
}

// Verdict is whether a section reproduces the paper.
type Verdict string

// The verdicts; the text is what the reader sees.
const (
	Reproduces Verdict = "reproduces"
	Partly     Verdict = "reproduces in part"
	Differs    Verdict = "does not reproduce"
	NotDone    Verdict = "not run"
	NotJudged  Verdict = "not judged"
	Extra      Verdict = "not in the paper"
)

// Figure is a picture with its caption.
type Figure struct {
	ID      string // unique in the report; the files are figures/ID.svg, .png and .csv
	Title   string
	Caption string // plain text
	Alt     string // what the picture shows, for those who do not see it
	Plot    *plot.Figure
	Data    *Data // the CSV file; nil: the plotted values
}

// Table is a table with its caption. Columns of numbers are set right-aligned.
type Table struct {
	ID      string // unique in the report; the file is tables/ID.csv
	Title   string
	Caption string
	Header  []string
	Rows    [][]Cell
	Labels  int   // how many columns, from the left, label the row; 0 means 1
	Data    *Data // the CSV file; nil: the cells as shown
}

// Cell is a cell of a Table.
type Cell struct {
	Text   string
	Strong bool // for the number to look at
}

// Cells are plain cells.
func Cells(texts ...string) []Cell {
	cells := make([]Cell, len(texts))
	for i, t := range texts {
		cells[i].Text = t
	}
	return cells
}

package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/symvi/symvi/internal/files"
)

// The places of a report's parts, relative to its directory.
const (
	pageName     = "report.html"
	markdownName = "report.md"
	figuresName  = "figures"
	tablesName   = "tables"
)

// file is a file to write, relative to the report's directory.
type file struct {
	name string
	data []byte
}

// Write puts the report into a directory, which it makes: report.html, report.md, figures/
// with an SVG, a PNG and a CSV file for each figure, and tables/ with a CSV file for each
// table. Everything is made before anything is written, the page last, and each file
// appears whole or not at all. The same report always gives the same bytes.
func (r *Report) Write(dir string) error {
	all, err := r.files()
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for _, name := range []string{figuresName, tablesName} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	for _, f := range all {
		if err := files.Write(filepath.Join(dir, filepath.FromSlash(f.name)), f.data); err != nil {
			return err
		}
	}
	return nil
}

// files makes every file of the report.
func (r *Report) files() ([]file, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	var all []file
	pictures := map[string][]byte{}
	for _, s := range r.Sections {
		for _, f := range s.Figures {
			made, err := f.files()
			if err != nil {
				return nil, fmt.Errorf("figure %s: %w", f.ID, err)
			}
			pictures[f.ID] = made[0].data
			all = append(all, made...)
		}
		for _, t := range s.Tables {
			data, err := t.data().csv()
			if err != nil {
				return nil, fmt.Errorf("table %s: %w", t.ID, err)
			}
			all = append(all, file{t.path(), data})
		}
	}
	page, err := r.page(pictures, true)
	if err != nil {
		return nil, err
	}
	return append(all, file{markdownName, r.markdown()}, file{pageName, page}), nil
}

// Page makes the report as one page of HTML that stands alone: no files beside it, no links to
// any. Figures as narrow as a telephone stand side by side where there is room.
func (r *Report) Page() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	pictures := map[string][]byte{}
	for _, s := range r.Sections {
		for _, f := range s.Figures {
			svg, err := f.Plot.SVG(f.Alt)
			if err != nil {
				return nil, fmt.Errorf("report: figure %s: %w", f.ID, err)
			}
			pictures[f.ID] = svg
		}
	}
	return r.page(pictures, false)
}

// files are a figure's SVG, PNG and CSV, in this order.
func (f *Figure) files() ([]file, error) {
	svg, err := f.Plot.SVG(f.Alt)
	if err != nil {
		return nil, err
	}
	png, err := f.Plot.PNG()
	if err != nil {
		return nil, err
	}
	data := f.Data
	if data == nil {
		data = &Data{}
		data.Header, data.Rows = f.Plot.Table()
	}
	csv, err := data.csv()
	if err != nil {
		return nil, err
	}
	return []file{{f.path("svg"), svg}, {f.path("png"), png}, {f.path("csv"), csv}}, nil
}

func (f *Figure) path(ext string) string { return figuresName + "/" + f.ID + "." + ext }

func (t *Table) path() string { return tablesName + "/" + t.ID + ".csv" }

// data is what a table's CSV file holds.
func (t *Table) data() *Data {
	if t.Data != nil {
		return t.Data
	}
	d := NewData(t.Header...)
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = c.Text
		}
		d.Rows = append(d.Rows, cells)
	}
	return d
}

var idPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// check finds parts that cannot be shown or linked to.
func (r *Report) check() error {
	if r.Title == "" {
		return errors.New("no title")
	}
	if len(r.Sections) == 0 {
		return errors.New("no sections")
	}
	seen := map[string]bool{}
	identify := func(kind, id string) error {
		if !idPattern.MatchString(id) {
			return fmt.Errorf("%s id %q: want lower-case letters, digits and single hyphens", kind, id)
		}
		if seen[kind+id] {
			return fmt.Errorf("two %ss have the id %q", kind, id)
		}
		seen[kind+id] = true
		return nil
	}
	for _, s := range r.Sections {
		if err := identify("section", s.ID); err != nil {
			return err
		}
		if err := s.check(); err != nil {
			return fmt.Errorf("section %s: %w", s.ID, err)
		}
		for _, f := range s.Figures {
			if err := errors.Join(identify("figure", f.ID), f.check()); err != nil {
				return fmt.Errorf("figure %s: %w", f.ID, err)
			}
		}
		for _, t := range s.Tables {
			if err := errors.Join(identify("table", t.ID), t.check()); err != nil {
				return fmt.Errorf("table %s: %w", t.ID, err)
			}
		}
	}
	return nil
}

func (s *Section) check() error {
	if s.Title == "" || s.Sentence == "" {
		return errors.New("want a title and a sentence")
	}
	if _, known := marks[s.Verdict]; !known && s.Verdict != "" {
		return fmt.Errorf("unknown verdict %q", s.Verdict)
	}
	return nil
}

func (f *Figure) check() error {
	if f.Plot == nil {
		return errors.New("no plot")
	}
	if f.Title == "" || f.Alt == "" {
		return errors.New("want a title and a description for those who do not see the picture (Alt)")
	}
	return nil
}

func (t *Table) check() error {
	if t.Title == "" || len(t.Header) == 0 || len(t.Rows) == 0 {
		return fmt.Errorf("want a title, a header and rows, have %q, %d columns and %d rows",
			t.Title, len(t.Header), len(t.Rows))
	}
	if t.Labels < 0 || t.Labels > len(t.Header) {
		return fmt.Errorf("%d label columns of %d", t.Labels, len(t.Header))
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Header) {
			return fmt.Errorf("row %d has %d cells for %d columns", i, len(row), len(t.Header))
		}
	}
	return nil
}

// labels is how many columns label the rows.
func (t *Table) labels() int {
	if t.Labels == 0 {
		return 1
	}
	return t.Labels
}

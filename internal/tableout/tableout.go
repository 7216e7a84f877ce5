// Package tableout writes tables, a number of rows at a time, as CSV, as JSON lines, as
// NumPy's NPZ or as Parquet. Numbers have as many digits as reading them back exactly takes.
package tableout

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Column is a named column of numbers or texts, with one value per row or, where Width is
// not 0, an array of Width values.
type Column struct {
	Name  string
	Width int
	Text  bool
}

// size is how many values a row has.
func (c Column) size() int { return max(1, c.Width) }

// Names are those of the columns that it becomes in CSV: of an array one for each value.
func (c Column) Names() []string {
	if c.Width == 0 {
		return []string{c.Name}
	}
	names := make([]string, c.Width)
	for i := range names {
		names[i] = fmt.Sprintf("%s_%d", c.Name, i+1)
	}
	return names
}

// Values are some consecutive rows of a column: Floats, or Texts of a column of texts.
type Values struct {
	Floats []float64
	Texts  []string
}

// Writer writes a table.
type Writer interface {
	// Write appends rows, of which it is given the values of every column.
	Write(rows int, values []Values) error
	// Close finishes the table and leaves what it was written to open.
	Close() error
}

// Format is a file format.
type Format string

// The formats, by the ends of their files' names.
const (
	CSV     Format = ".csv"
	JSONL   Format = ".jsonl"
	NPZ     Format = ".npz"
	Parquet Format = ".parquet"
)

// FormatOf is the format that the end of a file's name asks for.
func FormatOf(path string) (Format, error) {
	f := Format(strings.ToLower(filepath.Ext(path)))
	if !slices.Contains([]Format{CSV, JSONL, NPZ, Parquet}, f) {
		return "", fmt.Errorf("want a name that ends in %s, %s, %s or %s", CSV, JSONL, NPZ, Parquet)
	}
	return f, nil
}

// New begins a table with these columns, whose names must differ.
func New(f Format, w io.Writer, columns []Column) (Writer, error) {
	seen := map[string]bool{}
	for _, c := range columns {
		names := []string{c.Name}
		if f == CSV {
			names = c.Names()
		}
		for _, name := range names {
			if seen[name] {
				return nil, fmt.Errorf("two columns of the output have the name %q", name)
			}
			seen[name] = true
		}
	}
	switch f {
	case JSONL:
		return newJSONLines(w, columns)
	case NPZ:
		return newNPZ(w, columns), nil
	case Parquet:
		return newParquet(w, columns), nil
	}
	return newCSV(w, columns)
}

// appendNumber writes a number with as few digits as reading it back exactly takes, and
// with an exponent where there would be many zeros.
func appendNumber(text []byte, v float64) []byte {
	format := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(text, v, format, -1, 64)
}

package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
)

// Data is a table of numbers at full precision, for a CSV file.
type Data struct {
	Header []string
	Rows   [][]string
}

// NewData is an empty table with these columns.
func NewData(header ...string) *Data { return &Data{Header: header} }

// Add appends a row of strings, integers and floating-point numbers; the latter are
// written with as many digits as reading them back exactly takes.
func (d *Data) Add(values ...any) {
	row := make([]string, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case float64:
			row[i] = strconv.FormatFloat(v, 'g', -1, 64)
		case float32:
			row[i] = strconv.FormatFloat(float64(v), 'g', -1, 32)
		default:
			row[i] = fmt.Sprint(v)
		}
	}
	d.Rows = append(d.Rows, row)
}

// csv is the table as RFC 4180 has it, with "\n" line ends.
func (d *Data) csv() ([]byte, error) {
	if len(d.Header) == 0 || len(d.Rows) == 0 {
		return nil, fmt.Errorf("no data: %d columns and %d rows", len(d.Header), len(d.Rows))
	}
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	w.Write(d.Header)
	for i, row := range d.Rows {
		if len(row) != len(d.Header) {
			return nil, fmt.Errorf("row %d has %d values for %d columns", i, len(row), len(d.Header))
		}
		w.Write(row)
	}
	w.Flush()
	return buf.Bytes(), w.Error()
}

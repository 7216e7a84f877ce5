package dataset

import "slices"

// cell is one field of a record, without the blanks and quotes around it.
type cell struct {
	text []byte // UTF-8; valid as long as its batch
	number
	kind cellKind
}

type cellKind uint8

const (
	cellText    cellKind = iota
	cellNumber           // number holds it
	cellMissing          // empty, or a word that stands for a missing value
)

// batch holds consecutive records with as many cells each as the table has columns.
type batch struct {
	width int
	first int    // number of the first record in the table, from 0
	cells []cell // row-major
	lines []int  // where every record begins, for errors
}

// rows is the number of records.
func (b *batch) rows() int { return len(b.lines) }

// row returns the cells of record i.
func (b *batch) row(i int) []cell { return b.cells[i*b.width : (i+1)*b.width] }

// batchRows is the number of records in all batches but the last. It is part of what fit computes:
// moments are summed in batches.
const batchRows = 1024

// missingWords are the texts that pandas and R write, or read, for a missing value.
var missingWords = []string{"NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-NaN", "-nan",
	"NULL", "null", "None", "?"}

// cellReader turns fields into cells.
type cellReader struct {
	decimal byte
	missing map[string]bool // texts that stand for a missing value, beside the empty one
	numbers []bool          // by column: whether cells may be numbers; nil for all
	// sentinels are the numbers that stand for a missing value, by column; nil for none
	sentinels [][]float64
}

// read fills in the number and kind of the cell with the given text in column i.
func (r *cellReader) read(c *cell, text []byte, i int) {
	c.text, c.kind, c.exact = text, cellText, false
	if len(text) == 0 {
		c.kind = cellMissing
		return
	}
	if r.numbers == nil || r.numbers[i] {
		if n, ok := parseNumber(text, r.decimal); ok {
			c.number, c.kind = n, cellNumber
			if r.sentinels != nil && slices.Contains(r.sentinels[i], n.value) {
				c.kind = cellMissing
			}
			return
		}
	}
	if r.missing[string(text)] {
		c.kind = cellMissing
	}
}

// canonical is the text that equal cells share: numbers by value, other texts as they are.
func (c *cell) canonical() string {
	if c.kind == cellNumber {
		return c.number.String()
	}
	return string(c.text)
}

package dataset

import (
	"bytes"
	"math/bits"
	"slices"
	"sync/atomic"
	"unicode/utf8"
)

// cell is one field of a record, without the blanks and quotes around it.
type cell struct {
	text []byte // UTF-8; valid as long as its batch
	number
	kind cellKind
	how  notation // of a number
}

type cellKind uint8

const (
	cellText    cellKind = iota
	cellNumber           // number holds it
	cellMissing          // empty, or a word that stands for a missing value
)

// batch holds consecutive records with as many cells each as the table has columns.
type batch struct {
	first int    // number of the first record in the table, from 0
	cells []cell // row-major
	lines []int  // where every record begins, for errors
	texts []byte // what the cells' texts are slices of

	// lanes are there in place of cells where the cellReader asks for that and all records are
	// plain.
	lanes

	// Of a text: the memory of texts, unless that is the whole text's; and where its records are in
	// texts, until they are split by a splitter of its own.
	copied       []byte
	begins, ends []int
	splitter     splitter
	footer       footer
	filled       filledLines
	unknown      unknownIndices
}

// shape makes room for n records of the given width.
func (b *batch) shape(n, width int) {
	b.width, b.rows = width, 0
	b.cells = slices.Grow(b.cells[:0], n*width)[:n*width]
}

// row returns the cells of record i.
func (b *batch) row(i int) []cell { return b.cells[i*b.width : (i+1)*b.width] }

// batchRows is the most records of a batch. It is part of what fit computes: moments are summed
// over so many records at a time.
const batchRows = 1024

// batchCells is about how many cells a batch has at most, so that small tables take little memory.
const batchCells = 1 << 12

// batchSize is the number of records in all batches but the last of a table of the given width. So
// many make batchRows.
func batchSize(width int) int {
	rows := max(min(batchRows, batchCells/max(width, 1)), 1)
	return 1 << (bits.Len(uint(rows)) - 1)
}

// missingWords are the texts that pandas and R write, or read, for a missing value.
var missingWords = []string{"NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-NaN", "-nan",
	"NULL", "null", "None", "?"}

// cellReader turns fields into cells.
type cellReader struct {
	decimal  byte
	missing  map[string]bool // texts that stand for a missing value, beside the empty one
	readings []*reading      // by column; nil where its values are only what they look like
	plain    bool            // batches of plain records are not made cells
	misses   atomic.Int32    // batches in which there were others
}

// reading is how the values of a column are read that are not what they look like.
type reading struct {
	sentinels []float64 // numbers that stand for a missing value
	marks     []string  // texts that do in this column
	anyMark   bool      // all missingMarks do
	unit      string    // that all its numbers have
	bounds    bool      // <0.5 is 0.5
	notes     bool      // 23.9* is 23.9
}

// read fills in the number and kind of the cell with the given text in column i.
func (r *cellReader) read(c *cell, text []byte, i int) {
	c.text, c.kind = text, cellText
	if len(text) == 0 {
		c.kind = cellMissing
		return
	}
	if text[0] >= utf8.RuneSelf || text[len(text)-1] >= utf8.RuneSelf {
		if text = trimSpaces(text); len(text) == 0 {
			c.text, c.kind = nil, cellMissing
			return
		}
		c.text = text
	}
	how := r.readings[i]
	if how != nil && how.unit != "" {
		how.readAmount(c, r.decimal)
	} else if n, notation, ok := readNumber(text, r.decimal); ok {
		c.number, c.how, c.kind = n, notation, cellNumber
		if how != nil && slices.Contains(how.sentinels, n.value) {
			c.kind = cellMissing
		}
	}
	if c.kind == cellText && (r.missing[string(text)] || how != nil && how.isMark(text)) {
		c.kind = cellMissing
	} else if c.kind == cellText && how != nil {
		how.readNoted(c, r.decimal)
	}
}

// isMark reports whether a text stands for a missing value in the column.
func (how *reading) isMark(text []byte) bool {
	return slices.Contains(how.marks, string(text)) || how.anyMark && missingMark(text)
}

// rereads reports whether a number of the column may be something else.
func (how *reading) rereads() bool { return how != nil && (how.sentinels != nil || how.unit != "") }

// readAmount makes a number of a text that has the column's unit.
func (how *reading) readAmount(c *cell, decimal byte) {
	if n, unit, ok := readAmount(c.text, decimal); ok && string(unit) == how.unit {
		c.number, c.how, c.kind = n, plainly, cellNumber
	}
}

// readPlain splits a record without quotes and reads its fields in one go. It reports false, and
// row is of no use, if there are not as many fields as in row.
func (r *cellReader) readPlain(row []cell, record []byte, separator byte) bool {
	for j := range row {
		c := &row[j]
		end := r.readDigits(c, record, separator)
		if end == 0 || r.readings[j].rereads() {
			if end = bytes.IndexByte(record, separator); end < 0 {
				end = len(record)
			}
			r.read(c, trimBlanks(record[:end]), j)
		}
		if end == len(record) {
			return j == len(row)-1
		}
		record = record[end+1:]
	}
	return false
}

// readDigits reads a number at the beginning of record that consists of a sign, at most maxDigits
// digits and a decimal mark, and returns where the separator or the end follows it; 0 if nothing
// of the kind is there. It is parseNumber's first part, without a search for the separator.
func (r *cellReader) readDigits(c *cell, record []byte, separator byte) int {
	mantissa, digits, point, i := uint64(0), 0, -1, 0
	negative := len(record) > 0 && record[0] == '-'
	if negative {
		i = 1
	}
	for ; i < len(record); i++ {
		b := record[i]
		if d := b - '0'; d <= 9 {
			mantissa = mantissa*10 + uint64(d)
			digits++
			continue
		}
		if b == separator {
			break
		}
		if b != r.decimal || point >= 0 {
			return 0
		}
		point = digits
	}
	if digits == 0 || digits > maxDigits {
		return 0
	}
	scale := 0
	if point >= 0 {
		scale = digits - point
	}
	m, value := int64(mantissa), decimalValue(mantissa, uint8(scale))
	if negative {
		m, value = -m, 0-value
	}
	c.number = number{value: value, mantissa: m, scale: uint8(scale), exact: true}
	c.text, c.how, c.kind = record[:i], plainly, cellNumber
	return i
}

// canonical is the text that equal cells share: numbers by value, other texts as they are.
func (c *cell) canonical() string {
	if c.kind == cellNumber {
		return c.number.String()
	}
	return string(c.text)
}

// Package dataset reads labelled data into dense float32 tables: IDX directories (the MNIST format)
// and tables of text or numbers in several formats, whose columns it understands from the contents.
//
// A table passes through three hands. A source yields its records as cells of text, whatever the
// format is. A survey of all rows decides what every column is, and a Schema keeps that. The schema
// then codes rows for the network: those of the training, and any new ones that a Reader reads.
// Numbers are kept as decimals until the origin of their column has been subtracted, and as
// float64 until they are standardised.
//
// Every reader treats its input as hostile: sizes declared in a header are never allocated before
// that much content has been
// read, and an error is one line that names the file and the place in it, what was expected there
// and what was found.
package dataset

import "math"

// Table holds the N rows of one part of a data set. Classification fills Labels, regression fills
// Y; the other one is nil.
type Table struct {
	N      int       // rows, at least 1
	Inputs int       // columns of X
	X      []float32 // inputs, row-major N×Inputs, all finite; nil where they are bytes
	Bytes  []uint8   // in place of X, inputs of images: byte b stands for ByteValues()[b]
	Labels []int32   // N classes, each in [0, Schema.Outputs)
	Y      []float32 // targets, row-major N×Schema.Outputs, all finite
}

// Row returns the inputs of row i, a slice of length Inputs that shares memory with X; they must
// not be bytes.
func (t *Table) Row(i int) []float32 {
	return t.X[i*t.Inputs : (i+1)*t.Inputs]
}

// CopyRows writes the inputs of rows to dst, from row first on.
func (t *Table) CopyRows(dst []float32, first int) {
	lo := first * t.Inputs
	if t.Bytes == nil {
		copy(dst, t.X[lo:lo+len(dst)])
		return
	}
	for i, b := range t.Bytes[lo : lo+len(dst)] {
		dst[i] = byteValues[b]
	}
}

// byteValues are b/255 for every byte, rounded once to float32.
var byteValues = func() (values [math.MaxUint8 + 1]float32) {
	for b := range values {
		values[b] = float32(b) / math.MaxUint8
	}
	return values
}()

// ByteValues are the numbers that the bytes of Table.Bytes stand for.
func ByteValues() []float32 { return byteValues[:] }

// Split is a data set cut into a training and a test part that share one schema. The parts of a
// table are standardised by its training rows.
type Split struct {
	Name string // for people: the base name of the file or directory
	Schema
	Train, Test *Table
	Report      *Report   // what was understood; nil for images
	Checksums   [2]uint32 // CRC-32C of the contents of a table's file, and of that of its test rows
}

// maxBytes is the most content, in bytes, that any one file may hold: 4 GiB, or less where a
// float32 a byte would overflow int.
const maxBytes = min(uint64(1)<<32, uint64(math.MaxInt)/4)

// Package dataset reads labelled data into dense float32 tables: IDX directories (the MNIST format) and CSV files.
//
// Every reader treats its input as hostile: sizes declared in a header are never allocated before that much content has been
// read, and an error is one line that names the file and the place in it, what was expected there and what was found.
package dataset

import "math"

// Table holds the N rows of one part of a data set. Classification fills Labels, regression fills Y; the other one is nil.
type Table struct {
	N      int       // rows, at least 1
	Inputs int       // columns of X
	X      []float32 // inputs, row-major N×Inputs, all finite
	Labels []int32   // N classes, each in [0, Schema.Outputs)
	Y      []float32 // targets, row-major N×Schema.Outputs, all finite
}

// Row returns the inputs of row i, a slice of length Inputs that shares memory with X.
func (t *Table) Row(i int) []float32 {
	return t.X[i*t.Inputs : (i+1)*t.Inputs]
}

// Schema says what the columns of a table mean. It holds no data, so that a checkpoint can keep it to read new data later.
type Schema struct {
	Task         Task
	Inputs       int      // inputs a row
	Outputs      int      // outputs of a model: one a class (at least 2) for Classify, one a target column for Regress
	Target       string   // name of the target column; empty for IDX
	FeatureNames []string // Inputs names, in the order of the columns of X; nil for IDX
	ClassNames   []string // Outputs names, indexed by label; nil for Regress
}

// Split is a data set cut into a training and a test part that share one schema.
type Split struct {
	Name string // for people: the base name of the file or directory
	Schema
	Train, Test     *Table
	Standardisation *Standardisation // what Standardise applied to both parts; nil while they are in their original units
}

// maxBytes is the most content, in bytes, that any one file may hold: 4 GiB, or less where a float32 a byte would overflow int.
const maxBytes = min(uint64(1)<<32, uint64(math.MaxInt)/4)

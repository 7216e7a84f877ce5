package dataset

import (
	"fmt"
	"slices"
)

// csvColumns says where in a record the inputs, in the order of the columns of X, and the target are.
type csvColumns struct {
	features []int
	target   int
}

// splitColumns makes every column but the target an input, in the order of the file.
func (f *csvFile) splitColumns(target string) (csvColumns, error) {
	at := slices.Index(f.header, target)
	if at < 0 {
		return csvColumns{}, fmt.Errorf("%s: expected a target column %q, found only %s", f.path, clip(target), quoteList(f.header))
	}
	if len(f.header) < 2 {
		return csvColumns{}, fmt.Errorf("%s: expected an input column beside the target %q, found none", f.path, clip(target))
	}
	columns := csvColumns{target: at}
	for i := range f.header {
		if i != at {
			columns.features = append(columns.features, i)
		}
	}
	return columns, nil
}

// matchColumns finds the columns of schema by name; there must be no others.
func (f *csvFile) matchColumns(schema Schema) (csvColumns, error) {
	if schema.Target == "" || len(schema.FeatureNames) != schema.Inputs {
		return csvColumns{}, fmt.Errorf("%s: expected a schema that names a target and %d inputs, found target %q and %d names",
			f.path, schema.Inputs, clip(schema.Target), len(schema.FeatureNames))
	}
	place := make(map[string]int, len(f.header))
	for i, name := range f.header {
		place[name] = i
	}
	var at []int
	for _, name := range slices.Concat(schema.FeatureNames, []string{schema.Target}) {
		i, present := place[name]
		if !present {
			return csvColumns{}, fmt.Errorf("%s: expected a column %q as in training, found only %s", f.path, clip(name), quoteList(f.header))
		}
		at = append(at, i)
		delete(place, name)
	}
	for _, name := range f.header {
		if _, extra := place[name]; extra {
			return csvColumns{}, fmt.Errorf("%s: expected only the columns of training, found an extra column %q", f.path, clip(name))
		}
	}
	return csvColumns{features: at[:schema.Inputs], target: at[schema.Inputs]}, nil
}

// names returns the names of the given columns.
func (f *csvFile) names(columns []int) []string {
	return gather(f.header, columns)
}

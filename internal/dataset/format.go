package dataset

import (
	"fmt"
	"slices"
)

// Format says how a text holds a table. An empty field is found out from the contents.
type Format struct {
	// comma, semicolon, tab, pipe, blanks, or a character
	Separator string `json:"separator,omitempty"`
	Decimal   string `json:"decimal,omitempty"`  // point or comma
	Header    string `json:"header,omitempty"`   // yes or no
	Encoding  string `json:"encoding,omitempty"` // one of Encodings
	Quote     string `json:"quote,omitempty"`    // around a field: double, single or escaped
	// Ragged is what becomes of lines with too few fields: fill takes what lacks for missing, error
	// refuses all. Empty, it refuses those that are no prose below the table.
	Ragged string `json:"ragged,omitempty"`
	// Sparse is set of rows as LIBSVM writes them. It is found out, not asked for.
	Sparse bool `json:"sparse,omitempty"`
}

const (
	yes = "yes"
	no  = "no"

	blanks = "blanks" // runs of spaces and tabs
	point  = "point"
	comma  = "comma"

	double = "double"
	single = "single"

	raggedFill  = "fill"
	raggedError = "error"
)

// Check reports what f asks for that there is not.
func (f Format) Check() error {
	if _, err := f.separatorChar(); err != nil {
		return err
	}
	if _, err := encodingOf(f.Encoding); f.Encoding != "" && err != nil {
		return err
	}
	for _, field := range []struct {
		name, value string
		choices     []string
	}{{"decimal", f.Decimal, []string{point, comma}}, {"header", f.Header,
		[]string{yes, no}},
		{"quote", f.Quote, []string{double, single, escaped}},
		{"ragged", f.Ragged, []string{raggedFill, raggedError}}} {
		if field.value != "" && !slices.Contains(field.choices, field.value) {
			return fmt.Errorf("%s %q: expected one of %s", field.name, field.value, quoteList(field.choices))
		}
	}
	return nil
}

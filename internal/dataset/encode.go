package dataset

import (
	"fmt"
	"math"
	"strings"
)

// encode writes the inputs that the column gives for a value to dst, which has as many elements.
// seen counts what is unlike the training.
func (c *Column) encode(dst []float32, v *cell, seen *census) error {
	if c.Indicator {
		last := len(dst) - 1
		dst[last] = 0
		if v.kind == cellMissing {
			dst[last] = 1
		}
		dst = dst[:last]
	}
	switch c.Kind {
	case KindNumber:
		return c.encodeNumber(&dst[0], v, seen)
	case KindBoolean:
		return c.encodeBoolean(&dst[0], v, seen)
	}
	clear(dst)
	if v.kind == cellMissing {
		seen.missing++
	} else if i, known := c.index.find(v); known {
		dst[i] = 1
	} else {
		seen.unknown++
		seen.note(v)
	}
	return nil
}

func (c *Column) encodeNumber(dst *float32, v *cell, seen *census) error {
	switch v.kind {
	case cellMissing:
		*dst = 0 // the standardised mean
		seen.missing++
		return nil
	case cellText:
		return c.notANumber(v)
	}
	if v.value < c.Min || v.value > c.Max {
		seen.outside++
	}
	return standardize(dst, c, v)
}

// standardize writes (v − Origin − Mean)/Std.
func standardize(dst *float32, c *Column, v *cell) error {
	*dst = c.standardized(v.number)
	if math.IsInf(float64(*dst), 0) {
		return fmt.Errorf("expected a number that float32 holds after standardisation, found %q",
			clip(string(v.text)))
	}
	return nil
}

// standardised is (n − Origin − Mean)/Std, rounded to float32 at the end.
func (c *Column) standardized(n number) float32 {
	return float32((n.minus(&c.origin) - c.Mean) / c.Std)
}

func (c *Column) notANumber(v *cell) error {
	if c.Unit != "" {
		return fmt.Errorf("expected an amount in %q as in training, found %q", c.Unit,
			clip(string(v.text)))
	}
	return fmt.Errorf("expected a number, found %q", clip(string(v.text)))
}

func (c *Column) encodeBoolean(dst *float32, v *cell, seen *census) error {
	if v.kind == cellMissing {
		*dst = float32(c.Mean)
		seen.missing++
		return nil
	}
	i, known := c.boolean(v)
	if !known {
		return fmt.Errorf("expected %q or %q, found %q", c.Categories[0], c.Categories[1],
			clip(string(v.text)))
	}
	*dst = float32(i)
	return nil
}

// boolean is 0 or 1, by the training's words or else any of those that are understood.
func (c *Column) boolean(v *cell) (int32, bool) {
	if i, known := c.index.find(v); known {
		return i, true
	}
	if v.kind == cellNumber && (v.value == 0 || v.value == 1) {
		return int32(v.value), true
	}
	return booleanWord(v.text)
}

// census counts what in a column of new rows is unlike the training's.
type census struct {
	outside, unknown, missing int
	example                   string // an unknown category
}

func (s *census) note(v *cell) {
	if s.example == "" {
		s.example = clip(string(v.text))
	}
}

// booleanWord reads true and false in any letter case.
func booleanWord(text []byte) (value int32, ok bool) {
	switch len(text) {
	case 4, 5:
	default:
		return 0, false
	}
	switch lower := string(text); {
	case strings.EqualFold(lower, "true"):
		return 1, true
	case strings.EqualFold(lower, "false"):
		return 0, true
	}
	return 0, false
}

// encodeRow writes the inputs of a row to x; columns say where its cells are.
func (s *Schema) encodeRow(x []float32, row []cell, places []int, seen []census) (column int,
	err error) {
	at := 0
	for i := range s.Columns {
		c := &s.Columns[i]
		n := c.inputs()
		if err := c.encode(x[at:at+n], &row[places[i]], &seen[i]); err != nil {
			return i, err
		}
		at += n
	}
	return 0, nil
}

// label returns the class that v names.
func (s *Schema) label(v *cell) (int32, error) {
	if l, known := s.classes.find(v); known {
		return l, nil
	}
	return 0, fmt.Errorf("expected a class of the training (%s), found %q", quoteList(s.ClassNames),
		clip(string(v.text)))
}

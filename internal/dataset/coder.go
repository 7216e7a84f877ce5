package dataset

// coder codes the values of a column that are on the shelf.
type coder struct {
	*Column
	keep   *shelfKeep
	origin int64 // at the scale of the slots, if short
	ten    float64
	place  int32   // of its slot in a row of the shelf
	at     int32   // of its inputs in a row of the table
	low    int32   // of plain slots: the first that table has
	short  bool    // the origin and all differences from it are exact
	plain  bool    // that, and the slot becomes an input by itself
	long   bool    // nothing but a long number does
	words  bool    // nothing but the input of a code is to be set
	codes  []int32 // of texts: what every level becomes
	// of plain slots: what those from low on become, where they are few
	table []float32
	// of long numbers, from the column's origin
	differences []float64
}

// coders are those of all inputs, and of the targets of a regression.
func (u *understanding) coders() (inputs, targets []coder) {
	shelf, at := u.survey.shelf, 0
	inputs = make([]coder, 0, len(u.schema.Columns))
	for i := range u.schema.Columns {
		c := u.newCoder(&u.schema.Columns[i], u.from[i])
		c.place, c.at = int32(u.from[i]), int32(at)
		inputs = append(inputs, c)
		at += c.inputs()
	}
	if u.schema.Task == Regress {
		for i := range u.schema.Targets {
			c := u.newCoder(&u.schema.Targets[i], shelf.inputs+i)
			c.place, c.at = int32(i), int32(i)
			targets = append(targets, c)
		}
	}
	return inputs, targets
}

// newCoder prepares for column k of the shelf.
func (u *understanding) newCoder(column *Column, k int) coder {
	keep := &u.survey.shelf.columns[k]
	c := coder{Column: column, keep: keep, ten: tens[keep.scale]}
	c.origin, c.short = column.origin.at(keep.scale)
	c.plain = c.short && c.inPlace()
	c.long = keep.kind == keptLong && c.Kind == KindNumber && !keep.missing && !c.Indicator
	if c.plain {
		c.tabulate(u.survey.columns[keep.column], u.survey.kept)
	}
	if c.differences = keep.differences; u.options.Raw {
		c.differences = keep.values
	}
	if keep.kind == keptTexts {
		c.words = c.Kind == KindText && !c.Indicator
		for _, name := range u.survey.columns[keep.column].levels.names {
			v := cell{text: []byte(name), kind: cellText}
			code, known := c.index.find(&v)
			if !known && c.Kind == KindBoolean {
				code, _ = c.boolean(&v)
			}
			c.codes = append(c.codes, code)
		}
	}
	return c
}

// tabulate standardises the values from the column's smallest to its largest ahead, if they are
// fewer than its rows.
func (c *coder) tabulate(s *columnSurvey, rows int) {
	const most = 1 << 12
	low, high := s.min*c.ten, s.max*c.ten // a rounding off at most: a slot may lie outside
	if n := high - low + 1; n <= most && 4*n < float64(rows) {
		c.low, c.table = int32(low), make([]float32, int(n))
		for i := range c.table {
			z := c.plainly(c.low + int32(i))
			if c.table[i] = z; z-z != 0 {
				c.table = nil
				return
			}
		}
	}
}

// inPlace reports whether the slots of the column can become its only input.
func (c *coder) inPlace() bool {
	return c.Kind == KindNumber && c.keep.kind == keptShort && !c.keep.missing && !c.Indicator
}

// plainly is standardize's value of a short decimal, where nothing else has to be done.
func (c *coder) plainly(m int32) float32 {
	difference := float64(int64(m) - c.origin)
	if c.ten != 1 {
		difference /= c.ten
	}
	return float32((difference - c.Mean) / c.Std)
}

// looked is plainly's value, from the table where that has it.
func (c *coder) looked(m int32) float32 {
	if k := uint32(m - c.low); k < uint32(len(c.table)) {
		return c.table[k]
	}
	return c.plainly(m)
}

// standardize is the standardised value of row i of the shelf, whose slot is m.
func (c *coder) standardize(i int, m int32) float32 {
	switch {
	case c.keep.kind == keptLong:
		return float32((c.differences[i] - c.Mean) / c.Std)
	case c.short:
		return c.plainly(m)
	}
	return c.standardized(shortNumber(m, c.keep.scale))
}

// value is that of row i of the shelf, whose slot is m.
func (c *coder) value(i int, m int32) float64 {
	if c.keep.kind == keptLong {
		return c.keep.values[i]
	}
	return float64(m) / c.ten
}

// encodeKept writes the inputs of row i of the shelf, whose slot is m, to dst, as Column.encode
// does. It reports whether they are finite.
func (c *coder) encodeKept(dst []float32, i int, m int32) bool {
	if c.Indicator {
		last := len(dst) - 1
		dst[last] = 0
		if m == missingSlot {
			dst[last] = 1
		}
		dst = dst[:last]
	}
	switch {
	case c.Kind == KindNumber && m == missingSlot:
		dst[0] = 0 // the standardised mean
	case c.Kind == KindNumber:
		dst[0] = c.standardize(i, m)
		return dst[0]-dst[0] == 0
	case c.Kind == KindBoolean && m == missingSlot:
		dst[0] = float32(c.Mean)
	case c.Kind == KindBoolean:
		dst[0] = float32(c.codes[m])
	default:
		clear(dst)
		switch {
		case m == missingSlot:
		case c.keep.kind == keptTexts:
			dst[c.codes[m]] = 1
		default: // numbers that are codes
			v := cell{number: shortNumber(m, c.keep.scale), kind: cellNumber}
			if k, known := c.index.find(&v); known {
				dst[k] = 1
			}
		}
	}
	return true
}

// encodeRows writes the inputs that the column gives for some rows of the shelf to their places in
// the first n rows of a table of the given width. The slots of the rows, the first of which is the
// given one, are stride apart; scratch has room for as many values. It reports whether all values
// are finite.
func (c *coder) encodeRows(table []float32, width int, slots []float32, stride, first int,
	places []int32, n int, scratch []float32) bool {
	slots, table = slots[c.place:], table[c.at:]
	z, at := scratch[:len(places)], 0
	switch {
	case c.plain:
		for i := range z {
			z[i] = c.looked(bitsShort(slots[at]))
			at += stride
		}
	case c.long:
		mean, std := c.Mean, c.Std
		for i, difference := range c.differences[first : first+len(z)] {
			z[i] = float32((difference - mean) / std)
		}
	default:
		return c.encodeEach(table, width, slots, stride, first, places, n)
	}
	finite := true
	for i, place := range places {
		if int(place) < n {
			table[int(place)*width] = z[i]
			finite = finite && z[i]-z[i] == 0
		}
	}
	return finite
}

// encodeEach is encodeRows of values that become several inputs, or may be missing.
func (c *coder) encodeEach(table []float32, width int, slots []float32, stride, first int,
	places []int32, n int) bool {
	finite, inputs := true, c.inputs()
	for i, place := range places {
		m, at := bitsShort(slots[i*stride]), int(place)*width
		switch {
		case int(place) >= n:
		case c.words && m != missingSlot:
			table[at+int(c.codes[m])] = 1
		default:
			finite = c.encodeKept(table[at:at+inputs], first+i, m) && finite
		}
	}
	return finite
}

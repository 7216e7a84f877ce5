package dataset

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// labelName is the name of the first column of LIBSVM's rows, the others' is their index.
const labelName = "label"

// pairs are how lines of LIBSVM and svmlight become rows: a label, perhaps qid:group, and pairs
// index:value whose indices grow; # begins a comment. The columns are the label and the indices
// that are there, or those of a training.
type pairs struct {
	indices []int64 // of the columns behind the label, in their order
	known   bool    // they are a training's: a label may be missing, and there may be others
	groups  bool    // there are some
}

// unknownIndices are values, in new rows, of indices that are no columns.
type unknownIndices struct {
	values int
	index  int64 // the first of them, and the line it is on
	line   int
}

// readPairs makes the cells of a line.
func (p *pairs) readPairs(row []cell, line []byte, r *cellReader, b *batch) (bool, error) {
	label, rest, err := p.cutLabel(line)
	if err != nil || label == nil {
		return false, err
	}
	if r.read(&row[0], label, 0); len(label) > 0 && row[0].kind == cellText {
		return false, fmt.Errorf("expected a number for a label, found %q", clip(string(label)))
	}
	column, index := 0, int64(firstPair)
	for {
		var value []byte
		var more bool
		if index, value, more, err = cutPair(&rest, index); err != nil || !more {
			return err == nil, err
		}
		n, ok := parseNumber(value, '.')
		if !ok {
			return false, fmt.Errorf("expected a number behind %d:, found %q", index, clip(string(value)))
		}
		var found bool
		if column, found = p.column(index, column); !found {
			if b.unknown.values++; b.unknown.values == 1 {
				b.unknown.index = index
			}
			continue
		}
		column++ // behind the label
		if v := &row[column]; r.readings[column] != nil {
			r.read(v, value, column)
		} else {
			*v = cell{text: value, number: n, kind: cellNumber}
		}
	}
}

// cutLabel cuts the label off a line, which is empty where there is none, and nil where there is
// nothing but a comment.
func (p *pairs) cutLabel(line []byte) (label, rest []byte, err error) {
	line, _, _ = bytes.Cut(line, []byte{'#'})
	label, rest = cutWord(line)
	switch {
	case len(label) == 0:
		return nil, nil, nil
	case bytes.IndexByte(label, ':') >= 0 && !p.known:
		return nil, nil, fmt.Errorf("expected a label in front of index:value, found %q",
			clip(string(label)))
	case bytes.IndexByte(label, ':') >= 0:
		return line[:0], line, nil
	case bytes.IndexByte(label, ',') >= 0:
		return nil, nil, fmt.Errorf("expected one label, found %q: rows of several labels (multi-label) "+
			"are not understood", clip(string(label)))
	}
	return label, rest, nil
}

// cutWord cuts the first word off a line.
func cutWord(line []byte) (word, rest []byte) {
	for len(line) > 0 && isBlank(line[0]) {
		line = line[1:]
	}
	end := 0
	for end < len(line) && !isBlank(line[end]) {
		end++
	}
	return line[:end:end], line[end:]
}

// firstPair is the index that comes before the first one of a line.
const firstPair = -1

// cutPair cuts the next pair off line, but for a group; the one before had the index last.
func cutPair(line *[]byte, last int64) (index int64, value []byte, more bool, err error) {
	word, rest := cutWord(*line)
	if last == firstPair && bytes.HasPrefix(word, []byte("qid:")) {
		word, rest = cutWord(rest)
	}
	*line = rest
	index, value, ok := splitPair(word)
	switch {
	case len(word) == 0:
		return 0, nil, false, nil
	case !ok:
		return 0, nil, false, fmt.Errorf("expected index:value with an index from 0 to %d, found %q",
			uint32(math.MaxUint32), clip(string(word)))
	case index <= last:
		return 0, nil, false, fmt.Errorf("expected indices that grow, found %d behind %d", index, last)
	}
	return index, value, true, nil
}

// splitPair reads index:value.
func splitPair(word []byte) (index int64, value []byte, ok bool) {
	i := 0
	for ; i < len(word) && word[i]-'0' <= 9 && index <= math.MaxUint32; i++ {
		index = index*10 + int64(word[i]-'0')
	}
	if i == 0 || i == len(word) || word[i] != ':' || index > math.MaxUint32 {
		return 0, nil, false
	}
	return index, word[i+1:], true
}

// column finds the place among the indices of one that is at a given place or behind it.
func (p *pairs) column(index int64, from int) (place int, found bool) {
	if from < len(p.indices) && p.indices[from] == index {
		return from, true
	}
	place, found = slices.BinarySearch(p.indices[min(from, len(p.indices)):], index)
	return min(from, len(p.indices)) + place, found
}

// looksPaired reports whether more than half of the first lines are rows of LIBSVM, several pairs
// in one of them; where it is known that rows were, one pair will do.
func looksPaired(text []byte, known bool) bool {
	const most, size = 20, 1 << 14
	if len(text) > size { // where the last line may be cut off
		text = text[:bytes.LastIndexByte(text[:size], '\n')+1]
	}
	lines, rows, longest := 0, 0, 0
	for len(text) > 0 && lines < most {
		var line []byte
		line, text = cutLine(text)
		if line, _, _ = bytes.Cut(line, []byte{'#'}); len(trimBlanks(line)) == 0 {
			continue
		}
		lines++
		if n, labeled, ok := countPairs(line); ok && (labeled || n > 2) || known && n > 0 {
			rows, longest = rows+1, max(longest, n)
		}
	}
	if known {
		return rows > 0 && 2*rows > lines
	}
	return rows > 1 && 2*rows > lines && longest > 1
}

// countPairs counts the pairs of a line, and reports whether there is a label in front of them, a
// number or several with commas between them, and whether nothing else is there.
func countPairs(line []byte) (n int, labeled, ok bool) {
	label, rest := cutWord(line)
	if labeled = bytes.IndexByte(label, ':') < 0; !labeled {
		rest = line
	}
	for part := range bytes.SplitSeq(label, []byte{','}) {
		if _, number := parseNumber(part, '.'); labeled && !number {
			return 0, true, false
		}
	}
	for index := int64(firstPair); ; n++ {
		var value []byte
		var more bool
		var err error
		index, value, more, err = cutPair(&rest, index)
		if _, number := parseNumber(value, '.'); err != nil || more && !number {
			return n, labeled, false
		}
		if !more {
			return n, labeled, n > 0 || bytes.IndexByte(label, ',') < 0
		}
	}
}

// readAsPairs takes the text for rows of LIBSVM; hint names the columns where they are known.
func (l *layout) readAsPairs(text []byte, hint hints) {
	l.pairs = &pairs{known: hint.known, groups: bytes.Contains(text, []byte(" qid:"))}
	l.rows = &ownRows{read: l.pairs.readPairs, sparse: true}
	l.Separator, l.separator, l.Decimal, l.decimal = blanks, ' ', point, '.'
	l.Header, l.Sparse, l.comments = yes, true, true
	if !hint.known {
		return
	}
	for _, name := range slices.Concat(hint.names, hint.also, hint.keep) {
		if n, err := strconv.ParseUint(name, 10, 32); err == nil && strconv.FormatUint(n, 10) == name {
			l.pairs.indices = append(l.pairs.indices, int64(n))
		}
	}
	slices.Sort(l.pairs.indices)
	l.pairs.indices = slices.Compact(l.pairs.indices)
	l.note("rows of LIBSVM: what is not written is 0")
}

// readIndices finds the indices of all rows, unless they are known, and names the columns.
func (s *textSource) readIndices() error {
	p := s.lay.pairs
	if !p.known {
		if err := s.findIndices(); err != nil {
			return err
		}
		if len(p.indices) == 0 {
			return fmt.Errorf("%s: expected pairs index:value, found labels only", s.in.path)
		}
		groups := ""
		if p.groups {
			groups = "; qid, the group of a row, is left out"
		}
		s.lay.note("rows of LIBSVM (else name a --separator): the target is %q unless --target says "+
			"another, columns are named by their index, %d … %d; what is not written is 0%s", labelName,
			p.indices[0], p.indices[len(p.indices)-1], groups)
	}
	s.names, s.lay.rows.absent = []string{labelName}, []string{""}
	for _, index := range p.indices {
		s.names = append(s.names, strconv.FormatInt(index, 10))
		s.lay.rows.absent = append(s.lay.rows.absent, "0")
	}
	return nil
}

// findIndices looks through all rows for the indices that there are.
func (s *textSource) findIndices() error {
	p, there := s.lay.pairs, map[int64]bool{}
	err := s.countRows(func(record []byte) error {
		_, rest, err := p.cutLabel(record)
		index := int64(firstPair)
		for more := err == nil; more; {
			if index, _, more, err = cutPair(&rest, index); more && !there[index] {
				there[index], p.indices = true, append(p.indices, index)
			}
		}
		return cmp.Or(err, s.in.limits.checkColumns(1+len(p.indices)))
	})
	slices.Sort(p.indices)
	return err
}
